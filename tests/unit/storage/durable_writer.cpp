// SPDX-License-Identifier: Apache-2.0
// Writes until it is killed: prints each id that the store has acknowledged. Its test reads that, kills it, looks.
#include "storage/open_store.h"

#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <string>

int main(int, char** argv) {
  using namespace parley;
  storage::StorageOptions options;
  options.sqlite.path = argv[1];
  options.sqlite.slowCommand = std::chrono::hours{1};  // its line would be read as an id
  options.sqlite.checkpointBytes = 128 * 1024;  // many checkpoints, so that some are under way when the end comes
  const std::string round = argv[2];
  const auto store = storage::openStore(options);
  store->define({"things", {}, {}, {{"byKey", {{"key"}}, true}}});
  std::mutex mutex;
  std::condition_variable changed;
  int underWay = 0;
  for (int number = 0;; ++number) {
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return underWay < 64; });
      ++underWay;
    }
    const auto id = round + "-" + std::to_string(number);
    std::vector<Write> writes;
    writes.push_back(Write::insert("things", {{"_id", id}, {"key", id}, {"text", std::string(300, 'x')}}));
    writes.push_back(Write::upsert("things", where("_id") == "total", Update().increment("n", 1).set("key", "total")));
    store->submit(std::move(writes), [&, id](const Result<WriteSummary>& result) {
      const auto line = id + "\n";
      if (!result.ok() || ::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(1);
      const std::lock_guard lock(mutex);
      --underWay;
      changed.notify_one();
    });
  }
}
