// SPDX-License-Identifier: Apache-2.0
#include "storage/measured_store.h"

#include "storage/open_store.h"
#include "temp_folder.h"

#include <gtest/gtest.h>

#include <future>

namespace parley::storage {

class MeasuredStoreTest : public testing::Test {
 protected:
  using Operation = MeasuredStore::Operation;

  static std::unique_ptr<ManagedStore> open(const TempFolder& folder) {
    StorageOptions options;
    options.sqlite.path = folder.file("test.db");
    return openStore(options);
  }
  std::uint64_t count(Operation operation) const { return calls(operation).durations().total(); }
  const base::CallCounter& calls(Operation operation) const {
    return store_.calls().at(static_cast<std::size_t>(operation));
  }

  TempFolder folder_;
  MeasuredStore store_{open(folder_)};
};

TEST_F(MeasuredStoreTest, CountsEachOperation) {
  store_.define({"things", {}, {}, {}});
  const auto finds = count(Operation::Find);
  store_.insert("things", {{"_id", "a"}});
  store_.insertMany("things", {{{"_id", "b"}}, {{"_id", "c"}}});
  EXPECT_EQ(store_.find("things", {}).size(), 3U);
  EXPECT_TRUE(store_.findOne("things", where("_id") == "a"));
  EXPECT_EQ(store_.count("things", {}), 3);
  store_.findAndUpdate("things", where("_id") == "a", Update().set("n", 1));
  store_.remove("things", where("_id") == "b");
  EXPECT_EQ(count(Operation::Insert), 1U);
  EXPECT_EQ(count(Operation::InsertMany), 1U);
  EXPECT_EQ(count(Operation::Find) - finds, 2U);
  EXPECT_EQ(count(Operation::Count), 1U);
  EXPECT_EQ(count(Operation::FindAndUpdate), 1U);
  EXPECT_EQ(count(Operation::Remove), 1U);
}

TEST_F(MeasuredStoreTest, CountsWhatIsSubmittedWhenItIsDone) {
  store_.define({"things", {}, {}, {}});
  std::promise<bool> done;
  store_.submit({Write::insert("things", {{"_id", "a"}})},
                [&done](const Result<WriteSummary>& result) { done.set_value(result.ok()); });
  EXPECT_TRUE(done.get_future().get());
  EXPECT_EQ(count(Operation::Submit), 1U);
  EXPECT_EQ(calls(Operation::Submit).count(MeasuredStore::Done), 1U);
}

TEST_F(MeasuredStoreTest, TakesAConflictForAnAnswer) {
  store_.define({"things", {}, {}, {}});
  store_.insert("things", {{"_id", "a"}});
  EXPECT_THROW(store_.insert("things", {{"_id", "a"}}), Error);
  EXPECT_EQ(calls(Operation::Insert).count(MeasuredStore::Done), 2U);
  EXPECT_EQ(calls(Operation::Insert).count(MeasuredStore::Failed), 0U);
}

}  // namespace parley::storage
