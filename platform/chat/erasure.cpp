// SPDX-License-Identifier: Apache-2.0
#include "chat/erasure.h"

#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/written_messages.h"

#include <parley/fields.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace parley::chat {

namespace {

/// Few enough for a task to be short, so that those of others come in between.
constexpr std::int64_t messagesAtOnce = 250;
constexpr std::int64_t sessionsAtOnce = 32;
constexpr std::int64_t statesAtOnce = 250;
constexpr const char* ownPart = "chat";

using Names = std::vector<std::string>;

spdlog::logger& log() {
  return base::log("chat");
}

Names namesOf(const Document& user, const char* member) {
  Names names;
  if (const auto* list = user.if_contains(member); list != nullptr && list->is_array())
    for (const auto& name : list->get_array()) names.emplace_back(name.as_string());
  return names;
}

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void note(Update& update, const char* member, const Names& names) {
  names.empty() ? update.unset(member) : update.set(member, JsonArray(names.begin(), names.end()));
}

}  // namespace

struct Erasure::Job {
  Job(Store& store, std::string theUserId) : userId(std::move(theUserId)), written(store, userId) {}

  const std::string userId;
  std::string leftTo;  ///< all sessions up to this id
  WrittenMessages written;
  Names owed;  ///< plugins that are still to be asked
  Names failed;
  Names waiting;
  std::uint64_t asked = 0;  ///< how many plugins had come when they were
  base::Task then;
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
  update.setOnInsert("erasedAt", toIso8601(core_.clock.now())).set("erasing", true);
  update.unset("failed").unset("waiting");
  {
    const std::lock_guard lock(mutex_);
    if (running_.contains(userId)) return;
    core_.store.upsert(collections::erasedUsers, where("_id") == userId, update);
    running_.insert(userId);
  }
  start(std::make_shared<Job>(core_.store, userId));
}

/// Where plugins alone are owed, the rest was done before.
void Erasure::start(const JobPtr& job) {
  core_.erased.add(job->userId);
  log().info("user {} is being erased", job->userId);
  if (!job->owed.empty()) return later(job, &Erasure::erasePlugins)();
  core_.erased.afterVisits(later(job, &Erasure::removeProfile));
}

std::optional<Erasure::State> Erasure::stateOf(const std::string& userId) {
  const auto found = core_.store.findOne(collections::erasedUsers, where("_id") == userId);
  if (!found) return std::nullopt;
  State state;
  state.erasedAt = timeOf(*found, "erasedAt").value_or(Time{});
  state.isDone = !found->contains("erasing");
  state.failed = namesOf(*found, "failed");
  state.waiting = namesOf(*found, "waiting");
  const std::lock_guard lock(mutex_);
  state.isRunning = !state.isDone && running_.contains(userId);
  return state;
}

const plugin::DataSubjects& Erasure::subjects() {
  const std::lock_guard lock(mutex_);
  return *subjects_;
}

void Erasure::resume(plugin::DataSubjects& subjects) {
  {
    const std::lock_guard lock(mutex_);
    subjects_ = &subjects;
  }
  subjects.onAdded([this](const std::string& plugin) { arrived({plugin}); });
  arrived(subjects.plugins());
}

void Erasure::arrived(const Names& plugins) {
  {
    const std::lock_guard lock(mutex_);
    ++arrivals_;
  }
  core_.pool.postAccepted([this, plugins] {
    for (const auto& plugin : plugins)
      core_.store.upsert(collections::dataHolders, where("_id") == plugin,
                         Update().setOnInsert("since", toIso8601(core_.clock.now())));
    const auto running = subjects().plugins();
    const auto line = std::make_shared<std::deque<JobPtr>>();
    core_.store.forEach(collections::erasedUsers, where("erasing") == true, {}, [&](Document&& user) {
      if (auto job = unfinished(user, running)) line->push_back(std::move(job));
      return true;
    });
    takeUp(line);
  });
}

/// Null where nothing can be done now, or it is being done.
Erasure::JobPtr Erasure::unfinished(const Document& user, const Names& running) {
  auto owed = namesOf(user, "waiting");
  const auto failed = namesOf(user, "failed");
  const bool waits = failed.empty() && !owed.empty();
  if (waits && std::none_of(owed.begin(), owed.end(), [&](const auto& plugin) { return contains(running, plugin); }))
    return nullptr;
  const auto job = std::make_shared<Job>(core_.store, stringOf(user, "_id"));
  owed.insert(owed.end(), failed.begin(), failed.end());
  if (!contains(failed, ownPart)) job->owed = std::move(owed);
  const std::lock_guard lock(mutex_);
  return running_.insert(job->userId).second ? job : nullptr;
}

/// Each at the end of the one before, so that many take no more than one does.
void Erasure::takeUp(const Line& line) {
  if (line->empty() || isPaused_) return;
  const auto job = line->front();
  line->pop_front();
  job->then = [this, line] { takeUp(line); };
  start(job);
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
  finish(job);
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
  if (states.empty()) return later(job, &Erasure::askPlugins)();
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

/// Also those that are off: what they once held is there still.
void Erasure::askPlugins(const JobPtr& job) {
  job->owed = subjects().plugins();
  core_.store.forEach(collections::dataHolders, Filter(), {}, [&](Document&& holder) {
    if (auto plugin = stringOf(holder, "_id"); !contains(job->owed, plugin)) job->owed.push_back(std::move(plugin));
    return true;
  });
  erasePlugins(job);
}

void Erasure::erasePlugins(const JobPtr& job) {
  {
    const std::lock_guard lock(mutex_);
    job->asked = arrivals_;
  }
  for (const auto& plugin : std::exchange(job->owed, {})) {
    try {
      subjects().erase(plugin, job->userId);
    } catch (const Error& error) {
      log().warn("plugin {} has not erased user {}: {}", plugin, job->userId, error.what());
      (error.code() == ErrorCode::FeatureDisabled ? job->waiting : job->failed).push_back(plugin);
    }
  }
  if (!isPaused_) finish(job);
}

/// The next to ask for it finds either this one running, or its end stored; so does a plugin that comes, of which this
/// one may have found that it is off.
void Erasure::finish(const JobPtr& job) {
  try {
    std::unique_lock lock(mutex_);
    if (!job->waiting.empty() && job->asked != arrivals_) {
      lock.unlock();
      job->owed = std::exchange(job->waiting, {});
      for (auto& plugin : std::exchange(job->failed, {})) job->owed.push_back(std::move(plugin));
      return later(job, &Erasure::erasePlugins)();
    }
    Update update;
    note(update, "failed", job->failed);
    note(update, "waiting", job->waiting);
    const bool isDone = job->failed.empty() && job->waiting.empty();
    if (isDone) update.unset("erasing");
    running_.erase(job->userId);
    core_.store.update(collections::erasedUsers, where("_id") == job->userId, update);
    if (isDone) log().info("user {} is erased", job->userId);
  } catch (const std::exception& error) {
    log().warn("how far the erasure of user {} has come was not stored: {}", job->userId, error.what());
  }
  if (const auto then = std::exchange(job->then, nullptr)) then();
}

}  // namespace parley::chat
