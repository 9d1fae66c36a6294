// SPDX-License-Identifier: Apache-2.0
#include "realtime/event_table.h"

#include <parley/error.h>

#include <functional>
#include <map>
#include <utility>

namespace parley::realtime {

struct EventTable::Rows {
  template <typename Entry>
  struct Row {
    Id id;
    std::shared_ptr<const Entry> entry;
  };
  template <typename Value>
  using ByName = std::map<std::string, Value, std::less<>>;

  ByName<ByName<Row<EventEntry>>> events;  ///< by namespace, then name
  ByName<Row<NamespaceEntry>> namespaces;
};

namespace {

std::string callName(const EventEntry& entry) {
  const auto name = entry.name.empty() ? "*" : entry.name;
  return entry.nameSpace == "/" ? name : entry.nameSpace + ' ' + name;
}

[[noreturn]] void conflict(const std::string& what, const std::string& owner, const std::string& other) {
  throw Error(ErrorCode::Conflict, what + " of " + other + " is taken by " + owner);
}

}  // namespace

EventTable::EventTable() : rows_(std::make_shared<const Rows>()) {}

EventTable::~EventTable() = default;

EventTable::Id EventTable::add(EventEntry entry) {
  const std::lock_guard lock(mutex_);
  auto rows = std::make_shared<Rows>(*rows_);
  auto& byName = rows->events[entry.nameSpace];
  if (const auto taken = byName.find(entry.name); taken != byName.end())
    conflict("event " + (entry.name.empty() ? "(any)" : entry.name) + " in " + entry.nameSpace,
             taken->second.entry->owner, entry.owner);
  entry.calls = &calls_.of(callName(entry));
  auto shared = std::make_shared<const EventEntry>(std::move(entry));
  byName.emplace(shared->name, Rows::Row<EventEntry>{next_, shared});
  rows_ = std::move(rows);
  return next_++;
}

EventTable::Id EventTable::addNamespace(NamespaceEntry entry) {
  const std::lock_guard lock(mutex_);
  auto rows = std::make_shared<Rows>(*rows_);
  if (const auto taken = rows->namespaces.find(entry.name); taken != rows->namespaces.end())
    conflict("namespace " + entry.name, taken->second.entry->owner, entry.owner);
  auto shared = std::make_shared<const NamespaceEntry>(std::move(entry));
  rows->namespaces.emplace(shared->name, Rows::Row<NamespaceEntry>{next_, shared});
  rows_ = std::move(rows);
  return next_++;
}

void EventTable::replace(Id id, EventEntry entry) {
  std::shared_ptr<const Rows> old;  // as in remove
  const std::lock_guard lock(mutex_);
  auto rows = std::make_shared<Rows>(*rows_);
  auto& byName = rows->events[entry.nameSpace];
  const auto row = byName.find(entry.name);
  if (row == byName.end() || row->second.id != id) throw Error(ErrorCode::NotFound, "no such row: " + entry.name);
  entry.calls = &calls_.of(callName(entry));
  row->second.entry = std::make_shared<const EventEntry>(std::move(entry));
  old = std::exchange(rows_, std::move(rows));
}

void EventTable::replaceNamespace(Id id, NamespaceEntry entry) {
  std::shared_ptr<const Rows> old;  // as in remove
  const std::lock_guard lock(mutex_);
  auto rows = std::make_shared<Rows>(*rows_);
  const auto row = rows->namespaces.find(entry.name);
  if (row == rows->namespaces.end() || row->second.id != id)
    throw Error(ErrorCode::NotFound, "no such row: " + entry.name);
  row->second.entry = std::make_shared<const NamespaceEntry>(std::move(entry));
  old = std::exchange(rows_, std::move(rows));
}

void EventTable::remove(Id id) {
  std::shared_ptr<const Rows> old;  // rows may hold a plugin's code: freed outside the lock
  const std::lock_guard lock(mutex_);
  auto rows = std::make_shared<Rows>(*rows_);
  const auto hasId = [id](const auto& item) { return item.second.id == id; };
  std::erase_if(rows->namespaces, hasId);
  for (auto& [nameSpace, byName] : rows->events) std::erase_if(byName, hasId);
  std::erase_if(rows->events, [](const auto& item) { return item.second.empty(); });
  old = std::exchange(rows_, std::move(rows));
}

std::shared_ptr<const EventTable::Rows> EventTable::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

std::shared_ptr<const EventEntry> EventTable::find(std::string_view nameSpace, std::string_view event) const {
  const auto rows = this->rows();
  const auto byName = rows->events.find(nameSpace);
  if (byName == rows->events.end()) return nullptr;
  auto row = byName->second.find(event);
  if (row == byName->second.end()) row = byName->second.find(std::string_view{});
  return row == byName->second.end() ? nullptr : row->second.entry;
}

std::vector<std::pair<std::string, std::string>> EventTable::list() const {
  std::vector<std::pair<std::string, std::string>> names;
  const auto all = rows();
  for (const auto& [nameSpace, events] : all->events)
    for (const auto& [name, row] : events) names.emplace_back(nameSpace, name);
  return names;
}

std::shared_ptr<const NamespaceEntry> EventTable::findNamespace(std::string_view name) const {
  const auto rows = this->rows();
  const auto row = rows->namespaces.find(name);
  return row == rows->namespaces.end() ? nullptr : row->second.entry;
}

}  // namespace parley::realtime
