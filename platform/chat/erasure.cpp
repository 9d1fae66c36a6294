// SPDX-License-Identifier: Apache-2.0
#include "chat/erasure.h"

#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/written_messages.h"

#include <parley/fields.h>

#include <exception>
#include <utility>

namespace parley::chat {

namespace {

/// Few enough for a task to be short, so that those of others come in between.
constexpr std::int64_t messagesAtOnce = 250;
constexpr std::int64_t sessionsAtOnce = 32;
constexpr std::int64_t statesAtOnce = 250;
constexpr const char* ownPart = "chat";

spdlog::logger& log() {
  return base::log("chat");
}

}  // namespace

struct Erasure::Job {
  Job(Store& store, std::string theUserId) : userId(std::move(theUserId)), written(store, userId) {}

  const std::string userId;
  std::string leftTo;  ///< all sessions up to this id
  WrittenMessages written;
  std::vector<std::string> failed;
};

Erasure::Erasure(Core& core, SessionService& sessions, MessageService& messages)
    : core_(core), sessions_(sessions), messages_(messages) {}

bool Erasure::isKnown(const std::string& userId) {
  return core_.erased.contains(userId) || core_.store.findOne(collections::users, where("_id") == userId).has_value() ||
         core_.store.findOne(collections::members, where("userId") == userId, {.sort = {{"sessionId"}}}).has_value();
}

void Erasure::begin(const std::string& userId) {
  if (!isValidId(userId)) Fields::fail("userId", "must be 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
  if (!isKnown(userId)) throw Error(ErrorCode::NotFound, "there is no such user");
  Update update;
  update.setOnInsert("erasedAt", toIso8601(core_.clock.now())).set("erasing", true).unset("failed");
  {
    const std::lock_guard lock(mutex_);
    if (running_.contains(userId)) return;
    core_.store.upsert(collections::erasedUsers, where("_id") == userId, update);
    running_.insert(userId);
  }
  start(userId);
}

void Erasure::start(const std::string& userId) {
  core_.erased.add(userId);
  log().info("user {} is being erased", userId);
  core_.erased.afterVisits(later(std::make_shared<Job>(core_.store, userId), &Erasure::removeProfile));
}

std::optional<Erasure::State> Erasure::stateOf(const std::string& userId) {
  const auto found = core_.store.findOne(collections::erasedUsers, where("_id") == userId);
  if (!found) return std::nullopt;
  State state;
  state.erasedAt = timeOf(*found, "erasedAt").value_or(Time{});
  state.isDone = !found->contains("erasing");
  if (const auto* failed = found->if_contains("failed"); failed != nullptr && failed->is_array())
    for (const auto& name : failed->get_array()) state.failed.emplace_back(name.as_string());
  const std::lock_guard lock(mutex_);
  state.isRunning = !state.isDone && running_.contains(userId);
  return state;
}

void Erasure::resume(const plugin::DataSubjects& subjects) {
  {
    const std::lock_guard lock(mutex_);
    subjects_ = &subjects;
  }
  core_.pool.postAccepted([this] {
    core_.store.forEach(collections::erasedUsers, where("erasing") == true, {}, [this](Document&& user) {
      const auto userId = stringOf(user, "_id");
      if (const std::lock_guard lock(mutex_); !running_.insert(userId).second) return true;
      start(userId);
      return true;
    });
  });
}

base::Task Erasure::later(const JobPtr& job, base::Task step) {
  return [this, job, step = std::move(step)] { core_.pool.postAccepted([this, job, step] { go(job, step); }); };
}

base::Task Erasure::later(const JobPtr& job, void (Erasure::*step)(const JobPtr&)) {
  return later(job, [this, job, step] { (this->*step)(job); });
}

/// A failure leaves the rest to whoever asks again, or to the next start of the server.
void Erasure::go(const JobPtr& job, const base::Task& step) {
  if (isPaused_ || !job->failed.empty()) return;
  try {
    return step();
  } catch (const std::exception& error) {
    log().warn("user {} is not yet erased: {}", job->userId, error.what());
    job->failed.emplace_back(ownPart);
  }
  try {
    finish(job);
  } catch (const std::exception& error) {
    log().warn("that user {} is not yet erased was not stored: {}", job->userId, error.what());
  }
}

/// Every session that is left holds on to what comes after it, until it is quiet.
void Erasure::removeProfile(const JobPtr& job) {
  for (const auto& socketId : core_.sockets.socketsOf(job->userId)) core_.sockets.disconnect(socketId, true);
  core_.store.remove(collections::users, where("_id") == job->userId);
  const auto messages = std::make_shared<Lease>();
  messages->atEnd = later(job, &Erasure::blankMessages);
  later(job, [this, job, messages] { leaveSessions(job, messages); })();
}

/// The next sessions once the observers know of these.
void Erasure::leaveSessions(const JobPtr& job, const Underway& messages) {
  const auto places =
      core_.store.find(collections::members, where("userId") == job->userId && where("sessionId") > job->leftTo,
                       {.sort = {{"userId"}, {"sessionId"}}, .limit = sessionsAtOnce});
  if (places.empty()) return;
  for (const auto& place : places) {
    job->leftTo = stringOf(place, "sessionId");
    leave(job, job->leftTo, messages);
  }
  sessions_.afterwards(job->leftTo, later(job, [this, job, messages] { leaveSessions(job, messages); }));
}

void Erasure::leave(const JobPtr& job, const std::string& sessionId, const Underway& messages) {
  try {
    sessions_.expel(sessionId, job->userId, [messages] {});
  } catch (const Error& error) {
    if (error.code() != ErrorCode::NotFound) throw;
    core_.store.remove(collections::members, where("_id") == memberId(sessionId, job->userId));
  }
}

/// The next messages once the observers know of these.
void Erasure::blankMessages(const JobPtr& job) {
  std::vector<Document> messages;
  if (!job->written.next(messagesAtOnce, messages)) return later(job, &Erasure::blankCopies)();
  messages_.blank(messages, job->userId, later(job, &Erasure::blankMessages));
}

/// Those that outlived what they were made of: blank, they have no author any more.
void Erasure::blankCopies(const JobPtr& job) {
  const auto copies = core_.store.find(collections::messages, where("author") == job->userId,
                                       {.sort = {{"author"}}, .limit = messagesAtOnce});
  if (copies.empty()) return later(job, &Erasure::removeReadStates)();
  messages_.blank(copies, job->userId, later(job, &Erasure::blankCopies));
}

void Erasure::removeReadStates(const JobPtr& job) {
  const auto states = core_.store.find(collections::readStates, where("userId") == job->userId,
                                       {.sort = {{"userId"}, {"sessionId"}}, .limit = statesAtOnce});
  if (states.empty()) return later(job, &Erasure::erasePlugins)();
  JsonArray ids;
  JsonArray sessionIds;
  for (const auto& state : states) {
    ids.emplace_back(state.at("_id"));
    sessionIds.emplace_back(state.at("sessionId"));
  }
  core_.store.remove(collections::readLog,
                     where("sessionId").in(std::move(sessionIds)) && where("userId") == job->userId);
  core_.store.remove(collections::readStates, where("_id").in(std::move(ids)));
  later(job, &Erasure::removeReadStates)();
}

void Erasure::erasePlugins(const JobPtr& job) {
  const auto* subjects = [this] {
    const std::lock_guard lock(mutex_);
    return subjects_;
  }();
  for (const auto& plugin : subjects == nullptr ? std::vector<std::string>() : subjects->plugins()) {
    try {
      subjects->erase(plugin, job->userId);
    } catch (const Error& error) {
      log().warn("plugin {} has not erased user {}: {}", plugin, job->userId, error.what());
      job->failed.push_back(plugin);
    }
  }
  if (!isPaused_) finish(job);
}

/// The next to ask for it finds either this one running, or its end stored.
void Erasure::finish(const JobPtr& job) {
  Update update;
  if (job->failed.empty()) {
    update.unset("erasing").unset("failed");
    log().info("user {} is erased", job->userId);
  } else {
    update.set("failed", JsonArray(job->failed.begin(), job->failed.end()));
  }
  const std::lock_guard lock(mutex_);
  running_.erase(job->userId);
  core_.store.update(collections::erasedUsers, where("_id") == job->userId, update);
}

}  // namespace parley::chat
