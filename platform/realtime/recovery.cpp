// SPDX-License-Identifier: Apache-2.0
#include "realtime/recovery.h"

#include <algorithm>
#include <array>
#include <string>

namespace parley::realtime {

namespace {

/// `1795373331.2190323`. The time stamps of other clients may have a point too, but never digits alone around it.
bool isDecimal(const std::string& text) {
  const auto points = std::count(text.begin(), text.end(), '.');
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
  return digits && points == 1 && text.size() > 2;
}

bool isPython(const http::Request& handshake) {
  const auto stamp = handshake.queryParam("t");
  if (stamp && isDecimal(*stamp)) return true;
  std::string agent(handshake.headers.get("User-Agent"));
  for (auto& c : agent) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<const char*, 3> libraries = {"python", "aiohttp", "websocket-client"};
  return std::any_of(libraries.begin(), libraries.end(),
                     [&agent](const char* library) { return agent.find(library) != std::string::npos; });
}

}  // namespace

bool mayRecover(const http::Request& handshake) {
  return !isPython(handshake);
}

std::optional<bool> wishToRecover(const Json& auth) {
  const auto* wish = auth.is_object() ? auth.get_object().if_contains("recovery") : nullptr;
  return wish != nullptr && wish->is_bool() ? std::optional(wish->get_bool()) : std::nullopt;
}

}  // namespace parley::realtime
