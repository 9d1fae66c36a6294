// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/networks.h"
#include "base/token_bucket.h"

#include <parley/access.h>
#include <parley/error.h>
#include <parley/time.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace parley::base {

constexpr std::array rateClasses{RateClass::Default, RateClass::Message, RateClass::Read,
                                 RateClass::Search,  RateClass::Upload,  RateClass::Auth};
/// As in the settings: `limits.<name>.…`.
std::string_view nameOf(RateClass rateClass);

struct RateLimitOptions {
  struct Limits {
    Rate perUser;
    Rate perAddress;
    std::size_t atOnce = 0;  ///< calls of one user that run; 0: no limit
  };
  std::array<Limits, rateClasses.size()> classes;  ///< in the order of `rateClasses`
  Networks exempt;                                 ///< addresses that are not limited
  std::size_t maxTracked = 100'000;                ///< users, and addresses, of each class that are remembered
};

/// How many calls users and addresses may make: a token bucket for each of them in each class. An IPv6 address counts
/// with all of its /64, which one customer has. Buckets that are full again are forgotten; with `maxTracked` others,
/// one of these is. [any thread]
class RateLimits {
 public:
  /// The clock outlives it.
  RateLimits(const Clock& clock, RateLimitOptions options);
  ~RateLimits();
  RateLimits(const RateLimits&) = delete;
  RateLimits& operator=(const RateLimits&) = delete;

  /// What callers have used up stays.
  void reload(RateLimitOptions options);

  /// Counts one call of the caller's address, and of the user if that is known; throws RATE_LIMITED that says when to
  /// try again. Nothing is counted for a back end's token and an address in `exempt`. False: who the user is has to be
  /// found out, and counted.
  bool count(RateClass rateClass, const Caller& caller);
  void countUser(RateClass rateClass, const Caller& caller);

  /// Counts a call of the user as running for as long as the ticket lives; null where that is not limited. Throws
  /// RATE_LIMITED when too many are.
  std::shared_ptr<void> enter(RateClass rateClass, const Caller& caller);

  /// What to tell an address whose token or password does not count: `refusal`, or RATE_LIMITED when it was told so too
  /// often (RateClass::Auth).
  Error afterFailure(const std::string& address, const Error& refusal);

 private:
  class Buckets;
  class Running;
  struct Tables;
  struct Now;
  std::chrono::duration<double> takeFromAddress(RateClass rateClass, std::string_view address, const Now& now);
  std::chrono::duration<double> takeFromUser(RateClass rateClass, const std::string& user, const Now& now);

  const Clock& clock_;
  std::shared_ptr<const RateLimitOptions> options_;  ///< read and written with std::atomic_load / atomic_store
  std::unique_ptr<Tables> tables_;
  std::shared_ptr<Running> running_;
};

}  // namespace parley::base
