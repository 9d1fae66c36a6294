// SPDX-License-Identifier: Apache-2.0
#include "net/outbound_queue.h"

#include <gmock/gmock.h>

#include <limits>
#include <utility>

namespace parley::net {

namespace {

SharedBytes shared(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

bool takes(OutboundQueue& queue, SharedBytes bytes) {
  if (!queue.hasRoom()) return false;
  queue.push(std::move(bytes));
  return true;
}

std::string copied(const OutboundQueue& queue, std::size_t atMost) {
  std::string text(atMost, '\0');
  text.resize(queue.copyTo(text));
  return text;
}

}  // namespace

TEST(OutboundQueue, GivesWhatWasPushedInOrderAndGoesOnInTheMiddleOfABuffer) {
  OutboundQueue queue(1000);
  for (const char* text : {"one", "two", "three"}) EXPECT_TRUE(takes(queue, shared(text)));
  EXPECT_EQ(queue.front(), "one");
  EXPECT_EQ(copied(queue, 100), "onetwothree");
  EXPECT_EQ(copied(queue, 4), "onet");

  queue.dropWritten(4);
  EXPECT_EQ(queue.front(), "wo");
  EXPECT_EQ(copied(queue, 100), "wothree");
  queue.dropWritten(1);
  EXPECT_EQ(copied(queue, 2), "ot") << "twice in the same buffer";
  queue.dropWritten(1);
  EXPECT_TRUE(takes(queue, shared("four")));
  EXPECT_EQ(queue.front(), "three");
  EXPECT_EQ(queue.bytes(), 9U);
  EXPECT_EQ(queue.bytesWritten(), 6U);
  EXPECT_EQ(queue.bytesPushed(), 15U);

  queue.dropWritten(9);
  EXPECT_TRUE(queue.isEmpty());
  EXPECT_EQ(copied(queue, 100), "");
}

TEST(OutboundQueue, ManyQueuesShareTheBytesAndLetGoOfThemWhenTheyAreWritten) {
  const auto bytes = shared(std::string(1000, 'x'));
  std::vector<OutboundQueue> queues(50, OutboundQueue(10'000));
  for (auto& queue : queues) EXPECT_TRUE(takes(queue, bytes));
  EXPECT_EQ(bytes.use_count(), 51);
  for (auto& queue : queues) {
    EXPECT_EQ(queue.front().data(), bytes->data());
    queue.dropWritten(999);
  }
  EXPECT_EQ(bytes.use_count(), 51);
  for (auto& queue : queues) queue.dropWritten(1);
  EXPECT_EQ(bytes.use_count(), 1);
}

TEST(OutboundQueue, TakesWholeBuffersWhileLessThanItsLimitWaits) {
  OutboundQueue queue(1000);
  EXPECT_TRUE(takes(queue, shared(std::string(999, 'x'))));
  EXPECT_TRUE(takes(queue, shared(std::string(5000, 'x')))) << "the last may be of any size";
  EXPECT_FALSE(takes(queue, shared("x")));
  queue.dropWritten(4999);
  EXPECT_FALSE(takes(queue, shared("x")));
  queue.dropWritten(1);
  EXPECT_TRUE(takes(queue, shared("x"))) << "what was written of a buffer does not count";
  queue.setLimit(500);
  EXPECT_FALSE(takes(queue, shared("x"))) << "more waits already than the new limit";
  queue.setLimit(std::numeric_limits<std::size_t>::max());
  EXPECT_TRUE(takes(queue, shared("x")));
}

TEST(OutboundQueue, SmallBuffersAreBoundedInNumber) {
  constexpr std::size_t most = 100;
  OutboundQueue queue(most * OutboundQueue::bytesPerBuffer);
  const auto bytes = shared("x");
  for (std::size_t i = 0; i < most; ++i) EXPECT_TRUE(takes(queue, bytes));
  EXPECT_FALSE(takes(queue, bytes));
  EXPECT_EQ(queue.bytes(), most);
  queue.dropWritten(1);
  EXPECT_TRUE(takes(queue, bytes));
  EXPECT_FALSE(takes(queue, bytes));

  OutboundQueue tiny(1);
  EXPECT_TRUE(takes(tiny, bytes)) << "one may always wait";
}

TEST(OutboundQueue, WhatIsPushedWhileMuchWaitsKeepsItsPlace) {
  OutboundQueue queue(1'000'000);
  std::string expected;
  std::string written;
  for (int i = 0; i < 1000; ++i) {
    const auto text = std::to_string(i) + ",";
    expected += text;
    EXPECT_TRUE(takes(queue, shared(text)));
    if (i % 3 != 0) continue;
    const auto some = copied(queue, 7);
    written += some;
    queue.dropWritten(some.size());
  }
  written += copied(queue, expected.size());
  queue.dropWritten(queue.bytes());
  EXPECT_EQ(written, expected);
  EXPECT_TRUE(queue.isEmpty());
}

TEST(OutboundQueue, DropsAllAtTheEnd) {
  OutboundQueue queue(1000);
  const auto bytes = shared("0123456789");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(takes(queue, bytes));
  queue.dropWritten(15);
  queue.clear();
  EXPECT_TRUE(queue.isEmpty());
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_EQ(queue.bytesWritten(), 15U);
  EXPECT_EQ(bytes.use_count(), 1);
  EXPECT_TRUE(takes(queue, bytes));
  EXPECT_EQ(queue.front(), "0123456789");
}

}  // namespace parley::net
