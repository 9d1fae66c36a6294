// SPDX-License-Identifier: Apache-2.0
#include "host/watchdog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

namespace parley::host {
namespace {

TEST(WatchdogDeathTest, EndsTheProcessAlsoWhenNobodyCanSayWhatHoldsIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto hang = [] {
    ::alarm(60);  // the test fails then
    Watchdog watchdog(Millis{1});
    watchdog.ask([]() -> std::string {
      for (;;) ::pause();
    });
    watchdog.start();
    for (;;) ::pause();
  };
  EXPECT_EXIT(hang(), ::testing::ExitedWithCode(70), "");
}

}  // namespace
}  // namespace parley::host
