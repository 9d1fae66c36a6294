// SPDX-License-Identifier: Apache-2.0
// A process that writes is killed without warning: what it was told is durable must be there.
#include "temp_folder.h"

#include "storage/open_store.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <string>
#include <vector>

namespace parley::storage {

namespace {

/// Lets the writer run until it has acknowledged `lines` writes, kills it, and returns all that it acknowledged.
std::vector<std::string> writeAndKill(std::string path, std::string round, std::size_t lines) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = PARLEY_DURABLE_WRITER;
  char* arguments[] = {program.data(), path.data(), round.data(), nullptr};
  pid_t child = 0;
  const int spawned = ::posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (spawned != 0) throw std::runtime_error("cannot start " + program);

  std::vector<std::string> acknowledged;
  std::string partial;
  char buffer[4096];
  bool killed = false;
  for (ssize_t got = 0; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
    for (const char c : std::string_view(buffer, static_cast<std::size_t>(got))) {
      if (c != '\n') {
        partial += c;
        continue;
      }
      acknowledged.push_back(std::move(partial));
      partial.clear();
    }
    if (killed || acknowledged.size() < lines) continue;
    ::kill(child, SIGKILL);
    killed = true;
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself: " << status;
  return acknowledged;
}

}  // namespace

TEST(Durability, KeepsEveryAcknowledgedWriteThroughKill) {
  const TempFolder folder;
  StorageOptions options;
  options.sqlite.path = folder.file("test.db");
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uniform_int_distribution<std::size_t> moments(1, 1500);
  for (int round = 0; round < 6; ++round) {
    const auto acknowledged = writeAndKill(options.sqlite.path, std::to_string(round), moments(random));
    const auto store = openStore(options);
    store->define({"things", {}, {}, {{"byKey", {{"key"}}, true}}});
    ASSERT_FALSE(acknowledged.empty());
    for (const auto& id : acknowledged) {
      ASSERT_EQ(store->count("things", where("_id") == id), 1) << id << " was acknowledged and is gone";
      ASSERT_EQ(store->count("things", where("key") == id), 1) << id << " is missing from its index";
    }
    // Each write list was applied as one: no insert without its increment.
    const auto total = store->findOne("things", where("_id") == "total").value().at("n");
    EXPECT_EQ(store->count("things", where("_id") != "total"), total.as_int64());
  }
}

}  // namespace parley::storage
