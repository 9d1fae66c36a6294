// SPDX-License-Identifier: Apache-2.0
#include "http/hosts.h"

#include "base/networks.h"
#include "http/text.h"

#include <algorithm>
#include <utility>

namespace parley::http {

namespace {

constexpr std::string_view anyName = "*";
constexpr std::string_view ownName = "localhost";  // RFC 6761 section 6.3: with all names below it
constexpr std::string_view belowOwn = ".localhost";

/// RFC 3986 section 3.2.2, without a port; an IPv6 address without its brackets.
std::string_view hostIn(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    const bool isWhole = end != std::string_view::npos && (end + 1 == authority.size() || authority[end + 1] == ':');
    return isWhole ? authority.substr(1, end - 1) : authority;
  }
  const auto host = authority.substr(0, authority.find(':'));
  return host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
}

bool isNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

}  // namespace

Hosts::Hosts(std::vector<std::string> names, bool anyAddress) : names_(std::move(names)), anyAddress_(anyAddress) {}

bool Hosts::has(std::string_view host) const {
  const auto name = hostIn(host);
  if (host.empty() || equalsNoCase(name, ownName)) return true;
  if (name.size() > belowOwn.size() && equalsNoCase(name.substr(name.size() - belowOwn.size()), belowOwn)) return true;
  const bool isListed = std::any_of(names_.begin(), names_.end(), [name](const std::string& listed) {
    return listed == anyName || equalsNoCase(listed, name);
  });
  return isListed || hasAddress(name);
}

bool Hosts::hasAddress(std::string_view address) const {
  const auto parsed = base::IpAddress::parse(address);
  return parsed && (anyAddress_ || parsed->isLoopback());
}

bool Hosts::isName(std::string_view name) {
  return name == anyName || (!name.empty() && std::all_of(name.begin(), name.end(), isNameChar));
}

}  // namespace parley::http
