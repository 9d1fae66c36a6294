// SPDX-License-Identifier: Apache-2.0
#include "plugin/version_gate.h"

#include "plugin/elf_section.h"
#include "plugin/load_error.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>

namespace parley::plugin {

namespace {

static_assert(std::is_trivially_copyable_v<PluginGate>);

template <std::size_t N>
std::string text(const std::array<char, N>& chars) {
  return {chars.begin(), std::find(chars.begin(), chars.end(), '\0')};
}

std::string boostText(std::uint32_t version) {
  return std::to_string(version / 100000) + "." + std::to_string(version / 100 % 1000) + "." +
         std::to_string(version % 100);
}

const char* olderSide(bool pluginIsOlder) {
  return pluginIsOlder ? "the plugin is older: rebuild it" : "the server is older: upgrade it";
}

void checkSdk(const PluginGate& plugin, const PluginGate& host) {
  const bool sameMajor = plugin.sdkMajor == host.sdkMajor;
  const bool minorFits = host.sdkMajor == 0 ? plugin.sdkMinor == host.sdkMinor : plugin.sdkMinor <= host.sdkMinor;
  if (sameMajor && minorFits) return;
  const auto version = [](const PluginGate& gate) {
    return std::to_string(gate.sdkMajor) + "." + std::to_string(gate.sdkMinor);
  };
  const bool pluginIsOlder = std::pair(plugin.sdkMajor, plugin.sdkMinor) < std::pair(host.sdkMajor, host.sdkMinor);
  throw LoadError("built with SDK " + version(plugin) + ", the server has SDK " + version(host) + ": " +
                  olderSide(pluginIsOlder));
}

}  // namespace

PluginGate readGate(std::string_view library) {
  const auto section = elfSection(library, ".parley.gate");
  PluginGate gate;
  if (section.size() < sizeof gate) throw LoadError("its section .parley.gate is too short");
  std::memcpy(&gate, section.data(), sizeof gate);
  if (gate.magic != PluginGate{}.magic) throw LoadError("its section .parley.gate is not a gate");
  return gate;
}

void checkGate(const PluginGate& plugin, const PluginGate& host) {
  checkSdk(plugin, host);
  if (plugin.compilerAbi != host.compilerAbi)
    throw LoadError("compiled for the C++ ABI " + text(plugin.compilerAbi) + ", the server for " +
                    text(host.compilerAbi) + ": build both with the same major version of the same compiler");
  if (plugin.boostVersion != host.boostVersion)
    throw LoadError("built with Boost " + boostText(plugin.boostVersion) + ", the server with Boost " +
                    boostText(host.boostVersion) + ": " + olderSide(plugin.boostVersion < host.boostVersion));
  if (plugin.layout != host.layout)
    throw LoadError("built with other headers of SDK " + std::to_string(host.sdkMajor) + "." +
                    std::to_string(host.sdkMinor) + " than the server: rebuild it");
}

}  // namespace parley::plugin
