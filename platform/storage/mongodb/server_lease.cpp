// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/server_lease.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace parley::storage::mongodb {

namespace {

constexpr int beatsPerLease = 5;
constexpr Millis watchInterval{100};

std::string hostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

/// Where a process id means the same process: one system since its last start, and in it one container. Empty when that
/// cannot be told.
std::string placeOfProcesses() {
  std::ifstream in("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::error_code error;
  const auto container = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  return std::getline(in, boot) && !error ? boot + " " + container.string() : std::string();
}

bool isGone(const Document& owner) {
  const auto place = placeOfProcesses();
  if (place.empty() || textOf(owner, "place") != place) return false;
  const auto process = static_cast<pid_t>(integerOf(owner, "process"));
  return process > 0 && ::kill(process, 0) != 0 && errno == ESRCH;
}

Filter serversOwn() {
  return where("_id") == "server";
}

Filter as(const Document& owner) {
  return serversOwn() && where("owner") == textOf(owner, "owner") && where("beats") == integerOf(owner, "beats");
}

std::string nameOf(const Document& owner) {
  return "process " + std::to_string(integerOf(owner, "process")) + " on " + std::string(textOf(owner, "host"));
}

}  // namespace

CollectionSpec ServerLease::spec() {
  return {collection, {}, {"since"}, {}};
}

ServerLease::ServerLease(Store& store, Millis time, std::function<void()> lost)
    : store_(store), time_(time), lost_(std::move(lost)), owner_(base::newObjectId(base::SystemClock().now())) {
  acquire();
  thread_ = std::thread([this] { keep(); });
}

ServerLease::~ServerLease() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  try {
    store_.remove(collection, serversOwn() && where("owner") == owner_);
  } catch (const Error& error) {
    base::log("storage").warn("the database was not given back: {}", error.detail());
  }
}

void ServerLease::acquire() {
  const Document mine{{"_id", "server"},
                      {"owner", owner_},
                      {"host", hostName()},
                      {"process", std::int64_t{::getpid()}},
                      {"place", placeOfProcesses()},
                      {"since", toIso8601(base::SystemClock().now())},
                      {"beats", 0}};
  for (;;) {
    const auto owner = store_.findOne(collection, serversOwn());
    if (owner) {
      if (!isLeft(*owner))
        throw Error(ErrorCode::Unavailable, "the database is in use by another server (" + nameOf(*owner) + ")");
      Update update;
      for (const auto& member : mine)
        if (member.key() != "_id") update.set(member.key(), member.value());
      if (!store_.findAndUpdate(collection, as(*owner), update)) continue;
      return base::log("storage").info("the database was left by {}", nameOf(*owner));
    }
    try {
      return store_.insert(collection, mine);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Conflict) throw;
    }
  }
}

bool ServerLease::isLeft(const Document& owner) {
  if (isGone(owner)) return true;
  base::log("storage").info("the database is marked as in use by {}: watching for {} ms whether it is", nameOf(owner),
                            time_.count());
  const auto end = base::SystemClock().steady() + time_;
  while (base::SystemClock().steady() < end) {
    std::this_thread::sleep_for(std::min(watchInterval, time_));
    if (store_.count(collection, as(owner)) == 0) return store_.count(collection, serversOwn()) == 0;
  }
  return true;
}

void ServerLease::keep() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, time_ / beatsPerLease, [this] { return stopping_; })) {
    lock.unlock();
    const bool isOurs = beat();
    if (!isOurs) {
      base::log("storage").error("another server has taken the database, since this one had not reached it for {} ms",
                                 time_.count());
      lost_();
    }
    lock.lock();
    if (!isOurs) return;
  }
}

bool ServerLease::beat() {
  try {
    const auto mine = serversOwn() && where("owner") == owner_;
    return store_.findAndUpdate(collection, mine, Update().increment("beats", 1)).has_value();
  } catch (const Error& error) {
    base::log("storage").warn("the database could not be told that this server lives: {}", error.detail());
    return true;
  }
}

}  // namespace parley::storage::mongodb
