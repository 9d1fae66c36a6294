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

bool AddressLimit::remembersWrong(const Record& record, Instant now) const {
  return record.wrongAt && now - *record.wrongAt < options_.memory;
}

AddressLimit::Record& AddressLimit::recordLocked(const std::string& network, Instant now) {
  const auto found = records_.find(network);
  if (found != records_.end()) return found->second;
  if (records_.size() >= options_.maxAddresses)
    std::erase_if(records_, [&](const auto& entry) {
      return entry.second.forgottenAt <= now && !remembersWrong(entry.second, now);
    });
  if (records_.size() >= options_.maxAddresses) records_.erase(records_.begin());
  return records_.emplace(network, Record{now, {}}).first->second;
}

void AddressLimit::enter(const std::string& address) {
  if (options_.atOnce <= 0) return;
  const auto now = clock_.steady();
  const std::lock_guard lock(mutex_);
  auto& record = recordLocked(networkOf(address), now);
  const auto next = std::max(record.forgottenAt, now) + options_.interval;
  const auto tooMuch = next - now - options_.atOnce * options_.interval;
  if (tooMuch > Instant::duration::zero()) throw tooManyAttempts(std::chrono::ceil<std::chrono::seconds>(tooMuch));
  record.forgottenAt = next;
}

void AddressLimit::takeBack(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(networkOf(address));
  if (found != records_.end()) found->second.forgottenAt -= options_.interval;
}

void AddressLimit::noteWrong(const std::string& address) {
  const auto now = clock_.steady();
  const std::lock_guard lock(mutex_);
  recordLocked(networkOf(address), now).wrongAt = now;
}

bool AddressLimit::wasWrong(const std::string& address) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find(networkOf(address));
  return found != records_.end() && remembersWrong(found->second, clock_.steady());
}

}  // namespace accounts
