// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/verifier.h"
#include "base/gate.h"
#include "base/worker_pool.h"
#include "delivery/delivery.h"
#include "http/router.h"
#include "http/server.h"
#include "net/event_loop.h"
#include "ops/process_figures.h"
#include "plugin/plugin_host.h"
#include "realtime/engine/session_base.h"
#include "realtime/event_dispatcher.h"
#include "realtime/event_table.h"
#include "storage/measured_store.h"

#include <parley/access.h>

#include <functional>
#include <string>
#include <vector>

namespace parley::ops {

/// `GET /metrics`: what the server is doing, in the text format of Prometheus (0.0.4). All of it is read when it is
/// asked for.
class Metrics {
 public:
  /// The parts of the server that count; they outlive the metrics.
  struct Sources {
    const net::EventLoops& loops;
    const http::Server& http;
    http::Router& router;
    const realtime::EventTable& events;
    const realtime::EventDispatcher& dispatcher;
    const realtime::SocketServices& sockets;
    const delivery::Delivery& delivery;
    const storage::MeasuredStore& store;
    const plugin::PluginHost& plugins;
    const base::WorkerPool& workers;
    const base::Gate& gate;
    const auth::Verifier* tokens = nullptr;  ///< null in open mode
    /// Both null until clients may come, and where there is no such endpoint. [any thread]
    std::function<const realtime::SessionCounts*()> engineSessions;
    std::function<const realtime::SessionCounts*()> plainSessions;
    std::function<std::size_t()> usersOnline;     ///< [any thread]
    std::function<std::uint64_t()> notesGivenUp;  ///< [any thread]
    std::function<std::uint64_t()> auditGivenUp;  ///< [any thread]
  };

  /// The route goes with this object.
  Metrics(Sources sources, Access access);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// [any thread but an I/O loop]
  std::string text() const;

 private:
  const Sources from_;
  ProcessReader process_;
  http::Router::RouteId route_;
};

}  // namespace parley::ops
