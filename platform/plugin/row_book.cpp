// SPDX-License-Identifier: Apache-2.0
#include "plugin/row_book.h"

#include "base/log.h"

#include <parley/error.h>

#include <algorithm>
#include <utility>

namespace parley::plugin {

std::string RowKey::text() const {
  switch (kind) {
    case Kind::Space: return "namespace " + first;
    case Kind::Event: return "event " + (second.empty() ? "(any)" : second) + (first == "/" ? "" : " in " + first);
    case Kind::Route: return first + " " + second;
  }
  return {};
}

std::vector<RowKey> keysOf(const Plan& plan) {
  std::vector<RowKey> keys;
  for (const auto& space : plan.spaces) keys.push_back({RowKey::Kind::Space, space.name, ""});
  for (const auto& event : plan.events) keys.push_back({RowKey::Kind::Event, event.nameSpace, event.name});
  for (const auto& route : plan.routes) keys.push_back({RowKey::Kind::Route, route.method, route.pattern});
  return keys;
}

RowBook::RowBook(const HostServices& host, const RouteAdapter& routes) : host_(host), routes_(routes) {}

RowBook::~RowBook() {
  for (const auto& [key, row] : rows_) row.undo();
}

void RowBook::goLive(const std::string& owner, const RowKey& key, const std::function<Undo()>& add) {
  const auto found = rows_.find(key);
  if (found != rows_.end()) {
    if (found->second.live)
      throw Error(ErrorCode::Conflict, key.text() + " of " + owner + " is taken by " + found->second.owner);
    found->second.undo();
    rows_.erase(found);
  }
  rows_[key] = {owner, true, add()};
}

void RowBook::goDormant(const std::string& owner, const RowKey& key) {
  const auto found = rows_.find(key);
  if (found != rows_.end()) {
    if (found->second.owner != owner || !found->second.live) return;
    found->second.undo();
    rows_.erase(found);
  }
  try {
    rows_[key] = {owner, false, addDormant(owner, key)};
  } catch (const Error& error) {  // the server itself has it
    rows_.erase(key);
    base::log("plugins").debug("{}: {} stays unanswered while off: {}", owner, key.text(), error.what());
  }
}

void RowBook::keepOnly(const std::string& owner, const std::vector<RowKey>& keys) {
  std::erase_if(rows_, [&](const auto& item) {
    const auto& [key, row] = item;
    if (row.owner != owner || row.live || std::find(keys.begin(), keys.end(), key) != keys.end()) return false;
    row.undo();
    return true;
  });
}

RowBook::Undo RowBook::addDormant(const std::string& owner, const RowKey& key) const {
  auto& events = host_.events;
  auto& router = host_.router;
  switch (key.kind) {
    case RowKey::Kind::Space:
      return [&events, id = events.addNamespace({key.first, owner, {}, {}, true})] { events.remove(id); };
    case RowKey::Kind::Event:
      return [&events, id = events.add({key.first, key.second, owner, Access::anyone(), {}})] { events.remove(id); };
    case RowKey::Kind::Route: {
      auto handler = routes_.disabled(key.text() + ": plugin " + owner + " is switched off");
      return [&router, id = router.add(key.first, key.second, std::move(handler))] { router.remove(id); };
    }
  }
  return {};
}

}  // namespace parley::plugin
