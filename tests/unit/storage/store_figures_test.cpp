// SPDX-License-Identifier: Apache-2.0
#include "store_suite.h"

#include <chrono>
#include <future>

namespace parley::storage {

namespace {

using std::chrono::microseconds;
using Kind = CommandCounters::Kind;

TEST(CommandCounters, SortByDuration) {
  CommandCounters counters(Millis{200});
  EXPECT_FALSE(counters.ended(Kind::Read, microseconds{500}, false));
  EXPECT_FALSE(counters.ended(Kind::Read, microseconds{501}, false));
  EXPECT_TRUE(counters.ended(Kind::Read, microseconds{200'000}, false));
  EXPECT_TRUE(counters.ended(Kind::Write, microseconds{60'000'000}, true));
  counters.wrote(7);
  counters.sentAgain(2);
  const auto figures = counters.figures();
  EXPECT_EQ(figures.reads.counts, (std::array<std::uint64_t, 10>{1, 1, 0, 0, 0, 1, 0, 0, 0, 0}));
  EXPECT_DOUBLE_EQ(figures.reads.seconds, 0.201001);
  EXPECT_EQ(figures.writes.counts.back(), 1U);
  EXPECT_EQ(figures.writes.total(), 1U);
  EXPECT_EQ(figures.failed, 1U);
  EXPECT_EQ(figures.slow, 2U);
  EXPECT_EQ(figures.writesDone, 7U);
  EXPECT_EQ(figures.batches.counts.at(3), 1U) << "of 5 to 8 writes";
  EXPECT_EQ(figures.retries, 2U);
}

using StoreFiguresTest = StoreSuite;
PARLEY_FOR_EACH_DRIVER(StoreFiguresTest);

TEST_P(StoreFiguresTest, CountReadsAndWrites) {
  const auto before = store->figures();
  put({{"_id", "a"}, {"n", 1}});
  store->insertMany("things", {{{"_id", "b"}}, {{"_id", "c"}}});
  EXPECT_EQ(store->count("things", {}), 3);
  EXPECT_EQ(store->find("things", where("n") == 1).size(), 1U);
  store->findAndUpdate("things", where("_id") == "a", Update().increment("n", 1));
  const auto after = store->figures();
  EXPECT_EQ(after.writesDone - before.writesDone, 4U);
  EXPECT_EQ(after.writes.total() - before.writes.total(), 3U);
  EXPECT_EQ(after.reads.total() - before.reads.total(), 2U);
  EXPECT_GT(after.writes.seconds, before.writes.seconds);
  EXPECT_EQ(after.failed, before.failed);
  EXPECT_EQ(after.retries, 0U);
}

TEST_P(StoreFiguresTest, TellOfThisMoment) {
  EXPECT_EQ(store->figures().connectionsUsed, 0U);
  EXPECT_GE(store->figures().connections, 1U);
  put({{"_id", "a"}});
  store->forEach("things", {}, {}, [&](Document&&) {
    EXPECT_EQ(store->figures().connectionsUsed, 1U);
    return true;
  });
  EXPECT_EQ(store->figures().connectionsUsed, 0U);

  std::promise<void> entered;
  std::promise<void> leave;
  std::promise<void> second;
  store->submit({Write::insert("things", {{"_id", "first"}})}, [&](const Result<WriteSummary>&) {
    entered.set_value();
    leave.get_future().wait();
  });
  entered.get_future().wait();
  store->submit({Write::insert("things", {{"_id", "b"}}), Write::insert("things", {{"_id", "c"}})},
                [&](const Result<WriteSummary>&) { second.set_value(); });
  EXPECT_EQ(store->figures().writesQueued, 2U);
  leave.set_value();
  second.get_future().wait();
  EXPECT_EQ(store->figures().writesQueued, 0U);
}

}  // namespace

}  // namespace parley::storage
