// SPDX-License-Identifier: Apache-2.0
#include "follower.h"

#include "segment_list.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>

using namespace parley;

namespace search {

namespace {

using collections::messages;
constexpr const char* markId = "mark";
constexpr std::int64_t newestAtOnce = 32;
constexpr int newestRounds = 16;
constexpr std::size_t toldAtOnce = 64;
constexpr std::size_t toldBytesAtOnce = std::size_t{1} << 20;
constexpr std::size_t maxBatches = 16;  ///< of what was told and waits
constexpr int readsAtOnce = 16;
constexpr Millis recentChange{60'000};
constexpr Millis idle{250};

std::int64_t millisOf(Time time) {
  return time.time_since_epoch().count();
}

std::int64_t millisOf(const Document& document, std::string_view name) {
  return millisOf(timeOf(document, name).value_or(Time{}));
}

/// Members of `extra.system` make a system message, which nobody searches.
bool isSystem(const JsonObject& extra) {
  return extra.contains("system");
}

Entry toEntry(const Document& document) {
  Entry entry;
  entry.id = textOf(document, "_id");
  entry.sessionId = textOf(document, "sessionId");
  entry.seq = integerOf(document, "seq");
  entry.time = millisOf(document, "createdAt");
  entry.text = textOf(document, "content");
  entry.changedAt = millisOf(document, "changedAt");
  const auto* extra = document.if_contains("extra");
  if (document.contains("deletedSeq") || (extra != nullptr && extra->is_object() && isSystem(extra->get_object())))
    entry.text.clear();
  return entry;
}

std::vector<Entry> toEntries(const std::vector<Document>& documents) {
  std::vector<Entry> entries;
  entries.reserve(documents.size());
  for (const auto& document : documents) entries.push_back(toEntry(document));
  return entries;
}

Entry toEntry(const Message& message) {
  const bool searchable = !message.deleted && !isSystem(message.extra);
  return {message.id,
          message.sessionId,
          message.seq,
          millisOf(message.createdAt),
          searchable ? message.content : std::string(),
          0};
}

/// The lowest message id of a moment.
std::string firstIdOf(std::int64_t millis) {
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x", static_cast<unsigned>(std::max<std::int64_t>(millis, 0) / 1000));
  return std::string(digits.data(), 8) + std::string(16, '0');
}

}  // namespace

Follower::Follower(Scope& scope, Engine& engine, Options options) : scope_(scope), engine_(engine), options_(options) {}

void Follower::connect() {
  indexedMetric_ = &scope_.metric("indexed_messages", "Messages in the search index");
  pendingMetric_ = &scope_.metric("pending_messages", "Messages that wait in memory to be indexed");
  scope_.after<hooks::MessageStored>([this](const Message& message) { tell(toEntry(message)); });
  scope_.after<hooks::MessageChanged>([this](const hooks::MessageChanged::Change& change) {
    auto entry = toEntry(change.now);
    entry.changedAt = millisOf(change.now.updatedAt);
    tell(std::move(entry));
  });
  scope_.after<hooks::SessionRemoved>([this](const hooks::SessionRemoved::Removal& removal) {
    bringTold();
    engine_.forgetSession(removal.session.id);
  });
}

void Follower::start() {
  engine_.open();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Follower::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Follower::rebuild() {
  rebuild_ = true;
  wake_.notify_all();
}

/// From the newest on, until it meets what is known already.
void Follower::catchUp() {
  bringTold();
  auto& store = scope_.store();
  bool more = true;
  Filter older;
  for (int round = 0; round < newestRounds && more; ++round) {
    const auto newest = store.find(messages, older, {.sort = {{"_id", true}}, .limit = newestAtOnce});
    if (!newest.empty()) older = where("_id") < textOf(newest.back(), "_id");
    more = bring(toEntries(newest)) == Engine::Added::News;
  }
  const auto since = toIso8601(scope_.clock().now() - recentChange);
  bring(toEntries(
      store.find(messages, where("changedAt") > since, {.sort = {{"changedAt", true}}, .limit = newestAtOnce})));
}

/// They are brought some at a time, while the processor has the index in its caches.
void Follower::tell(Entry entry) {
  std::size_t batches = 0;
  {
    const std::lock_guard lock(mutex_);
    toldBytes_ += entry.text.size();
    told_.push_back(std::move(entry));
    batches = std::max(told_.size() / toldAtOnce, toldBytes_ / toldBytesAtOnce);
  }
  if (batches == 0) return;
  // Whoever is bringing may wait for the store; the message's delivery waits for this hook.
  std::unique_lock inTurn(bringing_, std::try_to_lock);
  if (!inTurn && batches >= maxBatches) inTurn.lock();
  if (inTurn) bringToldInTurn();
}

void Follower::bringTold() {
  const std::lock_guard inTurn(bringing_);
  bringToldInTurn();
}

void Follower::bringToldInTurn() {
  std::vector<Entry> told;
  told.reserve(toldAtOnce);
  {
    const std::lock_guard lock(mutex_);
    told.swap(told_);
    toldBytes_ = 0;
  }
  add(std::move(told));
}

Engine::Added Follower::bring(std::vector<Entry> entries) {
  const std::lock_guard inTurn(bringing_);
  return add(std::move(entries));
}

/// NoRoom when there was none for one of them. What the engine could not take is read again from the store.
Engine::Added Follower::add(std::vector<Entry> entries) {
  auto added = Engine::Added::Known;
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    if (entry->changedAt == 0 && entry->text.empty()) continue;
    const auto id = entry->id;
    try {
      const auto one = engine_.add(std::move(*entry));
      if (one == Engine::Added::NoRoom) missed(id);
      added = std::max(added, one);
    } catch (...) {
      missed(id);
      while (++entry != entries.end()) missed(entry->id);
      throw;
    }
  }
  return added;
}

void Follower::missed(const std::string& messageId) {
  const std::lock_guard lock(mutex_);
  if (missed_.empty() || messageId < missed_) missed_ = messageId;
}

void Follower::run(const std::stop_token& stop) {
  std::mutex sleeping;
  std::unique_lock lock(sleeping);
  while (!stop.stop_requested()) {
    auto pause = idle;
    try {
      if (step(stop)) continue;
    } catch (const std::exception& error) {
      if (stop.stop_requested()) return;
      scope_.log().warn(std::string("indexing failed and is tried again: ") + error.what());
      pause = options_.retryAfter;
    }
    wake_.wait_for(lock, stop, pause, [this] { return rebuild_.load(); });
  }
}

/// Does a part of what there is to do; false when there was nothing.
bool Follower::step(const std::stop_token& stop) {
  if (!loaded_) load();
  loaded_ = true;
  if (rebuild_) {
    scope_.log().info("the index is built anew");
    beginAnew();
  }
  {
    const std::lock_guard lock(mutex_);
    if (!missed_.empty()) {
      read_.messageId = std::min(read_.messageId, missed_);
      missed_.clear();
      building_ = true;
    }
  }
  bringTold();
  bool busy = false;
  for (int i = 0; i < readsAtOnce && building_ && !stop.stop_requested() && readOn(); ++i) busy = true;
  busy = engine_.work(stop) || busy;
  saveIfDue();
  report();
  return busy;
}

void Follower::beginAnew() {
  building_ = true;
  save({}, "");  // of no engine: one that was not cleared to the end is cleared again
  engine_.clear();
  rebuild_ = false;  // not before: what fails is tried again
  read_ = {};
  save(read_, scope_.config().text("engine"));
}

void Follower::load() {
  if (const auto mark = scope_.store().findOne(stateCollection, where("_id") == markId)) {
    read_.messageId = textOf(*mark, "messageId");
    read_.changesUpTo = integerOf(*mark, "changesUpTo");
    // Another engine begins with nothing.
    if (textOf(*mark, "engine") != scope_.config().text("engine")) beginAnew();
  }
  saved_ = read_;
  if (read_.messageId != Mark().messageId) readChanges();
}

/// What has changed since the mark was stored, by a process that ended before it was indexed.
void Follower::readChanges() {
  const auto since = toIso8601(Time{Millis{read_.changesUpTo}});
  scope_.store().forEach(messages, where("changedAt") >= since, {.sort = {{"changedAt"}}}, [this](Document&& document) {
    bring({toEntry(document)});
    return true;
  });
}

/// Brings the next stored messages; false when there is no room for them, or none is left.
bool Follower::readOn() {
  const auto found = scope_.store().find(messages, where("_id") >= read_.messageId,
                                         {.sort = {{"_id"}}, .limit = static_cast<std::int64_t>(options_.readAtOnce)});
  if (bring(toEntries(found)) == Engine::Added::NoRoom) return false;
  if (!found.empty()) read_.messageId = textOf(found.back(), "_id");
  if (found.size() == options_.readAtOnce) return true;
  building_ = false;
  const auto state = engine_.state();
  scope_.log().info("the index is complete: " +
                    std::to_string(state.indexed + static_cast<std::int64_t>(state.pending)) + " messages");
  return false;
}

/// What waits in memory has to be read again after a crash, and so has what may be on its way to its hook.
void Follower::saveIfDue() {
  const auto time = scope_.clock().steady();
  if (time - lastSave_ < options_.saveEvery) return;
  lastSave_ = time;
  const auto settled = millisOf(scope_.clock().now() - options_.settled);
  if (!building_) read_.messageId = std::max(read_.messageId, firstIdOf(settled));
  bringTold();  // so that the engine's state knows of it
  const auto state = engine_.state();
  auto mark = Mark{building_ ? read_.messageId : firstIdOf(settled), settled};
  if (!state.oldestPending.empty()) mark.messageId = std::min(mark.messageId, state.oldestPending);
  if (state.oldestChange != 0) mark.changesUpTo = std::min(mark.changesUpTo, state.oldestChange);
  if (mark.messageId == saved_.messageId && mark.changesUpTo == saved_.changesUpTo) return;
  save(mark, scope_.config().text("engine"));
}

void Follower::save(const Mark& mark, const std::string& engine) {
  Update update;
  update.set("messageId", mark.messageId).set("changesUpTo", mark.changesUpTo).set("engine", engine);
  scope_.store().upsert(stateCollection, where("_id") == markId, update);
  saved_ = mark;
}

void Follower::report() {
  const auto time = scope_.clock().steady();
  if (time - lastReport_ < options_.reportEvery) return;
  lastReport_ = time;
  const auto state = engine_.state();
  indexedMetric_->set(static_cast<double>(state.indexed));
  pendingMetric_->set(static_cast<double>(state.pending));
  if (building_)
    scope_.log().info("indexing: " + std::to_string(state.indexed) + " of " +
                      std::to_string(scope_.store().count(messages, Filter())) + " messages");
}

JsonObject Follower::status() {
  bringTold();
  const bool building = rebuild_ || building_;  // asked first: what is not building any more is in the state
  auto state = engine_.state();
  JsonObject status{{"state", building ? "building" : "ready"},
                    {"engine", scope_.config().text("engine")},
                    {"indexed", state.indexed},
                    {"pending", state.pending},
                    {"total", scope_.store().count(messages, Filter())}};
  for (auto& member : state.more) status[member.key()] = std::move(member.value());
  return status;
}

}  // namespace search
