// SPDX-License-Identifier: Apache-2.0
#include "host/audit_trail.h"

#include "base/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace parley::host {
namespace {

using ::testing::ElementsAre;

hooks::CallAnswered::Call call(const char* name, std::optional<ErrorCode> failure = std::nullopt) {
  return {name, {}, {}, failure};
}

TEST(AuditTrail, HasWhatWasTakenHoweverMuchWaits) {
  const base::SystemClock clock;
  plugin::HookTable hooks(clock);
  std::vector<std::string> told;
  hooks.add(false, hooks::CallAnswered::name, "probe", {},
            [&told](void* subject) { told.push_back(static_cast<const hooks::CallAnswered::Call*>(subject)->call); });
  base::WorkerPool workers(1, 1);
  AuditTrail trail(hooks, workers, clock);
  std::promise<void> begun;
  std::promise<void> end;
  ASSERT_TRUE(workers.post([&] {
    begun.set_value();
    end.get_future().wait();
  }));
  begun.get_future().wait();
  ASSERT_TRUE(workers.post([] {}));

  trail.tell(call("done"));
  trail.tell(call("forbidden", ErrorCode::Forbidden));
  trail.tell(call("refused", ErrorCode::Unavailable));
  EXPECT_EQ(trail.givenUp(), 1U);
  end.set_value();
  ASSERT_TRUE(workers.drain(Millis{60'000}));
  trail.tell(call("refused later", ErrorCode::Unavailable));
  ASSERT_TRUE(workers.drain(Millis{60'000}));
  EXPECT_THAT(told, ElementsAre("done", "forbidden", "refused later"));
  EXPECT_EQ(trail.givenUp(), 1U);
}

}  // namespace
}  // namespace parley::host
