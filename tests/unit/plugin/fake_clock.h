// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <atomic>

namespace parley::plugin::test {

/// Time that stands still until it is moved. [any thread]
class FakeClock final : public Clock {
 public:
  Time now() const override { return Time{Millis{1'700'000'000'000 + passed_.load()}}; }
  Instant steady() const override { return Instant{} + std::chrono::hours{1} + Millis{passed_.load()}; }
  void advance(Millis by) { passed_ += by.count(); }

 private:
  std::atomic<Millis::rep> passed_{0};
};

}  // namespace parley::plugin::test
