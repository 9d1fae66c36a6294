// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/host_services.h"
#include "plugin/plan.h"
#include "plugin/route_adapter.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace parley::plugin {

/// An event, a namespace or a route: what clients can ask for, and are told FEATURE_DISABLED when it is off.
struct RowKey {
  enum class Kind { Space, Event, Route };
  Kind kind;
  std::string first;    ///< namespace, or method
  std::string second;   ///< event, or pattern; empty for a namespace
  http::BodyMode mode;  ///< of a route; no part of its identity

  static RowKey of(const Plan::Space& row);
  static RowKey of(const Plan::Event& row);
  static RowKey of(const Plan::Route& row);
  RowKey(Kind theKind, std::string theFirst, std::string theSecond, http::BodyMode theMode = http::BodyMode::Whole)
      : kind(theKind), first(std::move(theFirst)), second(std::move(theSecond)), mode(theMode) {}

  bool operator==(const RowKey& other) const { return identity() == other.identity(); }
  bool operator<(const RowKey& other) const { return identity() < other.identity(); }

  std::string text() const;
  /// Whether both are routes for the same requests, whatever their parameters are called.
  bool isSameRoute(const RowKey& other) const;

 private:
  std::tuple<Kind, std::string_view, std::string_view> identity() const { return {kind, first, second}; }
};

std::vector<RowKey> keysOf(const Plan& plan);

/// Whose rows are in the event table and the router: live ones, and dormant ones of plugins that are off. A row that
/// changes hands is replaced in one step, so that no client ever finds nothing there. [host: one thread at a time]
class RowBook {
 public:
  using Content = std::variant<realtime::NamespaceEntry, realtime::EventEntry, http::Handler>;

  RowBook(const HostServices& host, const RouteAdapter& routes);
  ~RowBook();
  RowBook(const RowBook&) = delete;
  RowBook& operator=(const RowBook&) = delete;

  /// Puts a live row in. A dormant one gives way; a live one is a CONFLICT that names both plugins, and so is a row of
  /// the server's own.
  void goLive(const std::string& owner, const RowKey& key, Content content);

  /// Answers FEATURE_DISABLED in the place of the owner's live row, or where there was none. Does nothing when the row
  /// is another plugin's.
  void goDormant(const std::string& owner, const RowKey& key);

  /// Takes out the dormant rows of a plugin that are not among `keys`: a new version may have fewer.
  void keepOnly(const std::string& owner, const std::vector<RowKey>& keys);

  struct Entry {
    RowKey key;
    std::string owner;
    bool live = false;
  };
  /// All rows, in the order of their keys.
  std::vector<Entry> list() const;

 private:
  struct Row {
    std::string owner;
    bool live = false;
    std::uint64_t id = 0;  ///< in the event table or the router
    http::BodyMode mode = http::BodyMode::Whole;
    /// Of a route: the router keeps one handler, which looks here. Read and written with std::atomic_load and _store.
    std::shared_ptr<std::shared_ptr<const http::Handler>> target;
  };
  void put(Row row, const RowKey& key, Content content);
  void add(Row& row, const RowKey& key, Content content);
  static void retarget(const Row& row, Content& content);
  void remove(const Row& row, const RowKey& key);
  Content dormant(const std::string& owner, const RowKey& key) const;

  const HostServices& host_;
  const RouteAdapter& routes_;
  std::map<RowKey, Row> rows_;
};

}  // namespace parley::plugin
