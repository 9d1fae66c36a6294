// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"

#include <parley/access.h>
#include <parley/error.h>
#include <parley/event.h>
#include <parley/socket.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley::realtime {

/// One row: an event of a namespace, who owns it, who may use it, what it does. Immutable once added.
struct EventEntry {
  std::string nameSpace = "/";
  std::string name;   ///< empty: every event of the namespace that has no row of its own
  std::string owner;  ///< the plugin
  Access access = Access::anyone();
  DeferredEventHandler handler;  ///< empty: the plugin is switched off, FEATURE_DISABLED
  NextEvents next = NextEvents::Handled;
  base::CallCounter* calls = nullptr;  ///< set by the table, and valid as long as it
};

/// A Socket.IO namespace besides "/". Immutable once added.
struct NamespaceEntry {
  std::string name;
  std::string owner;
  ConnectHandler onConnect;        ///< may be empty: everyone may enter
  DisconnectHandler onDisconnect;  ///< may be empty
  bool disabled = false;           ///< connect_error with FEATURE_DISABLED
};

/// All events there are. Lookups share ownership of the row, so a row may be removed while it is running. [any thread]
class EventTable {
 public:
  using Id = std::uint64_t;

  EventTable();
  ~EventTable();
  EventTable(const EventTable&) = delete;
  EventTable& operator=(const EventTable&) = delete;

  /// Throws CONFLICT, naming both owners, when the event or namespace is taken by another row.
  Id add(EventEntry entry);
  Id addNamespace(NamespaceEntry entry);
  /// Puts another row for the same event, or namespace, in the place of this one: every lookup finds the one or the
  /// other. NOT_FOUND when the row is not there.
  void replace(Id id, EventEntry entry);
  void replaceNamespace(Id id, NamespaceEntry entry);
  void remove(Id id);

  /// The event's row, else the namespace's row for every event, else nothing.
  std::shared_ptr<const EventEntry> find(std::string_view nameSpace, std::string_view event) const;
  std::shared_ptr<const NamespaceEntry> findNamespace(std::string_view name) const;
  /// Namespace and name of every event, sorted.
  std::vector<std::pair<std::string, std::string>> list() const;

  /// The answers to each event ("message:send", "/echo flood"), counted by outcomeOf.
  const base::CallBook& calls() const { return calls_; }
  /// Those of events that do not exist, and of events that were refused before they were looked up.
  base::CallCounter& otherCalls() const { return otherCalls_; }
  /// 0: success; else one for each code.
  static std::size_t outcomeOf(const std::optional<ErrorCode>& failure) {
    return failure ? static_cast<std::size_t>(*failure) + 1 : 0;
  }

 private:
  struct Rows;
  std::shared_ptr<const Rows> rows() const;

  base::CallBook calls_;
  base::CallCounter& otherCalls_ = calls_.of("other");
  mutable std::mutex mutex_;
  std::shared_ptr<const Rows> rows_;
  Id next_ = 1;
};

}  // namespace parley::realtime
