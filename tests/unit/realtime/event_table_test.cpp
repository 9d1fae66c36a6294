// SPDX-License-Identifier: Apache-2.0
#include "realtime/event_table.h"

#include <gtest/gtest.h>

#include <map>

namespace parley::realtime {

namespace {

EventEntry entry(const std::string& nameSpace, const std::string& name, const std::string& owner) {
  return {nameSpace, name, owner, Access::anyone(), [](const EventCall&, const Reply&) {}};
}

}  // namespace

TEST(EventTable, FindsAnEventInItsNamespaceAlone) {
  EventTable table;
  table.add(entry("/", "ping", "a"));
  ASSERT_NE(table.find("/", "ping"), nullptr);
  EXPECT_EQ(table.find("/", "ping")->owner, "a");
  EXPECT_EQ(table.find("/", "pong"), nullptr);
  EXPECT_EQ(table.find("/other", "ping"), nullptr);
}

TEST(EventTable, TheRowForEveryEventGivesWayToANamedOne) {
  EventTable table;
  table.add(entry("/raw", "", "any"));
  const auto id = table.add(entry("/raw", "x", "named"));
  EXPECT_EQ(table.find("/raw", "x")->owner, "named");
  EXPECT_EQ(table.find("/raw", "y")->owner, "any");
  table.remove(id);
  EXPECT_EQ(table.find("/raw", "x")->owner, "any");
}

TEST(EventTable, AConflictNamesBothOwnersAndChangesNothing) {
  EventTable table;
  table.add(entry("/", "ping", "first"));
  table.addNamespace({"/n", "first", {}, {}});
  try {
    table.add(entry("/", "ping", "second"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::Conflict);
    EXPECT_EQ(error.detail(), "event ping in / of second is taken by first");
  }
  EXPECT_THROW(table.addNamespace({"/n", "second", {}, {}}), Error);
  EXPECT_EQ(table.find("/", "ping")->owner, "first");
  EXPECT_EQ(table.findNamespace("/n")->owner, "first");
}

TEST(EventTable, AReplacedRowKeepsItsPlace) {
  EventTable table;
  const auto id = table.add(entry("/", "a", "one"));
  table.replace(id, entry("/", "a", "two"));
  EXPECT_EQ(table.find("/", "a")->owner, "two");
  EXPECT_THROW(table.replace(id, entry("/", "b", "two")), Error);
  EXPECT_EQ(table.find("/", "b"), nullptr);
  table.remove(id);
  EXPECT_EQ(table.find("/", "a"), nullptr);
  EXPECT_THROW(table.replace(id, entry("/", "a", "two")), Error);

  const auto nameSpace = table.addNamespace({"/n", "one", {}, {}});
  table.replaceNamespace(nameSpace, {"/n", "one", {}, {}, true});
  EXPECT_TRUE(table.findNamespace("/n")->disabled);
  EXPECT_THROW(table.replaceNamespace(id, {"/n", "one", {}, {}}), Error);
}

TEST(EventTable, ARemovedRowLivesAsLongAsItIsUsed) {
  EventTable table;
  const auto id = table.add(entry("/", "ping", "a"));
  const auto nameSpace = table.addNamespace({"/n", "a", {}, {}});
  const auto held = table.find("/", "ping");
  table.remove(id);
  table.remove(nameSpace);
  table.remove(12345);
  EXPECT_EQ(table.find("/", "ping"), nullptr);
  EXPECT_EQ(table.findNamespace("/n"), nullptr);
  EXPECT_EQ(held->name, "ping");
  table.add(entry("/", "ping", "b"));
  EXPECT_EQ(table.find("/", "ping")->owner, "b");
}

TEST(EventTable, CountsTheCallsOfAnEventThroughItsRows) {
  EventTable table;
  const auto id = table.add(entry("/", "ping", "one"));
  table.add(entry("/raw", "", "any"));
  table.find("/", "ping")->calls->ended(Millis{1}, EventTable::outcomeOf(std::nullopt));
  table.replace(id, entry("/", "ping", "two"));
  table.find("/", "ping")->calls->ended(Millis{1}, EventTable::outcomeOf(ErrorCode::Internal));
  table.find("/raw", "x")->calls->ended(Millis{1}, 0);
  table.remove(id);
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [name, calls] : table.calls().all()) counts[name] = calls->durations().total();
  EXPECT_EQ(counts, (std::map<std::string, std::uint64_t>{{"/raw *", 1}, {"other", 0}, {"ping", 2}}));
}

}  // namespace parley::realtime
