// SPDX-License-Identifier: Apache-2.0
#include "rig.h"

#include <atomic>
#include <stdexcept>
#include <thread>

namespace parley::plugin::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(Rig, LoadedAndUnloadedFiftyTimes) {
  for (const auto* probe : {"clients", "helpers", "hooks"}) install(probe);
  EXPECT_THAT(start(), IsEmpty());
  for (int i = 0; i < 50; ++i) {
    for (const auto* probe : {"clients", "helpers", "hooks"}) {
      host().disable(probe);
      ASSERT_FALSE(isMapped(probe)) << "round " << i;
      host().enable(probe);
    }
    ASSERT_EQ(ask("echo", i), std::to_string(i));
    ASSERT_EQ(ask("greet", "ann"), "\"hello ann\"");
    ask("throw");
    request("GET", "/probe/throw");
  }
}

TEST_F(Rig, SwitchingUnderLoadAnswersEveryCall) {
  options_.border.failuresInARow = options_.border.failuresPerMinute = 0;
  install("clients");
  install("hooks");
  EXPECT_THAT(start(), IsEmpty());
  std::atomic<bool> done{false};
  std::atomic<int> answered{0};
  const auto isFine = [](const std::string& answer) {
    return answer == "1" || answer == "INTERNAL" || answer == "FEATURE_DISABLED";
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i)
    callers.emplace_back([&] {
      while (!done) {
        for (const auto* event : {"echo", "throw", "later:drop"}) {
          const auto answer = ask(event, 1);
          EXPECT_PRED1(isFine, answer);
          if (answer == "1") ++answered;
        }
        const auto web = request("GET", "/probe/7");
        EXPECT_TRUE(web.status == 200 || web.code() == "FEATURE_DISABLED") << web.text();
        // UNAVAILABLE: one that has just begun finds a check missing that it may not do without.
        EXPECT_THAT(message(""), testing::AnyOf("", "!", "UNAVAILABLE"));
      }
    });
  for (int i = 0; i < 20; ++i) {
    for (const auto* probe : {"clients", "hooks"}) {
      host().disable(probe);
      EXPECT_FALSE(isMapped(probe));
      host().enable(probe);
    }
    for (const int before = answered; answered < before + 10;) std::this_thread::yield();
  }
  done = true;
  for (auto& caller : callers) caller.join();
}

TEST_F(Rig, AReplacedFileGetsInWithTheNextStart) {
  install("base");
  EXPECT_THAT(start(), IsEmpty());
  install("base_v2", "base");  // over the file of the running plugin
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"");
  host().disable("base");
  host().enable("base");
  EXPECT_EQ(ask("base:version"), "\"2.0.0\"");
  EXPECT_EQ(status("base").version, "2.0.0");
}

TEST_F(Rig, ARunningCallFinishesAndNewOnesAreRefused) {
  install("clients");
  EXPECT_THAT(start(), IsEmpty());
  store_.block();
  std::future<Result<Answer>> running;
  std::thread caller([&] { running = send("block"); });
  store_.waitUntilWaiting();
  std::thread change([this] { host().disable("clients"); });
  while (ask("echo") != "FEATURE_DISABLED") std::this_thread::yield();
  EXPECT_TRUE(isMapped("clients")) << "a call is in it";
  store_.unblock();
  caller.join();
  change.join();
  EXPECT_EQ(text(running.get()), "7");
  EXPECT_FALSE(isMapped("clients"));
}

TEST(Border, WhatWasBegunIsFinishedWithThePluginsOwnHooks) {
  FakeClock clock;
  const auto border = std::make_shared<Border>("probe", BorderOptions{}, clock, [](const std::string&) {});
  auto& event = border->site("event");
  auto& hook = border->site("hook");
  const auto one = [] { return 1; };
  const auto answer = border->call(event, [&] {
    border->close();
    std::thread([&] { EXPECT_FALSE(border->call(hook, one).ok()); }).join();
    return border->call(hook, one).value();
  });
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer.value(), 1);
  EXPECT_FALSE(border->call(event, one).ok());
  EXPECT_TRUE(border->waitIdle(Millis{0}));
}

TEST(Border, AReplyThatACallbackTookWithItSaysWhy) {
  FakeClock clock;
  const auto border = std::make_shared<Border>("probe", BorderOptions{}, clock, [](const std::string&) {});
  auto& site = border->site("event");
  std::vector<ErrorCode> codes;
  const auto reply = [&] {
    return border->reply<int>(site, [&](const Result<int>& result) { codes.push_back(result.error().code()); });
  };
  reply();
  const auto stored = border->once(site, std::function<void()>([held = reply()] {}));
  border->close();
  border->revoke(false);
  EXPECT_THAT(codes, ElementsAre(ErrorCode::Internal, ErrorCode::FeatureDisabled));
}

TEST_F(Rig, ACallThatDoesNotEndRetiresTheLibraryUntilItDoes) {
  options_.disableDeadline = Millis{1};
  install("clients");
  EXPECT_THAT(start(), IsEmpty());
  store_.block();
  std::future<Result<Answer>> running;
  std::thread caller([&] { running = send("block"); });
  store_.waitUntilWaiting();
  host().disable("clients");
  EXPECT_EQ(status("clients").state, PluginState::Off);
  EXPECT_THAT(status("clients").retired, ElementsAre(HasSubstr("event block: 1 running")));
  EXPECT_THAT(host().whatHolds(), HasSubstr("clients: event block: 1 running"));

  host().enable("clients");  // a second copy, beside the retired one
  EXPECT_EQ(ask("echo", 1), "1");
  store_.unblock();
  caller.join();
  EXPECT_EQ(text(running.get()), "7");
  host().disable("clients");
  host().enable("clients");
  EXPECT_THAT(status("clients").retired, IsEmpty()) << "collected with the next change";
}

TEST_F(Rig, AReplyInThePluginsHandsIsAnsweredWhenItGoes) {
  options_.disableDeadline = Millis{1};
  install("clients");
  EXPECT_THAT(start(), IsEmpty());
  auto later = send("later");
  host().disable("clients");
  EXPECT_EQ(text(later.get()), "FEATURE_DISABLED") << "its plugin object dropped it";
  EXPECT_FALSE(isMapped("clients"));
}

TEST_F(Rig, AReplyThatOutlivesItsPluginKeepsTheLibraryMappedAndIsNamed) {
  options_.disableDeadline = Millis{1};
  install("leaks");
  EXPECT_THAT(start(), IsEmpty());
  auto answer = send("leak:reply");
  std::unique_ptr<Reply> leaked(reinterpret_cast<Reply*>(std::stoull(ask("leak:where"))));
  host().disable("leaks");
  EXPECT_EQ(text(answer.get()), "FEATURE_DISABLED");
  EXPECT_TRUE(isMapped("leaks"));
  EXPECT_THAT(status("leaks").retired, ElementsAre(HasSubstr("reply to event leak:reply: 1")));
  leaked.reset();
  EXPECT_THAT(host().apply([](const std::string&) { return false; }), IsEmpty());
  EXPECT_THAT(status("leaks").retired, IsEmpty());
  EXPECT_FALSE(isMapped("leaks"));
}

TEST_F(Rig, AThreadLocalOnALivingThreadKeepsTheLibraryMapped) {
  install("leaks");
  EXPECT_THAT(start(), IsEmpty());
  std::promise<void> used;
  std::promise<void> end;
  std::thread thread([&] {
    EXPECT_THAT(ask("leak:thread-local"), HasSubstr("last event"));
    used.set_value();
    end.get_future().wait();
  });
  used.get_future().wait();
  host().disable("leaks");
  EXPECT_TRUE(isMapped("leaks"));
  EXPECT_THAT(status("leaks").retired, ElementsAre(HasSubstr("thread_local")));
  end.set_value();
  thread.join();
  EXPECT_THAT(host().apply([](const std::string&) { return false; }), IsEmpty());
  EXPECT_THAT(status("leaks").retired, IsEmpty());
  EXPECT_FALSE(isMapped("leaks"));
}

TEST_F(Rig, APluginWhoseFileHasGoneIsSwitchedOffAndTheOthersRunOn) {
  install("base");
  install("clients");
  EXPECT_THAT(start(), IsEmpty());
  fs::remove(file("base"));
  host().discover();
  const auto isSet = [](const std::string& name) {
    return name == "clients" ? true : throw std::logic_error("no setting is called plugins." + name + ".enabled");
  };
  EXPECT_THAT(host().apply(isSet, {"clients"}), IsEmpty());
  EXPECT_EQ(ask("base:version"), "FEATURE_DISABLED");
  EXPECT_THAT(status("base").error, HasSubstr("file is gone"));
  EXPECT_EQ(ask("echo", 1), "1");
}

TEST_F(Rig, APluginWhoseFileHasAnotherNameNowRunsOn) {
  install("base");
  EXPECT_THAT(start(), IsEmpty());
  fs::rename(file("base"), file("moved"));
  EXPECT_THAT(start(), IsEmpty());
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"");
  EXPECT_THAT(host().apply([](const std::string&) { return true; }, {"base"}), IsEmpty());
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"");
}

TEST_F(Rig, NothingIsStoppedBeforeItIsKnownWhatIsWanted) {
  install("clients");
  install("hooks");
  EXPECT_THAT(start(), IsEmpty());
  const auto asked = [](const std::string& name) {
    return name == "clients" ? true : throw std::logic_error("unknown");
  };
  EXPECT_THROW(host().apply(asked, {"clients"}), std::logic_error);
  EXPECT_EQ(ask("echo", 1), "1");
}

TEST_F(Rig, DependenciesStartFirstAndAreHeldByThoseThatNeedThem) {
  install("base", "zz_base");  // whatever the files are called
  install("top");
  EXPECT_THAT(start(), IsEmpty());
  try {
    host().disable("base");
    FAIL() << "top needs it";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Conflict);
    EXPECT_THAT(error.detail(), AllOf(HasSubstr("base"), HasSubstr("top depends on it")));
  }
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"");
  EXPECT_THAT(host().apply([](const std::string&) { return false; }), IsEmpty()) << "both together";
  EXPECT_FALSE(isMapped("zz_base"));
  EXPECT_FALSE(isMapped("top"));
  EXPECT_THROW(host().enable("top"), Error);
  EXPECT_THAT(status("top").error, HasSubstr("depends on base, which is switched off"));
}

TEST_F(Rig, ARestartTakesTheDependantsThroughIt) {
  install("base");
  install("top");
  install("clients");
  EXPECT_THAT(start(), IsEmpty());
  const auto echoes = [this] {
    for (const auto& site : status("clients").sites)
      if (site.name == "event echo") return site.calls;
    return std::uint64_t{999};
  };
  ask("echo");
  install("base_v2", "base");
  EXPECT_THAT(host().apply([](const std::string&) { return true; }, {"base"}), IsEmpty());
  EXPECT_EQ(ask("base:version"), "\"2.0.0\"");
  EXPECT_EQ(status("top").state, PluginState::Running);
  EXPECT_EQ(echoes(), 1U) << "a plugin that has nothing to do with it runs on";
}

TEST_F(Rig, RestartsComeOneAfterAnother) {
  install("base");
  install("clients");
  install("hooks");
  EXPECT_THAT(start(), IsEmpty());
  store_.block();
  std::future<Result<Answer>> running;
  std::thread caller([&] { running = send("block"); });
  store_.waitUntilWaiting();
  std::thread change([this] { host().apply([](const std::string&) { return true; }, {"base", "clients", "hooks"}); });
  while (ask("echo") != "FEATURE_DISABLED") std::this_thread::yield();
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"") << "it is through";
  EXPECT_EQ(message("hi"), "hi!") << "its turn has not come";
  store_.unblock();
  caller.join();
  change.join();
  EXPECT_EQ(ask("echo", 1), "1");
}

TEST_F(Rig, MissingAndCircularDependenciesNameBothSides) {
  for (const auto* probe : {"orphan", "circle_a", "circle_b", "base"}) install(probe);
  const auto problems = start();
  EXPECT_THAT(problems, testing::Contains(AllOf(HasSubstr("orphan"), HasSubstr("nobody, which is not installed"))));
  EXPECT_THAT(problems, testing::Contains(HasSubstr("circle_a -> circle_b -> circle_a")));
  EXPECT_THAT(problems, testing::SizeIs(3));
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"");
}

TEST_F(Rig, AFailingDependencyTakesItsDependantsWithIt) {
  install("clients", "base");  // is not called base inside
  install("top");
  EXPECT_THAT(start(), ElementsAre(HasSubstr("top: depends on base, which is not installed")));
}

TEST_F(Rig, TwoFilesWithOneNameAreBothNamed) {
  install("base");
  install("base_v2");
  start();
  EXPECT_THAT(status("base_v2.so").error, AllOf(HasSubstr("base_v2.so"), HasSubstr("taken by base.so")));
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"");
}

TEST_F(Rig, FilesThatAreNoPluginsAreNamed) {
  install("base");
  std::ofstream(file("text")) << "not a library";
  fs::copy_file(file("base"), file("short"));
  fs::resize_file(file("short"), fs::file_size(file("base")) / 2);
  fs::copy_file("/proc/self/exe", file("program"));
  install("incomplete");
  start();
  EXPECT_THAT(status("text.so").error, HasSubstr("text.so: not an ELF library"));
  EXPECT_THAT(status("short.so").error, HasSubstr("short.so: the file is truncated"));
  EXPECT_THAT(status("program.so").error, HasSubstr("program.so: it has no section .parley.gate"));
  EXPECT_THAT(status("incomplete.so").error, HasSubstr("undefined symbol: nobody_has_this"));
  EXPECT_EQ(ask("base:version"), "\"1.0.0\"");
}

TEST_F(Rig, CopiesThatAKilledServerLeftAreClearedAwayAndThoseOfALivingOneAreNot) {
  const auto killed = options_.stagingRoot / "parley-plugins-killed";
  fs::create_directory(killed);
  std::ofstream(killed / "lock") << "";
  std::ofstream(killed / "ping-1.so") << "";
  const auto foreign = options_.stagingRoot / "parley-plugins-foreign";  // without a lock: whose it is, is unknown
  fs::create_directory(foreign);
  const StagingDir living(options_.stagingRoot);
  EXPECT_FALSE(fs::exists(killed));
  EXPECT_TRUE(fs::exists(foreign));
  {
    const StagingDir another(options_.stagingRoot);
    EXPECT_TRUE(fs::exists(living.path()));
  }
  EXPECT_TRUE(fs::exists(living.path()));
}

TEST_F(Rig, StoppingUnloadsEverythingAndRemovesTheCopies) {
  install("clients");
  install("top");
  install("base");
  EXPECT_THAT(start(), IsEmpty());
  EXPECT_FALSE(fs::is_empty(options_.stagingRoot));
  host().stop();
  for (const auto* probe : {"clients", "top", "base"}) EXPECT_FALSE(isMapped(probe));
}

}  // namespace
}  // namespace parley::plugin::test
