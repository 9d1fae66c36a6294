// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/options.h"
#include "base/failure.h"
#include "base/rate_limits.h"
#include "chat/options.h"
#include "host/settings.h"
#include "http/cors.h"
#include "http/server.h"
#include "plugin/plugin_host.h"
#include "realtime/client_socket.h"
#include "realtime/engine/engine.h"
#include "realtime/engine/plain_endpoint.h"
#include "realtime/event_dispatcher.h"
#include "realtime/plain_client.h"
#include "realtime/registry.h"
#include "realtime/socket_io.h"
#include "storage/open_store.h"

#include <cstddef>
#include <filesystem>

// What the settings mean for each room.

namespace parley::host {

std::size_t loopCount(const Settings& settings);
std::size_t workerCount(const Settings& settings);
std::filesystem::path pluginDirectory(const Settings& settings);

auth::JwtOptions jwtOptions(const Settings& settings);
storage::StorageOptions storageOptions(const Settings& settings);
http::CorsOptions corsOptions(const Settings& settings);
http::ServerOptions httpOptions(const Settings& settings, const base::Locale& locale);
realtime::EngineOptions engineOptions(const Settings& settings);
realtime::PlainOptions plainOptions(const Settings& settings);
realtime::SocketOptions socketOptions(const Settings& settings, const base::Locale& locale);
realtime::SocketIoOptions socketIoOptions(const Settings& settings);
realtime::PlainClientOptions plainClientOptions(const Settings& settings);
realtime::DispatchOptions dispatchOptions(const Settings& settings);
realtime::Registry::Limits registryLimits(const Settings& settings);
base::RateLimitOptions rateLimitOptions(const Settings& settings);
chat::ChatOptions chatOptions(const Settings& settings);
plugin::PluginHostOptions pluginOptions(const Settings& settings, const base::Locale& locale = {});
/// Whether a plugin is to run. One that the settings do not know came after they were read: the next reload takes it.
plugin::PluginHost::Wanted enabledIn(std::shared_ptr<const Settings> settings);

}  // namespace parley::host
