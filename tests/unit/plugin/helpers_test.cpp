// SPDX-License-Identifier: Apache-2.0
#include "rig.h"

#include <atomic>
#include <future>

namespace parley::plugin::test {
namespace {

class HelpersTest : public Rig {
 protected:
  HelpersTest() {
    install("helpers");
    EXPECT_THAT(start(), testing::IsEmpty());
  }
};

TEST_F(HelpersTest, ServicesAndSettings) {
  EXPECT_EQ(ask("greet", "ann"), "\"hello ann\"");
  EXPECT_EQ(ask("greet", 7), "VALIDATION_FAILED");
  EXPECT_EQ(ask("nobody"), "FEATURE_DISABLED");
}

TEST_F(HelpersTest, CollectionsAndTypes) {
  EXPECT_THAT(store_.defined, testing::ElementsAre("helpers"));
  EXPECT_THAT(messageTypes_, testing::ElementsAre("poll"));
  EXPECT_THAT(sessionTypes_, testing::ElementsAre("channel"));
  host().disable("helpers");
  EXPECT_THAT(messageTypes_, testing::IsEmpty());
  EXPECT_THAT(sessionTypes_, testing::IsEmpty());
}

TEST_F(HelpersTest, TimersRunWhenTheyAreDue) {
  const auto turn = [this](Millis later) {
    clock_.advance(later);
    host().runTimers();
    EXPECT_TRUE(workers_.drain(Millis{30000}));
    return metric("parley_helpers_ticks");
  };
  EXPECT_EQ(turn(Millis{999}), 0);
  EXPECT_EQ(turn(Millis{1}), 1);
  EXPECT_EQ(turn(Millis{0}), 1);
  EXPECT_EQ(turn(Millis{5000}), 2) << "missed turns are not made up for";
  host().disable("helpers");
  EXPECT_EQ(turn(Millis{1000}), -1);
}

TEST_F(HelpersTest, ATimerMayWaitForEver) {
  Timers timers(workers_, clock_, false);
  std::atomic<int> runs{0};
  timers.add(Millis::max(), [&runs] { ++runs; });
  clock_.advance(Millis{1000});
  EXPECT_GT(timers.runDue(), clock_.steady());
  EXPECT_TRUE(workers_.drain(Millis{30000}));
  EXPECT_EQ(runs, 0);
}

TEST_F(HelpersTest, DataSubjects) {
  const auto& subjects = host().dataSubjects();
  EXPECT_THAT(subjects.plugins(), testing::ElementsAre("helpers"));
  const auto page = subjects.exportPage("helpers", "ann", "");
  EXPECT_EQ(page.items, (JsonArray{"held of ann"}));
  EXPECT_EQ(page.next, "");
  EXPECT_NO_THROW(subjects.erase("helpers", "ann"));
  const auto refusal = [&](const std::string& userId) {
    try {
      subjects.erase("helpers", userId);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::Internal;
  };
  EXPECT_EQ(refusal("stuck"), ErrorCode::Unavailable);
  host().disable("helpers");
  EXPECT_THAT(subjects.plugins(), testing::IsEmpty());
  EXPECT_EQ(refusal("ann"), ErrorCode::FeatureDisabled);
}

TEST_F(HelpersTest, PostedTasksRunOnWorkers) {
  EXPECT_EQ(ask("post"), "true");
  EXPECT_TRUE(workers_.drain(Millis{30000}));
  EXPECT_EQ(metric("parley_helpers_fired"), 1);
}

TEST_F(HelpersTest, WhatCannotBeCalledIsRefusedAtOnce) {
  EXPECT_EQ(ask("callbacks:null"),
            R"(["posted task of helpers needs a function","completion of Store::submit of helpers needs a function",)"
            R"("completion of Messages::send of helpers needs a function",)"
            R"("completion of Sockets::ask of helpers needs a function"])");
}

TEST_F(HelpersTest, CallbacksComeBack) {
  ask("callbacks");
  store_.completions.at(0)(WriteSummary{});
  messages_.sent.at(0)(Message{});
  sockets_.asked.at(0)(Payload{});
  std::promise<void> free;
  const auto freed = free.get_future().share();
  for (int worker = 0; worker < 2; ++worker) ASSERT_TRUE(workers_.post([freed] { freed.wait(); }));
  sockets_.emits.at(0).onDelivered("ann");
  sockets_.emits.at(0).onDelivered("bob");
  EXPECT_EQ(metric("parley_helpers_fired"), 3) << "not on a thread of the host's";
  free.set_value();
  sockets_.emits.clear();
  store_.completions.at(0)(WriteSummary{});
  EXPECT_TRUE(workers_.drain(Millis{30000}));
  EXPECT_EQ(metric("parley_helpers_fired"), 5) << "once each, but once per user for a delivery";
}

TEST_F(HelpersTest, SwitchingOffWaitsForCallbacks) {
  ask("callbacks");
  std::thread answers([this] {
    store_.completions.at(0)(WriteSummary{});
    messages_.sent.at(0)(Message{});
    sockets_.asked.at(0)(Payload{});
    sockets_.emits.clear();  // dropped, which is an end as well
  });
  host().disable("helpers");
  answers.join();
  EXPECT_FALSE(isMapped("helpers"));
  EXPECT_THAT(status("helpers").retired, testing::IsEmpty());
}

class ImpatientTest : public Rig {
 protected:
  ImpatientTest() {
    options_.disableDeadline = Millis{1};
    install("helpers");
    EXPECT_THAT(start(), testing::IsEmpty());
  }
};

TEST_F(ImpatientTest, ALateCallbackNeverRunsPluginCode) {
  ask("callbacks");
  host().disable("helpers");
  EXPECT_FALSE(isMapped("helpers"));
  // All of these would run unmapped code.
  store_.completions.at(0)(WriteSummary{});
  messages_.sent.at(0)(Error(ErrorCode::Unavailable, "late"));
  sockets_.asked.at(0)(Payload{});
  sockets_.emits.at(0).onDelivered("ann");
  EXPECT_TRUE(workers_.drain(Millis{30000}));
}

TEST_F(Rig, HooksEditVetoAndFail) {
  install("hooks");
  EXPECT_THAT(start(), testing::IsEmpty());
  EXPECT_EQ(message("hi"), "hi!");
  EXPECT_EQ(message("veto"), "FORBIDDEN");
  EXPECT_EQ(message("disabled"), "FEATURE_DISABLED") << "the plugin's own word, whatever it is";
  EXPECT_EQ(message("fail"), "fail") << "it says that its failure does not block";
  EXPECT_EQ(message("block"), "INTERNAL") << "this one says that it does";
  hooks_.after<hooks::MessageStored>(Message{});
  EXPECT_EQ(metric("parley_hooks_stored"), 1);

  Message unlucky;
  unlucky.content = "unavailable!";
  hooks_.after<hooks::MessageStored>(unlucky);
  std::uint64_t failures = 0;
  for (const auto& site : status("hooks").sites)
    if (site.name == "hook after message:stored") failures += site.failures;
  EXPECT_EQ(failures, 1U);
  host().disable("hooks");
  EXPECT_EQ(message("veto"), "veto");
  EXPECT_FALSE(isMapped("hooks"));
}

}  // namespace
}  // namespace parley::plugin::test
