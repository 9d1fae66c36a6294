// SPDX-License-Identifier: Apache-2.0
#include "host/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <future>

namespace parley::host {
namespace {

constexpr Millis soon{0};

TEST(SignalsTest, NoticesTheEndWhileNobodyWaits) {
  std::promise<void> noticed;
  Signals signals([&noticed] { noticed.set_value(); });
  EXPECT_FALSE(signals.termination());
  ::kill(::getpid(), SIGHUP);
  ::kill(::getpid(), SIGTERM);
  noticed.get_future().wait();
  EXPECT_TRUE(signals.termination());
  EXPECT_EQ(signals.wait(soon), Signals::Request::Terminate);
  EXPECT_EQ(signals.wait(soon), Signals::Request::Terminate);
}

TEST(SignalsTest, GivesAReloadOnce) {
  Signals signals([] {});
  ::kill(::getpid(), SIGHUP);
  std::optional<Signals::Request> request;
  while (!request) request = signals.wait(Millis{1000});
  EXPECT_EQ(request, Signals::Request::Reload);
  EXPECT_EQ(signals.wait(soon), std::nullopt);
}

}  // namespace
}  // namespace parley::host
