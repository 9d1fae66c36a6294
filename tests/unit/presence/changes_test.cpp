// SPDX-License-Identifier: Apache-2.0
#include "changes.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace presence::test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

namespace {

class PresenceChanges : public ::testing::Test {
 protected:
  bool add(const std::string& userId, const std::string& status) { return changes.add({userId, status, {}, {}}, now); }
  std::vector<std::string> told() {
    std::vector<std::string> list;
    while (const auto change = changes.next(now)) list.push_back(change->userId + " " + change->status);
    return list;
  }

  parley::Instant now{};
  Changes changes{1000ms, 3};
};

}  // namespace

TEST_F(PresenceChanges, TheLastOfSeveralCounts) {
  for (const auto* status : {"online", "away", "online", "away"}) add("a", status);
  add("b", "online");
  EXPECT_THAT(told(), ElementsAre("a away", "b online"));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PresenceChanges, NothingIsToldOfAUserWhoIsAsBefore) {
  add("a", "offline");
  now += 1h;
  EXPECT_THAT(told(), IsEmpty());
  add("a", "online");
  EXPECT_THAT(told(), ElementsAre("a online"));
  add("a", "away");
  add("a", "online");
  now += 1h;
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PresenceChanges, WhoCameAndWentIsToldToBeGone) {
  add("a", "online");
  add("a", "offline");
  EXPECT_THAT(told(), ElementsAre("a offline"));
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(PresenceChanges, OfflineWaitsForTheUserToComeBack) {
  add("a", "online");
  EXPECT_THAT(told(), ElementsAre("a online"));
  add("a", "offline");
  now += 999ms;
  EXPECT_THAT(told(), IsEmpty());
  add("a", "online");
  now += 1h;
  EXPECT_THAT(told(), IsEmpty());
  add("a", "offline");
  now += 1000ms;
  EXPECT_THAT(told(), ElementsAre("a offline"));
}

TEST_F(PresenceChanges, AChangeThatWaitsIsNotPutOffByTheNext) {
  changes.know("a", "online");
  add("a", "away");
  add("a", "offline");
  EXPECT_THAT(told(), ElementsAre("a offline"));
}

TEST_F(PresenceChanges, NoMoreThanSoManyWait) {
  for (const auto* userId : {"a", "b", "c"}) EXPECT_TRUE(add(userId, "online"));
  EXPECT_FALSE(add("d", "online"));
  EXPECT_TRUE(add("a", "away"));
  EXPECT_TRUE(add("b", "offline"));
  EXPECT_FALSE(add("d", "online"));
  EXPECT_THAT(told(), ElementsAre("c online", "a away", "b offline"));
}

TEST_F(PresenceChanges, WhoWasThereBeforeIsKnown) {
  changes.know("a", "online");
  EXPECT_TRUE(add("a", "offline"));
  now += 1s;
  EXPECT_THAT(told(), ElementsAre("a offline"));
  changes.know("b", "away");
  changes.know("b", "offline");
  add("b", "offline");
  now += 1s;
  EXPECT_THAT(told(), IsEmpty());
}

}  // namespace presence::test
