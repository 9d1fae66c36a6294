// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/host_services.h"
#include "plugin/plan.h"
#include "plugin/route_adapter.h"

#include <compare>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace parley::plugin {

/// An event, a namespace or a route: what clients can ask for, and are told FEATURE_DISABLED when it is off.
struct RowKey {
  enum class Kind { Space, Event, Route };
  Kind kind;
  std::string first;   ///< namespace, or method
  std::string second;  ///< event, or pattern; empty for a namespace
  auto operator<=>(const RowKey&) const = default;

  std::string text() const;
};

std::vector<RowKey> keysOf(const Plan& plan);

/// Whose rows are in the event table and the router: live ones, and dormant ones of plugins that are off. [host: one
/// thread at a time]
class RowBook {
 public:
  using Undo = std::function<void()>;

  RowBook(const HostServices& host, const RouteAdapter& routes);
  ~RowBook();
  RowBook(const RowBook&) = delete;
  RowBook& operator=(const RowBook&) = delete;

  /// `add` puts the live row in and says how to take it out. A dormant row gives way; a live one is a CONFLICT that
  /// names both plugins.
  void goLive(const std::string& owner, const RowKey& key, const std::function<Undo()>& add);

  /// Takes the owner's live row out, if it has one, and answers FEATURE_DISABLED in its place. Does nothing when the
  /// row is another plugin's.
  void goDormant(const std::string& owner, const RowKey& key);

  /// Takes out the dormant rows of a plugin that are not among `keys`: a new version may have fewer.
  void keepOnly(const std::string& owner, const std::vector<RowKey>& keys);

 private:
  Undo addDormant(const std::string& owner, const RowKey& key) const;

  struct Row {
    std::string owner;
    bool live;
    Undo undo;
  };
  const HostServices& host_;
  const RouteAdapter& routes_;
  std::map<RowKey, Row> rows_;
};

}  // namespace parley::plugin
