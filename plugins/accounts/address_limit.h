// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace accounts {

/// How many attempts that fail an IP address may make: so many at once, and then one after each interval. Unlike the
/// lock of a username it does not grow, since many people may share an address. Kept in memory. [any thread]
class AddressLimit {
 public:
  struct Options {
    std::int64_t atOnce = 100;  ///< 0: any number
    std::chrono::seconds interval{6};
    std::chrono::seconds memory{3600};
    std::size_t maxAddresses = 100'000;  ///< beyond that some are forgotten
  };
  AddressLimit(Options options, const parley::Clock& clock) : options_(options), clock_(clock) {}

  /// Counts an attempt beforehand, so that many at once are as many. RATE_LIMITED, and nothing is counted, when it is
  /// one too many.
  void enter(const std::string& address);
  /// The attempt did not fail, or was not made.
  void takeBack(const std::string& address);

  /// The password was wrong.
  void noteWrong(const std::string& address);
  /// Whether one has been within `memory`.
  bool wasWrong(const std::string& address) const;

 private:
  struct Record {
    parley::Instant forgottenAt{};  ///< when all attempts will be
    std::optional<parley::Instant> wrongAt{};
  };
  bool remembersWrong(const Record& record, parley::Instant now) const;
  Record& recordLocked(const std::string& network, parley::Instant now);

  const Options options_;
  const parley::Clock& clock_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Record> records_;
};

}  // namespace accounts
