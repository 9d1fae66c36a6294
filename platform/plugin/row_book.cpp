// SPDX-License-Identifier: Apache-2.0
#include "plugin/row_book.h"

#include "base/log.h"

#include <parley/error.h>

#include <algorithm>
#include <utility>

namespace parley::plugin {

RowKey RowKey::of(const Plan::Space& row) {
  return RowKey(Kind::Space, row.name, "");
}

RowKey RowKey::of(const Plan::Event& row) {
  return RowKey(Kind::Event, row.nameSpace, row.name);
}

RowKey RowKey::of(const Plan::Route& row) {
  return RowKey(Kind::Route, row.method, row.pattern, row.stream ? http::BodyMode::Stream : http::BodyMode::Whole);
}

std::string RowKey::text() const {
  switch (kind) {
    case Kind::Space: return "namespace " + first;
    case Kind::Event: return "event " + (second.empty() ? "(any)" : second) + (first == "/" ? "" : " in " + first);
    case Kind::Route: return first + " " + second;
  }
  return {};
}

bool RowKey::isSameRoute(const RowKey& other) const {
  // The pattern without the names of its parameters.
  const auto shape = [](std::string_view pattern) {
    std::string kept;
    bool isName = false;
    for (const char c : pattern) {
      if (c == '/') isName = false;
      if (!isName) kept += c;
      isName = isName || c == ':';
    }
    return kept;
  };
  return kind == Kind::Route && other.kind == Kind::Route && first == other.first &&
         shape(second) == shape(other.second);
}

std::vector<RowKey> keysOf(const Plan& plan) {
  std::vector<RowKey> keys;
  for (const auto& space : plan.spaces) keys.push_back(RowKey::of(space));
  for (const auto& event : plan.events) keys.push_back(RowKey::of(event));
  for (const auto& route : plan.routes) keys.push_back(RowKey::of(route));
  return keys;
}

RowBook::RowBook(const HostServices& host, const RouteAdapter& routes) : host_(host), routes_(routes) {}

RowBook::~RowBook() {
  for (const auto& [key, row] : rows_) remove(row, key);
}

void RowBook::goLive(const std::string& owner, const RowKey& key, Content content) {
  const auto found = rows_.find(key);
  if (found != rows_.end() && found->second.live)
    throw Error(ErrorCode::Conflict, key.text() + " of " + owner + " is taken by " + found->second.owner);
  std::erase_if(rows_, [&](const auto& item) {
    const auto& [other, row] = item;
    if (!other.isSameRoute(key) || other == key) return false;
    if (row.live)
      throw Error(ErrorCode::Conflict,
                  key.text() + " of " + owner + " is taken by " + other.text() + " of " + row.owner);
    remove(row, other);
    return true;
  });
  put({owner, true, 0, key.mode, nullptr}, key, std::move(content));
}

void RowBook::goDormant(const std::string& owner, const RowKey& key) {
  const auto found = rows_.find(key);
  if (found != rows_.end() && (found->second.owner != owner || !found->second.live)) return;
  try {
    put({owner, false, 0, key.mode, nullptr}, key, dormant(owner, key));
  } catch (const Error& error) {  // the server itself has it
    base::log("plugins").debug("{}: {} stays unanswered while off: {}", owner, key.text(), error.what());
  }
}

void RowBook::keepOnly(const std::string& owner, const std::vector<RowKey>& keys) {
  std::erase_if(rows_, [&](const auto& item) {
    const auto& [key, row] = item;
    if (row.owner != owner || row.live || std::find(keys.begin(), keys.end(), key) != keys.end()) return false;
    remove(row, key);
    return true;
  });
}

std::vector<RowBook::Entry> RowBook::list() const {
  std::vector<Entry> entries;
  for (const auto& [key, row] : rows_) entries.push_back({key, row.owner, row.live});
  return entries;
}

void RowBook::put(Row row, const RowKey& key, Content content) {
  const auto found = rows_.find(key);
  if (found == rows_.end()) {
    add(row, key, std::move(content));
  } else {
    if (found->second.mode != row.mode) {  // a new version takes the body in another way
      remove(found->second, key);
      add(row, key, std::move(content));
      rows_[key] = std::move(row);
      return;
    }
    row.id = found->second.id;
    row.target = found->second.target;
    switch (key.kind) {
      case RowKey::Kind::Space:
        host_.events.replaceNamespace(row.id, std::get<realtime::NamespaceEntry>(std::move(content)));
        break;
      case RowKey::Kind::Event: host_.events.replace(row.id, std::get<realtime::EventEntry>(std::move(content))); break;
      case RowKey::Kind::Route: retarget(row, content); break;
    }
  }
  rows_[key] = std::move(row);
}

void RowBook::add(Row& row, const RowKey& key, Content content) {
  switch (key.kind) {
    case RowKey::Kind::Space:
      row.id = host_.events.addNamespace(std::get<realtime::NamespaceEntry>(std::move(content)));
      return;
    case RowKey::Kind::Event: row.id = host_.events.add(std::get<realtime::EventEntry>(std::move(content))); return;
    case RowKey::Kind::Route:
      row.target = std::make_shared<std::shared_ptr<const http::Handler>>();
      retarget(row, content);
      row.id = host_.router.add(
          key.first, key.second,
          [target = row.target](http::Request request, http::Responder respond) {
            const auto handler = std::atomic_load(target.get());
            (*handler)(std::move(request), std::move(respond));
          },
          row.mode);
      return;
  }
}

void RowBook::retarget(const Row& row, Content& content) {
  std::shared_ptr<const http::Handler> handler =
      std::make_shared<const http::Handler>(std::get<http::Handler>(std::move(content)));
  std::atomic_store(row.target.get(), std::move(handler));
}

void RowBook::remove(const Row& row, const RowKey& key) {
  if (key.kind == RowKey::Kind::Route)
    host_.router.remove(row.id);
  else
    host_.events.remove(row.id);
}

RowBook::Content RowBook::dormant(const std::string& owner, const RowKey& key) const {
  switch (key.kind) {
    case RowKey::Kind::Space: return realtime::NamespaceEntry{key.first, owner, {}, {}, true};
    case RowKey::Kind::Event: return realtime::EventEntry{key.first, key.second, owner, Access::anyone(), {}};
    case RowKey::Kind::Route: break;
  }
  return routes_.disabled(key.text() + ": plugin " + owner + " is switched off");
}

}  // namespace parley::plugin
