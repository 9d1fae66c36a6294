// SPDX-License-Identifier: Apache-2.0
#include "chat/read_service.h"

#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/receipts.h"
#include "chat/tally.h"

#include <parley/hooks.h>

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace parley::chat {

namespace {

/// Each try that fails is a mark of another device's that was stored.
constexpr int maxAttempts = 100;
/// Entries of a state that wait for the log.
constexpr std::size_t maxEntries = 32;

Error tooBusy() {
  return {ErrorCode::Unavailable, "the session is being read too busily, try again"};
}

}  // namespace

ReadService::ReadService(Core& core, SessionService& sessions) : core_(core), sessions_(sessions) {}

std::int64_t ReadService::firstSeq(const std::string& sessionId, const std::string& userId) {
  const auto first = sessions_.visibleFrom(sessionId, userId);
  if (!first) throw Error(ErrorCode::Forbidden, "not a participant of this session");
  return *first;
}

ReadService::Request ReadService::requestFor(const std::string& messageId, const std::string& userId) {
  const auto found = core_.store.findOne(collections::messages, where("_id") == Json(messageId) && notDeleted());
  if (!found) throw Error(ErrorCode::NotFound, "no such message");
  const auto message = toMessage(*found);
  Request request;
  request.marked = {message.sessionId, userId, {}, {}, message.senderId, message.receiverId};
  request.firstSeq = firstSeq(message.sessionId, userId);
  if (message.seq < request.firstSeq) throw Error(ErrorCode::NotFound, "no such message");
  request.own = message.senderId == userId;
  for (const auto& mark : message.readBy)
    if (mark.userId == userId) request.readAt = mark.readAt;
  const auto systemBelow = integerOf(*found, "systemSeq") - (isSystem(message) ? 1 : 0);
  const auto sentBelow = sentUpTo(core_.store, *found, userId) - (request.own && !isSystem(message) ? 1 : 0);
  const auto below = message.seq - 1 - systemBelow - sentBelow;
  request.range = {message.seq, message.seq, below, below + (isSystem(message) || request.own ? 0 : 1)};
  return request;
}

ReadService::Request ReadService::requestFor(const std::string& sessionId, const std::string& userId,
                                             std::optional<std::int64_t> upToSeq) {
  Request request;
  request.marked.sessionId = sessionId;
  request.marked.userId = userId;
  request.firstSeq = firstSeq(sessionId, userId);
  const auto newest = highestSeq(core_.store, sessionId);
  const auto upTo = std::min(upToSeq.value_or(newest), newest);
  if (upTo < request.firstSeq) {
    request.own = true;  // there is nothing to mark
    return request;
  }
  request.range = {request.firstSeq, upTo, countedUpTo(core_.store, sessionId, userId, request.firstSeq - 1),
                   countedUpTo(core_.store, sessionId, userId, upTo)};
  return request;
}

ReadState ReadService::load(const Request& request) {
  const auto& [sessionId, userId] = std::tie(request.marked.sessionId, request.marked.userId);
  const auto document = core_.store.findOne(collections::readStates, where("_id") == Json(memberId(sessionId, userId)));
  ReadState state = document ? ReadState(*document) : ReadState();
  if (state.needsCount()) state.startAt(state.upTo(), countedUpTo(core_.store, sessionId, userId, state.upTo()));
  const auto hidden = request.firstSeq - 1;
  if (hidden > state.upTo()) state.startAt(hidden, countedUpTo(core_.store, sessionId, userId, hidden));
  return state;
}

/// Marks in memory. What was read before has its time from the log.
void ReadService::apply(ReadState& state, Request& request) {
  auto& marked = request.marked;
  marked.readAt = core_.clock.now();
  if (request.own) return;
  marked.ranges = state.add(request.range, marked.readAt, core_.options.maxReadRanges);
  if (marked.any() || marked.senderId.empty()) return;
  if (request.readAt) {
    marked.readAt = *request.readAt;
    return;
  }
  const auto seq = request.range.to;
  const auto entries = readEntries(core_.store, marked.sessionId, marked.userId, state, seq, seq);
  if (!entries.empty()) marked.readAt = entries.front().readAt;
}

/// Before the state forgets them; an entry that is in both is the same in both.
void ReadService::moveToLog(ReadState& state, const Request& request) {
  const auto entries = state.overflow(maxEntries);
  if (entries.empty()) return;
  const auto& [sessionId, userId] = std::tie(request.marked.sessionId, request.marked.userId);
  std::vector<Write> writes;
  for (const auto& entry : entries) {
    const auto id = memberId(sessionId, userId) + ":" + std::to_string(entry.from);
    Update update;
    update.set("sessionId", Json(sessionId)).set("userId", Json(userId)).set("from", entry.from);
    update.set("to", entry.to).set("readAt", Json(toIso8601(entry.readAt)));
    writes.push_back(Write::upsert(collections::readLog, where("_id") == Json(id), update));
  }
  core_.write(std::move(writes));
  state.dropOverflow(entries.size());
}

/// Conflicts unless the stored document is as it was read.
Write ReadService::writeOf(const ReadState& state, const Request& request) {
  auto unchanged = state.revision() == 0 ? !where("revision").exists() : where("revision") == state.revision();
  return upsertReadState(request.marked.sessionId, request.marked.userId, state.update(), std::move(unchanged));
}

Reads::Marked ReadService::markNow(Request request) {
  core_.erased.refuse(request.marked.userId);
  for (int attempt = 0; attempt < maxAttempts; ++attempt) {
    auto state = load(request);
    apply(state, request);
    if (!request.marked.any()) return request.marked;
    moveToLog(state, request);
    try {
      core_.write({writeOf(state, request)});
    } catch (const Error& error) {
      if (error.code() != ErrorCode::Conflict) throw;
      continue;
    }
    core_.hooks.after<hooks::MessagesRead>(request.marked);
    return request.marked;
  }
  throw tooBusy();
}

Reads::Marked ReadService::markMessage(const std::string& messageId, const std::string& userId) {
  return markNow(requestFor(messageId, userId));
}

Reads::Marked ReadService::markUpTo(const std::string& sessionId, const std::string& userId,
                                    std::optional<std::int64_t> upToSeq) {
  return markNow(requestFor(sessionId, userId, upToSeq));
}

void ReadService::markMessage(const std::string& messageId, const std::string& userId, Done done) {
  enqueue(requestFor(messageId, userId), std::move(done));
}

void ReadService::markUpTo(const std::string& sessionId, const std::string& userId, std::optional<std::int64_t> upToSeq,
                           Done done) {
  enqueue(requestFor(sessionId, userId, upToSeq), std::move(done));
}

void ReadService::enqueue(Request request, Done done) {
  const auto pair = memberId(request.marked.sessionId, request.marked.userId);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ >= core_.options.maxPendingMarks)
      throw Error(ErrorCode::Unavailable, "too many marks are waiting to be stored");
    ++waiting_;
    const auto [at, idle] = pairs_.try_emplace(pair);
    at->second.waiting.push_back({std::move(request), std::move(done), std::string(base::LogContext::current())});
    if (!idle) return;
  }
  lead(pair);
}

/// Stores what waits for a pair, step by step, until a step is under way or nothing waits. [worker]
void ReadService::lead(const std::string& pair) {
  while (storeSome(pair)) {
  }
}

/// One step: all that waits, in one write. False when it goes on elsewhere or is over.
bool ReadService::storeSome(const std::string& pair) {
  const auto batch = std::make_shared<Batch>();
  {
    const std::lock_guard lock(mutex_);
    const auto at = pairs_.find(pair);
    if (at->second.waiting.empty()) {
      pairs_.erase(at);
      return false;
    }
    batch->swap(at->second.waiting);
  }
  try {
    const auto& first = batch->front().request;
    core_.erased.refuse(first.marked.userId);
    auto state = load(first);
    bool any = false;
    for (auto& waiting : *batch) {
      apply(state, waiting.request);
      any = any || waiting.request.marked.any();
    }
    if (any) {
      moveToLog(state, first);
      core_.submit({writeOf(state, first)}, [this, pair, batch](const Result<WriteSummary>& result) {
        core_.pool.postAccepted([this, pair, batch, result] { onStored(pair, batch, result); });
      });
      return false;
    }
  } catch (const Error& error) {
    finish(*batch, error);
    return true;
  }
  finish(*batch, std::nullopt);
  return true;
}

void ReadService::onStored(const std::string& pair, const std::shared_ptr<Batch>& batch,
                           const Result<WriteSummary>& result) {
  if (!result && result.error().code() == ErrorCode::Conflict) {
    std::unique_lock lock(mutex_);
    auto& state = pairs_.at(pair);
    if (++state.attempts < maxAttempts) {
      state.waiting.insert(state.waiting.begin(), std::make_move_iterator(batch->begin()),
                           std::make_move_iterator(batch->end()));
      lock.unlock();
      return lead(pair);
    }
    lock.unlock();
    finish(*batch, tooBusy());
  } else {
    {
      const std::lock_guard lock(mutex_);
      pairs_.at(pair).attempts = 0;
    }
    finish(*batch, result ? std::nullopt : std::optional<Error>(result.error()));
  }
  lead(pair);
}

/// Answers, then tells the observers. [worker]
void ReadService::finish(Batch& batch, const std::optional<Error>& error) {
  {
    const std::lock_guard lock(mutex_);
    waiting_ -= batch.size();
  }
  for (auto& [request, done, requestId] : batch) {
    const base::LogContext context(requestId);
    try {
      error ? done(*error) : done(request.marked);
    } catch (const std::exception& failure) {
      base::log("chat").error("the answer to a mark failed: {}", failure.what());
    }
    if (!error && request.marked.any()) core_.hooks.after<hooks::MessagesRead>(request.marked);
  }
}

Reads::Unread ReadService::unread(const std::string& userId) {
  Unread unread;
  for (const auto& [sessionId, tally] : tally(core_.store, userId, sessions_.placesOf(userId), Count::Unread)) {
    if (tally.unread == 0) continue;
    unread.sessions.emplace(sessionId, tally.unread);
    unread.total += tally.unread;
  }
  return unread;
}

Reads::Totals ReadService::totals(const std::string& userId) {
  Totals totals;
  for (const auto& [sessionId, tally] : tally(core_.store, userId, sessions_.placesOf(userId), Count::All)) {
    ++totals.sessions;
    totals.sent += tally.sent;
    totals.received += tally.received;
    totals.unread += tally.unread;
  }
  return totals;
}

}  // namespace parley::chat
