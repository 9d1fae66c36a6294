// SPDX-License-Identifier: Apache-2.0
// Users who are erased: what is left of them, what the others see, and what an interruption leaves.
#include "chat/user_export.h"
#include "world.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace parley::chat::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

namespace {

/// People who have joined; what plugins hold about them, and whether they give it up.
class Erasing : public ::testing::Test {
 protected:
  Erasing() {
    for (const auto* id : {"ann", "ben", "cleo"}) join(id);
    switchOn();
    resume();
  }

  void switchOn() {
    world.subjects.add("notes", {[](const std::string&, const std::string&) { return DataPage{}; },
                                 [this](const std::string& userId) {
                                   if (isStuck) throw Error(ErrorCode::Unavailable, "stuck");
                                   const std::lock_guard lock(mutex);
                                   asked.push_back(userId);
                                 }});
  }
  void resume() { world.chat->resume(world.subjects); }
  Users& users() { return world.chat->users(); }
  Sessions& sessions() { return world.chat->sessions(); }
  Messages& messages() { return world.chat->messages(); }
  Erasure& erasure() { return world.chat->erasure(); }

  static User named(const std::string& id) {
    User user;
    user.id = id;
    user.username = "name of " + id;
    user.phone = "12345";
    return user;
  }
  void join(const std::string& id) { users().join(named(id), "socket of " + id); }
  Session group(const std::string& owner, std::vector<std::string> others) {
    return sessions().create({.type = "group", .name = "all", .ownerId = owner, .userIds = std::move(others)});
  }
  Message say(const std::string& sessionId, const std::string& userId, const std::string& content,
              JsonObject extra = {}) {
    auto made = draft(sessionId, userId, content);
    made.extra = std::move(extra);
    return messages().send(made);
  }
  Message pass(const std::string& sessionId, const std::string& userId, const Message& source) {
    return say(sessionId, userId, source.content,
               {{"forwardedFrom",
                 {{"messageId", source.id}, {"senderId", source.senderId}, {"sessionId", source.sessionId}}}});
  }
  Erasure::State erased(const std::string& userId) {
    users().erase(userId);
    world.settle();
    return erasure().stateOf(userId).value();
  }
  std::vector<std::string> contents(const std::string& sessionId) {
    std::vector<std::string> found;
    for (const auto& message : messages().history({.sessionId = sessionId, .limit = 100}).messages)
      found.push_back(message.content);
    return found;
  }
  std::int64_t count(const char* collection, const Filter& filter) { return world.store->count(collection, filter); }

  World world;
  std::atomic<bool> isStuck{false};
  std::mutex mutex;
  std::vector<std::string> asked;
};

}  // namespace

TEST_F(Erasing, LeavesNothingButTheIdAndEmptyMessages) {
  const auto session = world.session("ann", "ben");
  auto first = draft(session.id, "ann", "secret");
  first.clientMessageId = "one";
  first.fileUrl = "/api/chat/files/x";
  first.fileName = "x.txt";
  const auto message = messages().send(first);
  say(session.id, "ben", "hello");
  world.chat->reads().markUpTo(session.id, "ann", std::nullopt);
  world.settle();

  const auto state = erased("ann");
  EXPECT_TRUE(state.isDone);
  EXPECT_THAT(state.failed, IsEmpty());
  EXPECT_THAT(asked, ElementsAre("ann"));
  EXPECT_FALSE(users().find("ann"));
  EXPECT_THAT(world.sockets.socketsOf("ann"), IsEmpty());
  EXPECT_EQ(count("chatmembers", where("userId") == "ann"), 0);
  EXPECT_EQ(count("readstates", where("userId") == "ann"), 0);
  EXPECT_THAT(sessions().placesOf("ann"), IsEmpty());
  EXPECT_FALSE(sessions().isParticipant(session.id, "ann"));

  const auto left = messages().find(message.id).value();
  EXPECT_EQ(left.seq, 1);
  EXPECT_EQ(left.senderId, "ann");
  EXPECT_EQ(left.content + left.fileUrl + left.fileName + left.clientMessageId, "");
  EXPECT_EQ(left.extra, (JsonObject{{"recalled", true}}));
  EXPECT_THAT(contents(session.id), ElementsAre("", "hello"));
}

TEST_F(Erasing, WhoIsGoneFromAPrivateSessionIsStillGoneWhenItIsReadAgain) {
  const auto id = world.session("ann", "ben").id;
  say(id, "ann", "x");
  erased("ann");
  world.restart();
  resume();
  EXPECT_THAT(sessions().participantsOf(id), ElementsAre("ben"));
}

TEST_F(Erasing, TheIdIsNobodysAnyMore) {
  world.session("ann", "cleo");
  erased("ann");
  const auto isRefused = [](auto call) { EXPECT_EQ(refusalOf(call).first, ErrorCode::Forbidden); };
  isRefused([&] { join("ann"); });
  isRefused([&] { users().save(named("ann")); });
  isRefused([&] { world.session("ann", "ben"); });
  isRefused([&] { group("ben", {"ann"}); });
  isRefused([&] { sessions().addMembers(group("ben", {"cleo"}).id, {"ann"}, true, "ben"); });
  const auto session = world.session("ann", "cleo");
  isRefused([&] { say(session.id, "ann", "still here"); });
  EXPECT_EQ(refusalOf([&] { say(session.id, "cleo", "anybody there?"); }).second, "the other user has been erased");
  world.restart();
  isRefused([&] { users().save(named("ann")); });
  isRefused([&] { say(session.id, "cleo", "anybody there?"); });
  EXPECT_EQ(refusalOf([&] { users().erase("nobody"); }).first, ErrorCode::NotFound);
  EXPECT_EQ(refusalOf([&] { users().erase("no id"); }).first, ErrorCode::ValidationFailed);
}

TEST_F(Erasing, GroupsGoToWhoeverHasBeenThereLongestAdminsFirst) {
  const auto byAge = group("ann", {"ben"});
  world.clock.advance(Millis{1000});
  sessions().addMembers(byAge.id, {"cleo"}, true, "ann");
  const auto byRole = group("ann", {"ben", "cleo"});
  sessions().updateMember(byRole.id, "cleo", {.role = "admin", .byUserId = "ann"});
  const auto alone = group("ann", {});
  std::set<std::string> left;
  world.hooks.add(false, hooks::MembersChanged::name, "test", {}, [&](void* subject) {
    const auto& change = *static_cast<hooks::MembersChanged::Subject*>(subject);
    const std::lock_guard lock(mutex);
    if (!change.left.empty()) left.insert(change.session.id + " " + change.left.front());
  });

  erased("ann");
  EXPECT_EQ(sessions().find(byAge.id)->ownerId, "ben");
  EXPECT_EQ(sessions().find(byRole.id)->ownerId, "cleo");
  EXPECT_EQ(sessions().find(byRole.id)->memberCount, 2);
  EXPECT_THAT(sessions().participantsOf(byRole.id), ElementsAre("ben", "cleo"));
  EXPECT_FALSE(sessions().find(alone.id));
  EXPECT_EQ(count("chatsessions", where("_id") == alone.id), 0);
  EXPECT_THAT(left, UnorderedElementsAre(byAge.id + " ann", byRole.id + " ann"));
  world.restart();
  EXPECT_THAT(sessions().participantsOf(byRole.id), ElementsAre("ben", "cleo"));
  EXPECT_EQ(say(byRole.id, "ben", "on we go").seq, 1);
}

TEST_F(Erasing, AGroupWhosePluginIsOffIsLeftAllTheSame) {
  const auto session = group("ann", {"ben"});
  world.chat->sessionTypes().remove("group");
  EXPECT_TRUE(erased("ann").isDone);
  EXPECT_EQ(sessions().find(session.id)->ownerId, "ben");
}

TEST_F(Erasing, MessagesOfSessionsThatWereLeftAreEmptiedToo) {
  const auto session = group("ben", {"ann", "cleo"});
  say(session.id, "ann", "before leaving");
  sessions().removeMember(session.id, "ann", "ann");
  erased("ann");
  EXPECT_THAT(contents(session.id), ElementsAre(""));
}

TEST_F(Erasing, WhatTheServerSaidInTheirNameToTwoOthersIsEmptiedToo) {
  const auto session = world.session("ben", "cleo");
  say(session.id, "ben", "hello");
  auto said = draft(session.id, "ann", "of ann");
  said.byServer = true;
  messages().send(said);
  say(session.id, "cleo", "and so on");
  world.session("ann", "ben");
  erased("ann");
  EXPECT_THAT(contents(session.id), ElementsAre("hello", "", "and so on"));
}

TEST_F(Erasing, CopiesOfCopiesAreEmptiedAndWhatOthersWroteStays) {
  const auto source = world.session("ann", "ben");
  const auto far = world.session("ben", "cleo");
  const auto message = say(source.id, "ann", "secret");
  const auto copy = pass(far.id, "ben", message);
  const auto copyOfCopy = pass(far.id, "cleo", copy);
  const auto own = pass(far.id, "cleo", say(far.id, "ben", "my own"));
  erased("ann");
  EXPECT_THAT(contents(far.id), ElementsAre("", "", "my own", "my own"));
  EXPECT_EQ(messages().find(copyOfCopy.id)->extra, (JsonObject{{"recalled", true}}));
  EXPECT_TRUE(messages().find(own.id)->extra.contains("forwardedFrom"));
}

TEST_F(Erasing, CopiesThatOutlivedWhatTheyWereMadeOfAreEmptied) {
  const auto dissolved = group("cleo", {"ann", "ben"});
  const auto alone = group("ann", {"ben"});
  const auto far = world.session("ben", "cleo");
  pass(far.id, "cleo", pass(far.id, "ben", say(dissolved.id, "ann", "secret")));
  pass(far.id, "ben", say(alone.id, "ann", "another"));
  const auto recalled = pass(far.id, "ben", say(alone.id, "ann", "a third"));
  messages().change(recalled.id, {.kind = "recalled", .content = "", .extra = {{"recalled", true}}});
  const auto deleted = pass(far.id, "ben", say(alone.id, "ann", "a fourth"));
  messages().remove(deleted.id, "ben");
  pass(far.id, "ben", say(dissolved.id, "cleo", "not hers"));
  sessions().removeMember(alone.id, "ben", "ben");
  sessions().remove(dissolved.id, "cleo");
  world.settle();
  ASSERT_EQ(count("messages", where("sessionId") == dissolved.id), 0);
  EXPECT_TRUE(erased("ann").isDone);
  EXPECT_FALSE(sessions().find(alone.id));
  EXPECT_THAT(contents(far.id), ElementsAre("", "", "", "", "not hers"));
  EXPECT_EQ(count("messages", where("author").exists()), 1);
}

TEST_F(Erasing, CopiesFromBeforeTheirAuthorWasNotedAreFoundByWhatTheyWereMadeOf) {
  const auto source = world.session("ann", "ben");
  const auto far = world.session("ben", "cleo");
  const auto copy = pass(far.id, "ben", say(source.id, "ann", "secret"));
  world.store->update("messages", where("author").exists(), Update().unset("author"));
  const auto copyOfCopy = pass(far.id, "cleo", copy);
  EXPECT_EQ(count("messages", where("_id") == copyOfCopy.id && where("author") == "ann"), 1);
  erased("ann");
  EXPECT_THAT(contents(far.id), ElementsAre("", ""));
}

TEST_F(Erasing, NothingOfTheirsIsCopiedAnyMore) {
  const auto source = world.session("ann", "ben");
  const auto far = world.session("ben", "cleo");
  const auto message = say(source.id, "ann", "secret");
  const auto gone = say(far.id, "ben", "gone");
  messages().remove(gone.id, "ben");
  erased("ann");
  EXPECT_EQ(refusalOf([&] { pass(far.id, "cleo", message); }).first, ErrorCode::Forbidden);
  EXPECT_EQ(refusalOf([&] { pass(far.id, "cleo", gone); }).first, ErrorCode::NotFound);
}

TEST_F(Erasing, CountsOfTheOthersStayRight) {
  const auto session = group("ben", {"ann", "cleo"});
  for (int i = 0; i < 3; ++i) say(session.id, "ann", "one of three");
  auto renamed = draft(session.id, "ann", "ann has renamed it");
  renamed.extra = {{"system", {{"action", "renamed"}, {"sessionName", "ann's"}}}};
  messages().send(renamed);
  const auto gone = say(session.id, "ann", "deleted");
  messages().remove(gone.id, "ann");
  say(session.id, "ben", "last");
  const auto unread = world.chat->reads().unread("cleo").total;
  const auto received = world.chat->reads().totals("cleo").received;
  erased("ann");
  EXPECT_EQ(world.chat->reads().unread("cleo").total, unread);
  EXPECT_EQ(world.chat->reads().totals("cleo").received, received);
  EXPECT_THAT(contents(session.id), ElementsAre("", "", "", "", "last"));
  const auto system = messages().history({.sessionId = session.id, .afterSeq = 3, .viewer = "cleo"}).messages.front();
  EXPECT_EQ(system.extra, (JsonObject{{"recalled", true}, {"system", {{"action", "renamed"}}}}));
  EXPECT_EQ(say(session.id, "cleo", "next").seq, 7);
}

TEST_F(Erasing, TellsTheObserversAsARecallDoes) {
  const auto session = world.session("ann", "ben");
  for (int i = 0; i < 600; ++i) say(session.id, "ann", std::to_string(i));
  std::set<std::string> told;
  world.hooks.add(false, hooks::MessageChanged::name, "test", {}, [&](void* subject) {
    const auto& change = *static_cast<hooks::MessageChanged::Subject*>(subject);
    const std::lock_guard lock(mutex);
    EXPECT_EQ(change.kind + " " + change.byUserId + change.now.content, "recalled ann");
    EXPECT_TRUE(told.insert(change.before.content).second);
  });
  erased("ann");
  EXPECT_THAT(told, SizeIs(600));
  erased("ann");
  EXPECT_THAT(told, SizeIs(600)) << "once is enough";
}

TEST_F(Erasing, APluginThatFailsIsNamedAndAskedAgain) {
  isStuck = true;
  const auto failed = erased("ann");
  EXPECT_FALSE(failed.isDone || failed.isRunning);
  EXPECT_THAT(failed.failed, ElementsAre("notes"));
  isStuck = false;
  EXPECT_TRUE(erased("ann").isDone);
  EXPECT_THAT(asked, ElementsAre("ann"));
}

TEST_F(Erasing, WaitsForAPluginThatHasRunAndIsOff) {
  world.settle();
  world.subjects.remove("notes");
  const auto waits = [&](const Erasure::State& state) {
    EXPECT_FALSE(state.isDone || state.isRunning);
    EXPECT_THAT(state.failed, IsEmpty());
    EXPECT_THAT(state.waiting, ElementsAre("notes"));
  };
  waits(erased("ann"));
  world.restart();
  resume();
  world.settle();
  waits(erasure().stateOf("ann").value());
  waits(erased("ben"));
  switchOn();
  world.settle();
  for (const auto* id : {"ann", "ben"}) {
    EXPECT_TRUE(erasure().stateOf(id)->isDone);
    EXPECT_THAT(erasure().stateOf(id)->waiting, IsEmpty());
  }
  EXPECT_THAT(asked, UnorderedElementsAre("ann", "ben"));
}

TEST_F(Erasing, APluginThatComesAndGoesIsAskedAboutEverybody) {
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) join(*ids.insert("user" + std::to_string(i)).first);
  world.settle();
  std::thread switching([&] {
    for (int i = 0; i < 50; ++i) {
      world.subjects.remove("notes");
      switchOn();
    }
  });
  for (const auto& id : ids) users().erase(id);
  switching.join();
  world.settle();
  for (const auto& id : ids) EXPECT_TRUE(erasure().stateOf(id)->isDone) << id;
  EXPECT_EQ(std::set<std::string>(asked.begin(), asked.end()), ids);
}

TEST_F(Erasing, ANewProcessGoesOnWhereTheLastOneWasInterrupted) {
  const auto session = world.session("ann", "ben");
  for (int i = 0; i < 3000; ++i) {
    messages().send(draft(session.id, "ann", std::to_string(i)), [](const Result<Message>&) {});
    if (i % 500 == 499) world.settle();  // fewer than may wait
  }
  std::atomic<int> emptied{0};
  world.hooks.add(false, hooks::MessageChanged::name, "test", {}, [&](void*) {
    if (++emptied == 400) erasure().pause();
  });
  users().erase("ann");
  world.restart();
  EXPECT_GT(count("messages", where("content") != ""), 0);
  EXPECT_LT(count("messages", where("content") != ""), 3000);
  EXPECT_FALSE(erasure().stateOf("ann")->isDone);
  resume();
  world.settle();
  EXPECT_TRUE(erasure().stateOf("ann")->isDone);
  EXPECT_EQ(count("messages", where("content") != ""), 0);
  EXPECT_EQ(emptied, 3000);
}

TEST_F(Erasing, NothingOfWhatIsSentMeanwhileIsLeft) {
  const auto session = group("ben", {"ann", "cleo"});
  std::atomic<bool> over{false};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      while (!over)
        messages().send(draft(session.id, "ann", "from ann"), [&](const Result<Message>& sent) {
          if (!sent && sent.error().code() == ErrorCode::Forbidden) ++refused;
        });
    });
  threads.emplace_back([&] {
    while (!over) {
      try {
        group("ben", {"ann"});
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Forbidden);
      }
    }
  });
  while (messages().history({.sessionId = session.id}).pagination.total < 20) std::this_thread::yield();
  users().erase("ann");
  while (refused == 0 || !erasure().stateOf("ann")->isDone) std::this_thread::yield();
  over = true;
  for (auto& thread : threads) thread.join();
  world.settle();
  EXPECT_EQ(count("messages", where("content") == "from ann"), 0);
  EXPECT_EQ(count("chatmembers", where("userId") == "ann"), 0);
}

TEST_F(Erasing, NothingOfWhatIsForwardedMeanwhileIsLeft) {
  const auto source = world.session("ann", "ben");
  const auto far = world.session("ben", "cleo");
  const auto message = say(source.id, "ann", "secret");
  std::atomic<int> stored{0};
  std::atomic<bool> refused{false};
  std::thread forwarding([&] {
    auto copy = draft(far.id, "ben", "secret");
    copy.extra = {{"forwardedFrom", {{"messageId", message.id}, {"senderId", "ann"}, {"sessionId", source.id}}}};
    while (!refused)
      messages().send(copy, [&](const Result<Message>& sent) {
        if (sent)
          ++stored;
        else if (sent.error().code() == ErrorCode::Forbidden)
          refused = true;
      });
  });
  while (stored < 20) std::this_thread::yield();
  users().erase("ann");
  forwarding.join();
  world.settle();
  EXPECT_TRUE(erasure().stateOf("ann")->isDone);
  EXPECT_EQ(count("messages", where("content") == "secret"), 0);
}

TEST_F(Erasing, OneMayBeErasedWhileTheOtherIs) {
  const auto session = world.session("ann", "ben");
  say(session.id, "ann", "a");
  say(session.id, "ben", "b");
  users().erase("ann");
  users().erase("ben");
  world.settle();
  EXPECT_TRUE(erasure().stateOf("ann")->isDone);
  EXPECT_TRUE(erasure().stateOf("ben")->isDone);
  EXPECT_EQ(count("messages", where("content") != ""), 0);
}

TEST_F(Erasing, WhatIsHeldIsExportedWholeHoweverMuchItIs) {
  const auto session = world.session("ann", "ben");
  const auto left = group("ben", {"ann"});
  const auto old = say(left.id, "ann", "before leaving");
  sessions().removeMember(left.id, "ann", "ann");
  for (int i = 0; i < 700; ++i) say(session.id, "ann", std::to_string(i));
  say(session.id, "ben", "not hers");
  world.chat->reads().markUpTo(session.id, "ann", std::nullopt);
  const auto all = [](auto next) {
    JsonArray items;
    while (auto page = next()) items.insert(items.end(), page->begin(), page->end());
    return items;
  };
  UserExport held(*world.store, "ann");
  EXPECT_EQ(held.profile().at("phone"), "12345");
  EXPECT_FALSE(held.profile().as_object().contains("password"));
  const auto places = all([&] { return held.sessions(); });
  ASSERT_THAT(places, SizeIs(1));
  EXPECT_EQ(places[0].at("sessionId"), Json(session.id));
  EXPECT_EQ(places[0].at("sessionType"), "private");
  const auto states = all([&] { return held.readStates(); });
  ASSERT_THAT(states, SizeIs(1));
  EXPECT_EQ(states[0].at("log").as_array().size(), 1U);
  std::set<std::string> written;
  for (const auto& message : all([&] { return held.messages(); }))
    EXPECT_TRUE(written.emplace(message.at("content").as_string()).second);
  EXPECT_THAT(written, SizeIs(701));
  EXPECT_TRUE(written.contains("before leaving"));

  UserExport nobody(*world.store, "nobody");
  EXPECT_TRUE(nobody.profile().is_null());
  EXPECT_THAT(all([&] { return nobody.messages(); }), IsEmpty());
}

TEST_F(Erasing, OfALongLogOfReadingTheExportHasAPartAtATime) {
  const auto session = world.session("ann", "ben");
  const auto other = group("ben", {"cleo"});
  for (const auto& [id, from] : {std::pair(session.id, "ann"), std::pair(other.id, "cleo")}) {
    say(id, from, "hello");
    world.chat->reads().markUpTo(id, "ben", std::nullopt);
  }
  for (int seq = 100; seq < 800; ++seq)
    world.store->insert("readlog", {{"_id", session.id + ":ben:" + std::to_string(seq)},
                                    {"sessionId", session.id},
                                    {"userId", "ben"},
                                    {"from", seq},
                                    {"to", seq}});
  UserExport held(*world.store, "ben");
  std::map<std::string, std::set<std::int64_t>> logged;
  std::map<std::string, int> states;
  while (const auto page = held.readStates()) {
    std::size_t entries = 0;
    for (const auto& item : *page) {
      const std::string id(item.at("sessionId").as_string());
      if (item.as_object().contains("readUpTo")) ++states[id];
      for (const auto& entry : item.at("log").as_array()) {
        EXPECT_TRUE(logged[id].insert(entry.at("to").to_number<std::int64_t>()).second);
        ++entries;
      }
    }
    EXPECT_LE(entries, 500U);
  }
  EXPECT_THAT(logged[session.id], SizeIs(701));
  EXPECT_THAT(logged[other.id], ElementsAre(1));
  EXPECT_EQ(states, (std::map<std::string, int>{{session.id, 1}, {other.id, 1}}));
}

}  // namespace parley::chat::test
