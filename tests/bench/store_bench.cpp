// SPDX-License-Identifier: Apache-2.0
// What the store does in a second on this machine: store_bench [folder] [messages]
#include "base/clock.h"
#include "base/id.h"
#include "storage/open_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

namespace parley::storage {

namespace {

constexpr int sessions = 100;

double secondsOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// About 450 bytes, as a chat message is.
Document message(std::int64_t number) {
  const auto session = "64f000000000000000000" + std::to_string(100 + number % sessions);
  return {{"_id", base::newObjectId(base::SystemClock().now())},
          {"sessionId", session},
          {"seq", number / sessions + 1},
          {"sender", "user-" + std::to_string(number % 1000)},
          {"receiver", "user-" + std::to_string(number % 999)},
          {"content", std::string(120, 'x')},
          {"messageType", "text"},
          {"fileUrl", ""},
          {"fileName", ""},
          {"fileSize", 0},
          {"status", "sent"},
          {"clientMessageId", "client-" + std::to_string(number)},
          {"createdAt", "2026-01-01T00:00:00.000Z"},
          {"updatedAt", "2026-01-01T00:00:00.000Z"}};
}

CollectionSpec messages() {
  return {"messages",
          {"sessionId"},
          {"createdAt", "updatedAt"},
          {{"bySession", {{"sessionId"}, {"seq"}}, true},
           {"byClientMessage", {{"sessionId"}, {"sender"}, {"clientMessageId"}}, true, true}}};
}

/// Keeps `window` inserts under way until `count` are durable.
void insertWithWindow(Store& store, std::int64_t first, std::int64_t count, int window) {
  std::mutex mutex;
  std::condition_variable changed;
  int underWay = 0;
  for (auto number = first; number < first + count; ++number) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return underWay < window; });
      ++underWay;
    }
    std::vector<Write> writes;
    writes.push_back(Write::insert("messages", message(number)));
    store.submit(std::move(writes), [&](const Result<WriteSummary>& result) {
      if (!result.ok()) std::printf("insert failed: %s\n", result.error().what()), std::exit(1);
      const std::lock_guard lock(mutex);
      --underWay;
      changed.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return underWay == 0; });
}

/// What the disk gives: without this, the figures of two machines, or two moments, cannot be compared.
void printDisk(const std::filesystem::path& folder) {
  constexpr int rounds = 200;
  const auto path = (folder / "store_bench.sync").string();
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  bool good = file >= 0;
  const auto seconds = secondsOf([&] {
    for (int i = 0; i < rounds && good; ++i)
      good = ::pwrite(file, page.data(), page.size(), 0) > 0 && ::fdatasync(file) == 0;
  });
  ::close(file);
  std::filesystem::remove(path);
  std::printf("fdatasync of a page:   %8.0f a second\n", good ? rounds / seconds : 0.0);
}

void printInserts(Store& store, std::int64_t& next, std::int64_t count, int window) {
  const auto seconds = secondsOf([&] { insertWithWindow(store, next, count, window); });
  next += count;
  std::printf("inserts, %3d under way: %8.0f a second\n", window, static_cast<double>(count) / seconds);
}

void printQuery(const char* what, const std::function<void(int)>& query) {
  std::vector<double> times;
  for (int i = 0; i < 2000; ++i) times.push_back(secondsOf([&] { query(i); }) * 1e6);
  std::sort(times.begin(), times.end());
  std::printf("%-34s median %7.0f us, p99 %7.0f us\n", what, times[times.size() / 2], times[times.size() * 99 / 100]);
}

void printQueries(Store& store, std::int64_t total) {
  const auto depth = total / sessions;
  const auto session = [](int i) {
    return where("sessionId") == "64f000000000000000000" + std::to_string(100 + i % 100);
  };
  printQuery("newest 50 of a session", [&](int i) { store.find("messages", session(i), {{{"seq", true}}, 50}); });
  printQuery("50 after a seq in the middle", [&](int i) {
    store.find("messages", session(i) && where("seq") > depth / 2, {{{"seq"}}, 50});
  });
  printQuery("50 before a seq near the start", [&](int i) {
    store.find("messages", session(i) && where("seq") < 100, {{{"seq", true}}, 50});
  });
  printQuery("one by clientMessageId", [&](int i) {
    store.findOne("messages", session(i) && where("sender") == "user-" + std::to_string(i) &&
                                  where("clientMessageId") == "client-" + std::to_string(i));
  });
  printQuery("count of a session's messages", [&](int i) { store.count("messages", session(i)); });
}

}  // namespace

}  // namespace parley::storage

int main(int argc, char** argv) {
  using namespace parley::storage;
  const std::filesystem::path folder = argc > 1 ? argv[1] : ".";
  const std::int64_t total = argc > 2 ? std::atoll(argv[2]) : 200'000;
  StorageOptions options;
  options.sqlite.path = (folder / "store_bench.db").string();
  for (const auto* ending : {"", "-wal", "-shm"}) std::filesystem::remove(options.sqlite.path + ending);
  printDisk(folder);
  const auto store = openStore(options);
  store->define(messages());
  std::int64_t next = 0;
  printInserts(*store, next, 5'000, 1);
  printInserts(*store, next, total / 4, 32);
  printInserts(*store, next, total / 4, 128);
  printInserts(*store, next, total - next, 512);
  std::printf("%lld messages, database %.1f MiB, log %.1f MiB\n", static_cast<long long>(next),
              static_cast<double>(std::filesystem::file_size(options.sqlite.path)) / (1 << 20),
              static_cast<double>(std::filesystem::file_size(options.sqlite.path + "-wal")) / (1 << 20));
  printQueries(*store, total);
}
