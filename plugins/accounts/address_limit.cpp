// SPDX-License-Identifier: Apache-2.0
#include "address_limit.h"

#include "failures.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

using namespace parley;

namespace accounts {

namespace {

/// A client has a whole /64 of IPv6 to choose addresses from (RFC 6177).
std::string networkOf(const std::string& address) {
  constexpr std::size_t networkBytes = 8;
  constexpr std::string_view mappedPrefix{"\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12};
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return address;
  const std::string_view all(bytes.data(), bytes.size());
  return std::string(all.starts_with(mappedPrefix) ? all : all.substr(0, networkBytes));
}

}  // namespace

void AddressLimit::makeRoom(Instant now) {
  if (forgottenAt_.size() < options_.maxAddresses) return;
  std::erase_if(forgottenAt_, [now](const auto& entry) { return entry.second <= now; });
  if (forgottenAt_.size() >= options_.maxAddresses) forgottenAt_.erase(forgottenAt_.begin());
}

void AddressLimit::enter(const std::string& address) {
  if (options_.atOnce <= 0) return;
  const auto network = networkOf(address);
  const auto now = clock_.steady();
  const std::lock_guard lock(mutex_);
  auto found = forgottenAt_.find(network);
  if (found == forgottenAt_.end()) {
    makeRoom(now);
    found = forgottenAt_.emplace(network, now).first;
  }
  const auto next = std::max(found->second, now) + options_.interval;
  const auto tooMuch = next - now - options_.atOnce * options_.interval;
  if (tooMuch > Instant::duration::zero()) throw tooManyAttempts(std::chrono::ceil<std::chrono::seconds>(tooMuch));
  found->second = next;
}

void AddressLimit::takeBack(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = forgottenAt_.find(networkOf(address));
  if (found != forgottenAt_.end()) found->second -= options_.interval;
}

}  // namespace accounts
