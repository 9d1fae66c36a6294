// SPDX-License-Identifier: Apache-2.0
#include "storage/gathering_store.h"

#include "storage/document_rules.h"
#include "storage/observed_store.h"
#include "storage/open_store.h"
#include "temp_folder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

namespace parley::storage {
namespace {

constexpr Millis longDelay{3'600'000};

/// A database that takes nothing for a while.
class MoodyStore final : public ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;

  void submit(std::vector<Write> writes, std::function<void(Result<WriteSummary>)> done) override {
    if (refuses) {
      if (meanwhile) std::exchange(meanwhile, nullptr)();
      return done(Error(ErrorCode::Unavailable, "not now"));
    }
    ForwardingStore::submit(std::move(writes), std::move(done));
  }

  std::atomic<bool> refuses{false};
  std::function<void()> meanwhile;  ///< once, before the next refusal
};

Write setNumber(const std::string& id, int number) {
  return Write::updateOne("things", where("_id") == id, Update().set("n", number));
}

}  // namespace

class GatheringStoreTest : public testing::Test {
 protected:
  void open(Millis delay) {
    StorageOptions options;
    options.sqlite.path = folder_.file("test.db");
    auto moody = std::make_unique<MoodyStore>(openStore(options));
    moody_ = moody.get();
    auto observed = std::make_unique<ObservedStore>(
        std::move(moody), [this](const Query& query) { changes_ += query.kind == Query::Kind::ChangeOne ? 1 : 0; },
        [](const CollectionSpec&) {});
    store_ = std::make_unique<GatheringStore>(std::move(observed), delay);
    store_->define({"things", {}, {}, {}});
    store_->define({"others", {}, {}, {}});
    for (const auto* id : {"a", "b"})
      if (store_->count("things", where("_id") == id) == 0) store_->insert("things", {{"_id", id}, {"n", 0}});
    changes_ = 0;
  }
  std::int64_t numberOf(const std::string& id) {
    return integerOf(store_->findOne("things", where("_id") == id).value(), "n");
  }

  TempFolder folder_;
  MoodyStore* moody_ = nullptr;
  std::atomic<int> changes_{0};
  std::unique_ptr<GatheringStore> store_;
};

TEST_F(GatheringStoreTest, StoresTheNewestOfADocumentWhenItIsRead) {
  open(longDelay);
  for (int i = 1; i <= 100; ++i) store_->submitLater(setNumber("a", i));
  EXPECT_EQ(changes_, 0);
  EXPECT_EQ(numberOf("a"), 100);
  EXPECT_EQ(changes_, 1);
}

TEST_F(GatheringStoreTest, StoresManyInOneRoundWhetherSomebodyWaitsForItOrNot) {
  open(Millis{1});
  constexpr int count = 600;
  for (int i = 0; i < count; ++i) store_->insert("things", {{"_id", "t" + std::to_string(i)}, {"n", 0}});
  const auto change = [&](int number) {
    for (int i = 0; i < count; ++i) store_->submitLater(setNumber("t" + std::to_string(i), number));
  };
  change(1);
  while (moody_->count("things", where("n") == 1) < count) std::this_thread::sleep_for(Millis{1});
  change(2);
  EXPECT_EQ(store_->count("things", where("n") == 2), count);
  store_->submitLater(setNumber("t0", 3));
  EXPECT_EQ(numberOf("t0"), 3);
}

TEST_F(GatheringStoreTest, AsksForAWriteWhenItIsDue) {
  open(longDelay);
  const auto number = std::make_shared<int>(1);
  int made = 0;
  store_->submitWhenDue("things", "a", [number, &made] {
    ++made;
    return setNumber("a", *number);
  });
  *number = 2;
  EXPECT_EQ(made, 0);
  EXPECT_EQ(numberOf("a"), 2);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(number.use_count(), 1) << "let go of";
}

TEST_F(GatheringStoreTest, LetsGoOfAWriteWhosePlaceIsTaken) {
  open(longDelay);
  const auto kept = std::make_shared<int>(1);
  store_->submitWhenDue("things", "a", [kept] { return setNumber("a", *kept); });
  store_->submitLater(setNumber("a", 5));
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_EQ(numberOf("a"), 5);
}

TEST_F(GatheringStoreTest, EveryKindOfReadSeesIt) {
  open(longDelay);
  store_->submitLater(setNumber("a", 1));
  EXPECT_EQ(store_->count("things", where("n") == 1), 1);
  store_->submitLater(setNumber("a", 2));
  EXPECT_EQ(store_->groupCount("things", {}, "n").size(), 2U);
  store_->submitLater(setNumber("a", 3));
  EXPECT_EQ(store_->find("things", where("n") == 3 && where("_id").in({"a", "b"})).size(), 1U);
  store_->submitLater(setNumber("a", 4));
  EXPECT_TRUE(store_->findAndUpdate("things", where("n") == 4, Update().set("m", 1)));
  store_->submitLater(setNumber("a", 5));
  EXPECT_EQ(store_->upsert("things", where("_id") == "a", Update().set("m", 2)).at("n").as_int64(), 5);
  store_->submitLater(setNumber("a", 6));
  int found = 0;
  store_->forEachText("things", where("n") == 6, {}, [&found](std::string_view) { return ++found > 0; });
  EXPECT_EQ(found, 1);
}

TEST_F(GatheringStoreTest, OtherReadsDoNotWait) {
  open(longDelay);
  store_->submitLater(setNumber("a", 1));
  EXPECT_EQ(numberOf("b"), 0);
  EXPECT_EQ(store_->count("others", {}), 0);
  EXPECT_EQ(changes_, 0);
}

TEST_F(GatheringStoreTest, StoresWhatNobodyReadsAfterAWhile) {
  open(Millis{1});
  store_->submitLater(setNumber("a", 1));
  while (changes_ == 0) std::this_thread::yield();
  EXPECT_EQ(numberOf("a"), 1);
}

TEST_F(GatheringStoreTest, StoresWhatWaitsAtItsEnd) {
  open(longDelay);
  store_->submitLater(setNumber("a", 1));
  store_.reset();
  open(longDelay);
  EXPECT_EQ(numberOf("a"), 1);
}

TEST_F(GatheringStoreTest, TriesAgainWhatCouldNotBeStored) {
  open(Millis{1});
  moody_->refuses = true;
  store_->submitLater(setNumber("a", 1));
  store_->submitLater(setNumber("b", 1));
  while (changes_ < 4) std::this_thread::yield();
  EXPECT_EQ(numberOf("a"), 0) << "reads go on meanwhile";
  store_->submitLater(setNumber("a", 2));
  moody_->refuses = false;
  while (numberOf("a") != 2 || numberOf("b") != 1) std::this_thread::yield();
}

TEST_F(GatheringStoreTest, ATryThatComesBackTakesNoPlaceOfWhatIsNewer) {
  open(Millis{1});
  moody_->refuses = true;
  moody_->meanwhile = [this] {
    store_->submitLater(setNumber("a", 2));
    moody_->refuses = false;
  };
  store_->submitLater(setNumber("a", 1));
  while (numberOf("a") == 0) std::this_thread::yield();
  EXPECT_EQ(numberOf("a"), 2);
}

TEST_F(GatheringStoreTest, TriesAgainWhatWasMadeWhenItWasDue) {
  open(Millis{1});
  moody_->refuses = true;
  std::atomic<int> made{0};
  for (const auto* id : {"a", "b"})
    store_->submitWhenDue("things", id, [id, &made] {
      ++made;
      return setNumber(id, 1);
    });
  while (changes_ + made < 2) std::this_thread::yield();
  store_->submitWhenDue("things", "a", [] { return setNumber("a", 2); });
  moody_->refuses = false;
  while (numberOf("a") != 2 || numberOf("b") != 1) std::this_thread::yield();
  EXPECT_EQ(made, 2) << "once each";
}

TEST_F(GatheringStoreTest, OneThatCannotBeMadeRefusesNoOther) {
  open(longDelay);
  store_->submitWhenDue("things", "a", []() -> Write { throw Error(ErrorCode::NotFound, "nothing there"); });
  store_->submitWhenDue("things", "c", [] { return setNumber("b", 7); });
  store_->submitWhenDue("things", "b", [] { return setNumber("b", 1); });
  EXPECT_EQ(numberOf("a"), 0);
  EXPECT_EQ(numberOf("b"), 1);
  EXPECT_EQ(store_->count("things", where("n") == 7), 0) << "a write of another document than it was said to be";
}

TEST_F(GatheringStoreTest, OneThatIsRefusedRefusesNoOther) {
  open(longDelay);
  store_->submitLater(Write::updateOne("nowhere", where("_id") == "a", Update().set("n", 1)));
  store_->submitLater(setNumber("b", 1));
  EXPECT_EQ(numberOf("b"), 1);
}

TEST_F(GatheringStoreTest, TakesUpdatesOfOneDocumentAlone) {
  open(longDelay);
  EXPECT_THROW(store_->submitLater(Write::insert("things", {{"_id", "c"}})), Error);
  EXPECT_THROW(store_->submitLater(Write::updateOne("things", where("n") == 1, Update().set("n", 2))), Error);
  EXPECT_THROW(store_->submitLater(Write::updateOne("things", where("_id").in({"a", "b"}), Update().set("n", 2))),
               Error);
}

}  // namespace parley::storage
