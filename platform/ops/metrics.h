// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "plugin/plugin_host.h"
#include "storage/managed_store.h"

#include <parley/access.h>

#include <functional>
#include <string>
#include <vector>

namespace parley::ops {

/// `GET /metrics`: what the server is doing, in the text format of Prometheus (0.0.4). All of it is read when it is
/// asked for.
class Metrics {
 public:
  /// A number that a part of the server can tell at any moment.
  struct Gauge {
    std::string name;
    std::string help;
    std::function<double()> value;  ///< quick [any thread]
  };

  /// What is referred to outlives this object; the route goes with it.
  Metrics(http::Router& router, const plugin::PluginHost& plugins, const storage::ManagedStore& store, Access access,
          std::vector<Gauge> gauges);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// [any thread but an I/O loop]
  std::string text() const;

 private:
  http::Router& router_;
  const plugin::PluginHost& plugins_;
  const storage::ManagedStore& store_;
  const std::vector<Gauge> gauges_;
  http::Router::RouteId route_;
};

}  // namespace parley::ops
