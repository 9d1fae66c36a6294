// SPDX-License-Identifier: Apache-2.0
#include "plugin/hook_table.h"

#include "fake_clock.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace parley::plugin {
namespace {

using Before = std::function<void(MessageDraft&)>;

// Others do not compile: neither in a plugin nor where the host runs them.
static_assert(hooks::HasBefore<hooks::MessageSend> && !hooks::HasAfter<hooks::MessageSend>);
static_assert(hooks::HasBefore<hooks::UserJoin> && hooks::HasAfter<hooks::UserJoin>);
static_assert(!hooks::HasBefore<hooks::MessageStored> && hooks::HasAfter<hooks::MessageStored>);

class HookTableTest : public testing::Test {
 protected:
  HookTable::Id before(Before hook, HookOptions options = {}) {
    return table_.add(true, hooks::MessageSend::name, "probe", options,
                      [hook](void* subject) { hook(*static_cast<MessageDraft*>(subject)); });
  }
  HookTable::Id after(std::function<void(const Message&)> hook) {
    return table_.add(false, hooks::MessageStored::name, "probe", {},
                      [hook](void* subject) { hook(*static_cast<const Message*>(subject)); });
  }
  ErrorCode refusal() {
    MessageDraft draft;
    try {
      table_.before<hooks::MessageSend>(draft);
    } catch (const Error& error) {
      return error.code();
    }
    throw std::logic_error("not refused");
  }

  test::FakeClock clock_;
  HookTable table_{clock_};
};

TEST_F(HookTableTest, RunsByOrderThenByRegistration) {
  for (const auto& [order, letter] : {std::pair{5, 'c'}, {-1, 'a'}, {5, 'd'}, {0, 'b'}})
    before([letter = letter](MessageDraft& draft) { draft.content += letter; }, {.order = order});
  MessageDraft draft;
  table_.before<hooks::MessageSend>(draft);
  EXPECT_EQ(draft.content, "abcd");
}

TEST_F(HookTableTest, ARefusalEndsTheRunWithItsOwnError) {
  bool reached = false;
  before([](MessageDraft&) { throw Error(ErrorCode::RateLimited, "slow down"); });
  before([&](MessageDraft&) { reached = true; });
  EXPECT_EQ(refusal(), ErrorCode::RateLimited);
  EXPECT_FALSE(reached);
}

TEST_F(HookTableTest, AFailureBlocksOnlyWhereTheHookSaysSo) {
  std::string content;
  before([](MessageDraft&) { throw std::runtime_error("broken"); });
  before([](MessageDraft&) { throw 7; });
  before([](MessageDraft& draft) { draft.content = "reached"; });
  MessageDraft draft;
  table_.before<hooks::MessageSend>(draft);
  EXPECT_EQ(draft.content, "reached");

  before([](MessageDraft&) { throw std::runtime_error("broken"); }, {.onFailure = OnHookFailure::Block});
  EXPECT_EQ(refusal(), ErrorCode::Internal);
}

TEST_F(HookTableTest, WhatIsMissingRefusesWhereItIsRequired) {
  const auto missing = [](MessageDraft&) { throw HookTable::Missing{}; };
  before(missing);
  before(missing, {.onFailure = OnHookFailure::Block});
  MessageDraft draft;
  EXPECT_NO_THROW(table_.before<hooks::MessageSend>(draft));
  before(missing, {.onFailure = OnHookFailure::Require});
  EXPECT_EQ(refusal(), ErrorCode::Unavailable);
}

TEST_F(HookTableTest, ARequiredHookKeepsItsPlaceUntilItsOwnerIsBack) {
  const auto missing = [](MessageDraft&) { throw HookTable::Missing{}; };
  const auto id = before(missing, {.onFailure = OnHookFailure::Require});
  EXPECT_TRUE(table_.block("probe", 7));
  EXPECT_FALSE(table_.block("other", 7));
  table_.remove(id);
  MessageDraft draft;
  try {
    table_.before<hooks::MessageSend>(draft);
    FAIL() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Unavailable);
    EXPECT_EQ(error.retryAfter(), 7);
  }
  before([](MessageDraft& own) { own.content = "back"; }, {.onFailure = OnHookFailure::Require});
  table_.unblock("probe");
  table_.before<hooks::MessageSend>(draft);
  EXPECT_EQ(draft.content, "back");
}

TEST_F(HookTableTest, WhatASlowHookSaysCountsAllTheSame) {
  before(
      [this](MessageDraft& draft) {
        clock_.advance(Millis{11});
        draft.content = "changed";
      },
      {.onFailure = OnHookFailure::Block, .deadline = Millis{10}});
  MessageDraft draft;
  EXPECT_NO_THROW(table_.before<hooks::MessageSend>(draft));
  EXPECT_EQ(draft.content, "changed");
}

TEST_F(HookTableTest, ObserversNeverFailTheCallNorEachOther) {
  int seen = 0;
  after([](const Message&) { throw Error(ErrorCode::Forbidden, "observers cannot refuse"); });
  after([&](const Message&) { ++seen; });
  EXPECT_NO_THROW(table_.after<hooks::MessageStored>(Message{}));
  EXPECT_EQ(seen, 1);
}

TEST_F(HookTableTest, HooksComeAndGoDuringARun) {
  int runs = 0;
  HookTable::Id second = 0;
  before([&](MessageDraft&) {
    table_.remove(second);
    before([&](MessageDraft&) { runs += 100; });
  });
  second = before([&](MessageDraft&) { ++runs; });
  MessageDraft draft;
  table_.before<hooks::MessageSend>(draft);
  EXPECT_EQ(runs, 1) << "a run keeps to the hooks there were when it began";
  table_.before<hooks::MessageSend>(draft);
  EXPECT_EQ(runs, 101);
}

}  // namespace
}  // namespace parley::plugin
