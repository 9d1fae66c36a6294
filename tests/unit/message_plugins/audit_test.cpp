// SPDX-License-Identifier: Apache-2.0
#include "stage.h"

#include <set>

namespace parley::chat::test {

namespace {

class Audit : public Stage {
 protected:
  Audit() : Stage("audit") {}
  /// As many entries of one moment, more than a page has.
  void note(int entries, const std::string& userId) {
    const auto at = toIso8601(world.clock.now());
    for (int i = 0; i < entries; ++i)
      world.store->insert("audit",
                          {{"_id", std::to_string(++last_)}, {"at", at}, {"userId", userId}, {"address", "192.0.2.1"}});
  }

 private:
  int last_ = 10'000;
};

}  // namespace

TEST_F(Audit, ManyEntriesOfOneMomentAreExportedOnceEach) {
  note(600, "a");
  note(1, "b");
  std::set<std::string> seen;
  std::size_t count = 0;
  DataPage page;
  do {
    page = registrations.subjects.exportPage("audit", "a", page.next);
    count += page.items.size();
    for (const auto& entry : page.items) seen.emplace(entry.at("_id").as_string());
  } while (!page.next.empty());
  EXPECT_EQ(count, 600U);
  EXPECT_EQ(seen.size(), 600U);
}

TEST_F(Audit, OfAnErasedUserNoEntryTellsWhereTheyWere) {
  note(600, "a");
  note(1, "b");
  registrations.subjects.erase("audit", "a");
  EXPECT_EQ(world.store->count("audit", where("address") == "192.0.2.1"), 1);
  EXPECT_EQ(world.store->count("audit", where("userId") == "a" && where("address") == ""), 600);
}

TEST_F(Audit, EntriesAreKeptForSoManyDays) {
  load({{"retentionDays", 3}});
  note(1, "a");
  world.clock.advance(std::chrono::days(3));
  note(1, "b");
  registrations.runTimers();
  EXPECT_EQ(world.store->count("audit", Filter()), 2);
  world.clock.advance(Millis{1});
  registrations.runTimers();
  EXPECT_EQ(world.store->count("audit", where("userId") == "b"), 1);
  EXPECT_EQ(world.store->count("audit", Filter()), 1);
  load({{"retentionDays", 0}});
  world.clock.advance(std::chrono::days(1000));
  registrations.runTimers();
  EXPECT_EQ(world.store->count("audit", Filter()), 1);
}

}  // namespace parley::chat::test
