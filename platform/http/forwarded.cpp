// SPDX-License-Identifier: Apache-2.0
#include "http/forwarded.h"

#include "http/text.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::http {

namespace {

std::vector<std::string_view> itemsOf(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> items;
  for (const auto& [key, value] : headers) {
    if (!equalsNoCase(key, name)) continue;
    std::string_view list = value;
    while (!list.empty()) items.push_back(nextItem(list));
  }
  return items;
}

/// Some proxies write a port: "192.0.2.1:4711", "[2001:db8::1]:4711".
std::optional<base::IpAddress> addressIn(std::string_view item) {
  if (item.starts_with('[')) return base::IpAddress::parse(item.substr(1, item.find(']') - 1));
  const auto colon = item.find(':');
  const bool hasPort = colon != std::string_view::npos && item.find(':', colon + 1) == std::string_view::npos;
  return base::IpAddress::parse(hasPort ? item.substr(0, colon) : item);
}

}  // namespace

void applyForwarded(Request& request, const base::Networks& trustedProxies) {
  if (!trustedProxies.contains(request.peerAddress)) return;
  auto hops = itemsOf(request.headers, "X-Forwarded-For");
  std::reverse(hops.begin(), hops.end());
  for (const auto hop : hops) {
    const auto address = addressIn(hop);
    if (!address) break;
    request.peerAddress = address->text();
    if (!trustedProxies.contains(*address)) break;
  }
  if (const auto schemes = itemsOf(request.headers, "X-Forwarded-Proto"); !schemes.empty())
    request.secure = equalsNoCase(schemes.back(), "https");
}

}  // namespace parley::http
