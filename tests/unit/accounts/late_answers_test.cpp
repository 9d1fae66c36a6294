// SPDX-License-Identifier: Apache-2.0
#include "late_answers.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace accounts {

namespace {

using namespace std::chrono_literals;

class RealClock final : public parley::Clock {
 public:
  parley::Time now() const override { return {}; }
  parley::Instant steady() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace

TEST(LateAnswers, WaitUntilTheyAreDue) {
  const RealClock clock;
  const auto due = clock.steady() + 50ms;
  std::promise<parley::Instant> given;
  LateAnswers answers(clock);
  answers.add(due, [&] { given.set_value(clock.steady()); });
  EXPECT_GE(given.get_future().get(), due);
}

TEST(LateAnswers, AreGivenWhenTheirKeeperEndsInTheirOrder) {
  const RealClock clock;
  std::string given;
  {
    LateAnswers answers(clock);
    for (const char name : {'c', 'a', 'b'}) answers.add(clock.steady() + 24h + name * 1h, [&, name] { given += name; });
  }
  EXPECT_EQ(given, "abc");
}

}  // namespace accounts
