// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/router.h"
#include "plugin/plugin_host.h"

#include <string>

namespace parley::host {

/// What clients can ask for, as JSON with an entry a line: {"routes": [{method, path, plugin, enabled}], "events":
/// [{namespace, event, plugin, enabled}]}. `plugin` is null for the server's own; `event` is null for a handler of all
/// events that have none of their own.
std::string printApi(const http::Router& router, const realtime::EventTable& events, plugin::PluginHost& plugins);

}  // namespace parley::host
