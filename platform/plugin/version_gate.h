// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/plugin.h>

#include <string_view>

namespace parley::plugin {

/// The gate of a plugin library, read from its bytes; nothing of it is mapped or run. Throws LoadError.
PluginGate readGate(std::string_view library);

/// Throws LoadError when a plugin with this gate cannot run on a host with that one; says what differs and which side
/// is older.
void checkGate(const PluginGate& plugin, const PluginGate& host = PluginGate{});

}  // namespace parley::plugin
