// SPDX-License-Identifier: Apache-2.0
#include "store_suite.h"

#include <atomic>
#include <future>
#include <latch>
#include <thread>

namespace parley::storage {

namespace {

class StoreConcurrency : public StoreSuite {
 protected:
  static constexpr int threads = 8;

  /// Runs `work(thread)` on all threads, begun together.
  static void together(const std::function<void(int)>& work) {
    std::latch start(threads);
    std::vector<std::jthread> running;
    for (int i = 0; i < threads; ++i)
      running.emplace_back([&start, &work, i] {
        start.arrive_and_wait();
        work(i);
      });
  }
};

TEST_P(StoreConcurrency, InsertsAUniqueKeyExactlyOnce) {
  constexpr int keys = 20;
  std::atomic<int> inserted = 0;
  std::atomic<int> conflicts = 0;
  together([&](int thread) {
    for (int key = 0; key < keys; ++key) {
      const auto name = std::to_string(key);
      try {
        put({{"_id", name + "-" + std::to_string(thread)}, {"key", name}});
        ++inserted;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::Conflict);
        ++conflicts;
      }
    }
  });
  EXPECT_EQ(inserted, keys);
  EXPECT_EQ(conflicts, keys * (threads - 1));
  EXPECT_EQ(store->count("things", {}), keys);
}

TEST_P(StoreConcurrency, UpsertsAUniqueKeyExactlyOnce) {
  constexpr int keys = 20;
  together([&](int) {
    for (int key = 0; key < keys; ++key)
      store->upsert("things", where("key") == std::to_string(key), Update().increment("n", 1).setOnInsert("m", key));
  });
  EXPECT_EQ(store->count("things", {}), keys);
  EXPECT_EQ(store->count("things", where("n") == threads), keys);
}

TEST_P(StoreConcurrency, LosesNoIncrement) {
  put({{"_id", "counter"}, {"n", 0}});
  std::atomic<std::int64_t> sumOfSeen = 0;
  constexpr int rounds = 25;
  together([&](int) {
    for (int i = 0; i < rounds; ++i)
      sumOfSeen +=
          store->findAndUpdate("things", where("_id") == "counter", Update().increment("n", 1))->at("n").as_int64();
  });
  constexpr std::int64_t total = threads * rounds;
  EXPECT_EQ(get("counter").at("n"), total);
  EXPECT_EQ(sumOfSeen, total * (total + 1) / 2);
}

TEST_P(StoreConcurrency, CompletesEachSubmissionOnceAndReadsSeeIt) {
  constexpr int each = 100;
  std::vector<std::atomic<int>> completions(threads * each);
  together([&](int thread) {
    std::vector<std::future<void>> done;
    for (int i = 0; i < each; ++i) {
      const int number = thread * each + i;
      const auto promise = std::make_shared<std::promise<void>>();
      done.push_back(promise->get_future());
      // Every fifth fails, and takes no other with it.
      const auto key = i % 5 == 4 ? std::to_string(number - 1) : std::to_string(number);
      store->submit({Write::insert("things", {{"_id", std::to_string(number)}, {"key", key}})},
                    [&completions, number, i, promise](const Result<WriteSummary>& result) {
                      EXPECT_EQ(result.ok(), i % 5 != 4);
                      ++completions[static_cast<std::size_t>(number)];
                      promise->set_value();
                    });
    }
    for (int i = 0; i < each; ++i) {
      done[static_cast<std::size_t>(i)].wait();
      EXPECT_EQ(store->count("things", where("_id") == std::to_string(thread * each + i)), i % 5 == 4 ? 0 : 1);
    }
  });
  for (const auto& completion : completions) EXPECT_EQ(completion, 1);
  EXPECT_EQ(store->count("things", {}), threads * each * 4 / 5);
}

TEST_P(StoreConcurrency, KeepsTheOrderOfOneCallersSubmissions) {
  std::vector<int> order;
  std::promise<void> last;
  constexpr int count = 500;
  for (int i = 0; i < count; ++i)
    store->submit({Write::upsert("things", where("_id") == "a", Update().set("n", i))},
                  [&order, &last, i](const Result<WriteSummary>& result) {
                    EXPECT_TRUE(result.ok());
                    order.push_back(i);
                    if (i == count - 1) last.set_value();
                  });
  last.get_future().wait();
  EXPECT_EQ(order.size(), static_cast<std::size_t>(count));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(get("a").at("n"), count - 1);
}

TEST_P(StoreConcurrency, ReadsAWholeDocumentWhileItIsWritten) {
  put({{"_id", "pair"}, {"a", 0}, {"b", 0}});
  std::atomic<bool> writing = true;
  std::jthread writer([&] {
    for (int i = 1; i <= 100; ++i) store->update("things", where("_id") == "pair", Update().set("a", i).set("b", i));
    writing = false;
  });
  while (writing) {
    const auto pair = get("pair");
    EXPECT_EQ(pair.at("a"), pair.at("b"));
  }
  EXPECT_EQ(get("pair").at("a"), 100);
}

TEST_P(StoreConcurrency, WritesWhileAResultIsRead) {
  for (int i = 0; i < 50; ++i) put({{"_id", std::to_string(i)}, {"n", 0}});
  int seen = 0;
  store->forEach("things", {}, {}, [&](Document&& document) {
    store->update("things", where("_id") == textOf(document, "_id"), Update().set("n", 1));
    EXPECT_EQ(document.at("n"), 0);
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 50);
  EXPECT_EQ(store->count("things", where("n") == 1), 50);
}

TEST_P(StoreConcurrency, AnswersThePing) {
  EXPECT_TRUE(store->ping(Millis{60'000}));
}

PARLEY_FOR_EACH_DRIVER(StoreConcurrency);

}  // namespace

}  // namespace parley::storage
