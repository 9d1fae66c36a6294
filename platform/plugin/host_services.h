// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/verifier.h"
#include "base/gate.h"
#include "base/texts.h"
#include "base/worker_pool.h"
#include "http/router.h"
#include "plugin/hook_table.h"
#include "realtime/event_table.h"

#include <parley/chat.h>
#include <parley/hooks.h>
#include <parley/json.h>
#include <parley/socket.h>
#include <parley/store.h>
#include <parley/time.h>
#include <parley/tokens.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::plugin {

/// What the host lends to its plugins. All of it outlives the PluginHost.
struct HostServices {
  Store& store;
  Sockets& sockets;
  Users& users;
  Sessions& sessions;
  Messages& messages;
  Reads& reads;
  Presence& presence;
  Tokens& ownTokens;

  realtime::EventTable& events;
  http::Router& router;
  HookTable& hooks;
  base::WorkerPool& workers;
  const base::Gate& gate;
  base::Texts& texts;
  const Clock& clock;

  /// The value of `plugins.<plugin>.<key>`, checked; throws for a key that the plugin does not declare. [any thread]
  std::function<Json(const std::string& plugin, std::string_view key)> config;
  /// Tells the chat rules of a further type, and that it is gone; may be empty. [host]
  struct Types {
    std::function<void(const std::string& type)> allow;
    std::function<void(const std::string& type)> remove;
  };
  Types messageTypes;
  Types sessionTypes;
  /// Whether this thread is an I/O loop; may be empty. Debug builds assert with it that blocking calls are not made
  /// there.
  std::function<bool()> onIoLoop;
  auth::Verifier* tokens = nullptr;  ///< null in open mode
  /// Told of an answered request whose Access is audited; may be empty. [any thread]
  std::function<void(hooks::CallAnswered::Call)> audit = {};
  std::vector<CollectionSpec> collections = {};  ///< the host's own
};

}  // namespace parley::plugin
