// SPDX-License-Identifier: Apache-2.0
#include "chat/mailbox.h"

#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/session_service.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <set>
#include <utility>

namespace parley::chat {

namespace {

/// A message that collides this often is given back: other nodes write faster than this one can follow.
constexpr int maxAttempts = 100;

/// When the store is asked again what it could not tell; then after twice the time, up to the longest.
constexpr Millis firstLook{1'000};
constexpr Millis longestLook{60'000};

/// Whether the failure of a step is worth another try for a message that was not stored: after a collision; or alone,
/// when something is wrong with one message of several.
bool worthAnotherTry(const Error& error, std::size_t messages) {
  switch (error.code()) {
    case ErrorCode::Conflict: return true;
    case ErrorCode::ValidationFailed:
    case ErrorCode::PayloadTooLarge: return messages > 1;
    default: return false;
  }
}

std::optional<Document> storedDuplicate(Store& store, const Message& message) {
  if (message.clientMessageId.empty()) return std::nullopt;
  return store.findOne(collections::messages, where("sessionId") == Json(message.sessionId) &&
                                                  where("sender") == Json(message.senderId) &&
                                                  where("clientMessageId") == Json(message.clientMessageId));
}

/// Those of the batch that are stored, by id.
std::unordered_map<std::string, Message> storedOf(Store& store, const std::vector<Outgoing>& batch) {
  JsonArray ids;
  for (const auto& outgoing : batch) ids.emplace_back(outgoing.message.id);
  std::unordered_map<std::string, Message> stored;
  for (const auto& document : store.find(collections::messages, where("_id").in(std::move(ids))))
    stored.emplace(stringOf(document, "_id"), toMessage(document));
  return stored;
}

/// Without the counts of users.
Stamp stampOf(const std::optional<Document>& newest) {
  if (!newest) return {};
  return {integerOf(*newest, "seq"), 0, integerOf(*newest, "systemSeq"), timeOf(*newest, "createdAt").value_or(Time{})};
}

/// Whose messages a message counts: its sender's, in a private session those of both users.
std::vector<std::string> countedIn(const Outgoing& outgoing) {
  std::vector<std::string> users{outgoing.message.senderId};
  if (!outgoing.message.receiverId.empty())
    users.insert(users.end(), outgoing.members->userIds.begin(), outgoing.members->userIds.end());
  return users;
}

}  // namespace

Mailbox::Mailbox(Core& core, SessionService& sessions, std::shared_ptr<Announcer> announcer, std::string sessionId)
    : core_(core),
      sessions_(sessions),
      announcer_(std::move(announcer)),
      sessionId_(std::move(sessionId)),
      after_(core.pool, core.options.maxWaitingMessages) {}

bool Mailbox::add(Outgoing outgoing) {
  learn(outgoing);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + untold_ >= core_.options.maxWaitingMessages) return false;
    waiting_.push_back(std::move(outgoing));
    if (busy_) return true;
    busy_ = true;
  }
  pump();
  return true;
}

/// Reads the newest message's place and the counts that the message needs where they are not known: here, so that a
/// step need not. They count only if nobody learnt or forgot the place meanwhile; a `seq` that is outdated collides and
/// is read anew.
void Mailbox::learn(const Outgoing& outgoing) {
  for (;;) {
    std::uint64_t before = 0;
    {
      const std::lock_guard lock(mutex_);
      if (knows(outgoing)) return;
      before = knowledge_;
    }
    const auto newest = newestMessage(core_.store, sessionId_);
    std::unordered_map<std::string, std::int64_t> counts;
    for (const auto& userId : countedIn(outgoing)) counts[userId] = newest ? countAt(*newest, outgoing, userId) : 0;
    const std::lock_guard lock(mutex_);
    if (knowledge_ != before) continue;
    if (!last_) {
      last_ = stampOf(newest);
      ++knowledge_;
    }
    sent_.merge(counts);
    return;
  }
}

std::int64_t Mailbox::countAt(const Document& newest, const Outgoing& outgoing, const std::string& userId) const {
  if (outgoing.members->has(userId)) return sentUpTo(core_.store, newest, userId);
  return sentToGroup(core_.store, sessionId_, userId, integerOf(newest, "seq"));
}

/// Starts the next step; the caller has made the mailbox busy, and this step or its end makes it idle again.
void Mailbox::pump() {
  SharedBatch batch;
  bool ready = false;
  {
    const std::lock_guard lock(mutex_);
    batch = takeBatch();
    if (!batch) {
      busy_ = false;
      return;
    }
    const auto isKnown = [this](const Outgoing& outgoing) { return knows(outgoing); };
    ready = doubtful_.empty() && std::all_of(batch->begin(), batch->end(), isKnown);
  }
  if (ready) return store(batch);
  core_.pool.postAccepted([self = shared_from_this(), batch] { self->prepare(batch); });
}

/// Asks the store what the step needs to know. [worker]
void Mailbox::prepare(const SharedBatch& batch) {
  try {
    settleDoubtful();
    for (const auto& outgoing : *batch) learn(outgoing);
  } catch (const Error& error) {
    for (auto& outgoing : *batch) outgoing.error = error;
    settle(std::move(*batch));
    return pump();
  }
  store(batch);
}

/// All that wait, up to the limit, up to one that goes alone, and up to a clientMessageId that is in the batch already:
/// that one is a duplicate once the batch is stored.
Mailbox::SharedBatch Mailbox::takeBatch() {
  if (waiting_.empty()) return nullptr;
  auto batch = std::make_shared<Batch>();
  std::set<std::pair<std::string, std::string>> taken;
  while (!waiting_.empty() && batch->size() < core_.options.maxBatch) {
    const auto& next = waiting_.front();
    const auto& clientId = next.message.clientMessageId;
    if (next.alone && !batch->empty()) break;
    if (!clientId.empty() && !taken.emplace(next.message.senderId, clientId).second) break;
    batch->push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    if (batch->back().alone) break;
  }
  return batch;
}

bool Mailbox::knows(const Outgoing& outgoing) const {
  const auto isKnown = [this](const std::string& userId) { return sent_.contains(userId); };
  if (!last_ || !isKnown(outgoing.message.senderId)) return false;
  const auto& users = outgoing.members->userIds;
  return outgoing.message.receiverId.empty() || std::all_of(users.begin(), users.end(), isKnown);
}

/// The place of the next message.
Stamp Mailbox::next(const Outgoing& outgoing) {
  const auto& message = outgoing.message;
  ++last_->seq;
  auto& sent = sent_[message.senderId];
  ++(isSystem(message) ? last_->systemSeq : sent);
  auto stamp = *last_;
  stamp.senderSeq = sent;
  const auto& users = outgoing.members->userIds;
  if (message.receiverId.empty() || users.size() > 2) return stamp;
  stamp.receiverSeq = sent_[message.receiverId];
  if (!outgoing.members->has(message.senderId)) stamp.otherSeq = sent_[users.front()];
  return stamp;
}

void Mailbox::store(const SharedBatch& batch) {
  std::vector<Write> writes;
  writes.reserve(batch->size());
  {
    const std::lock_guard lock(mutex_);
    // Days are ranges of `seq`, also when the clock goes back.
    last_->time = std::max(last_->time, core_.clock.now());
    for (auto& outgoing : *batch) {
      outgoing.stamp = next(outgoing);
      stamp(outgoing.message, outgoing.document, outgoing.stamp);
    }
  }
  for (auto& outgoing : *batch) {
    writes.push_back(Write::insert(collections::messages, std::move(outgoing.document)));
    // Of two, what one has not sent the other has, until somebody else speaks.
    if (outgoing.stamp.otherSeq)
      writes.push_back(Write::updateOne(collections::sessions, where("_id") == Json(sessionId_),
                                        Update().set("otherSenders", true)));
  }
  core_.submit(std::move(writes), [self = shared_from_this(), batch](const Result<WriteSummary>& result) {
    self->onStored(batch, result);
  });
}

void Mailbox::onStored(const SharedBatch& batch, const Result<WriteSummary>& result) {
  if (result) {
    touch_.note(core_.store, batch->back().message, batch->back().stamp);
    settle(std::move(*batch));
    return pump();
  }
  core_.pool.postAccepted([self = shared_from_this(), batch, error = result.error()] { self->recover(batch, error); });
}

/// A step has failed, wholly or from some message on. Looks at what is stored: those messages are done; the others are
/// duplicates, or are tried again after a collision, or fail. [worker]
void Mailbox::recover(const SharedBatch& batch, const Error& error) {
  {
    const std::lock_guard lock(mutex_);
    last_.reset();
    sent_.clear();
    ++knowledge_;
  }
  Batch again;
  Batch settled;
  try {
    settled = settleFailed(*batch, error, again);
  } catch (const Error& unknown) {
    settled = std::move(*batch);
    doubt(settled);
    for (auto& outgoing : settled) outgoing.error = unknown;
  }
  settle(std::move(settled));
  {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.begin(), std::make_move_iterator(again.begin()), std::make_move_iterator(again.end()));
  }
  pump();
}

/// Divides a failed batch into what is decided (returned) and what is to be tried `again`. Throws, leaving the batch as
/// it is, when the store cannot tell.
Mailbox::Batch Mailbox::settleFailed(Batch& batch, const Error& error, Batch& again) {
  const auto stored = storedOf(core_.store, batch);
  std::vector<std::optional<Message>> earlier;
  for (const auto& outgoing : batch)
    earlier.push_back(stored.contains(outgoing.message.id) ? std::nullopt : sentBefore(outgoing.message));

  Batch settled;
  const bool tryAgain = worthAnotherTry(error, batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& outgoing = batch[i];
    if (stored.contains(outgoing.message.id)) {
      touch_.note(core_.store, outgoing.message, outgoing.stamp);
    } else if (earlier[i]) {
      outgoing.message = *std::move(earlier[i]);
      if (outgoing.message.deleted)
        outgoing.error = Error(ErrorCode::Conflict, "the message was sent before, and has been deleted since");
    } else if (tryAgain && ++outgoing.attempts < maxAttempts) {
      outgoing.document = toDocument(outgoing.message, outgoing.author);
      outgoing.alone = error.code() != ErrorCode::Conflict;
      again.push_back(std::move(outgoing));
      continue;
    } else {
      outgoing.error =
          error.code() == ErrorCode::Conflict ? Error(ErrorCode::Unavailable, "the session is too busy") : error;
    }
    settled.push_back(std::move(outgoing));
  }
  return settled;
}

/// The message that the client has sent under the same name, as it is by now.
std::optional<Message> Mailbox::sentBefore(const Message& message) {
  const auto stored = storedDuplicate(core_.store, message);
  if (!stored) return std::nullopt;
  std::vector<Message> known{toMessage(*stored)};
  sessions_.fillReceipts(known);
  known.front().duplicate = true;
  return std::move(known.front());
}

void Mailbox::doubt(const Batch& batch) {
  doubtful_ = batch;
  for (auto& outgoing : doubtful_) outgoing.done = [](const Result<Message>&) {};
  lookAgain(firstLook);
}

/// Tells what is stored, as it is by now, of what the store could not tell of. Throws when it still cannot. [worker]
void Mailbox::settleDoubtful() {
  if (doubtful_.empty()) return;
  const auto stored = storedOf(core_.store, doubtful_);
  Batch told;
  for (auto& outgoing : doubtful_) {
    const auto found = stored.find(outgoing.message.id);
    if (found == stored.end()) continue;
    outgoing.message = found->second;
    touch_.note(core_.store, outgoing.message, outgoing.stamp);
    if (!outgoing.message.deleted) told.push_back(std::move(outgoing));
  }
  doubtful_.clear();
  settle(std::move(told));
}

/// Nobody may write here for long: settles what is in doubt all the same.
void Mailbox::lookAgain(Millis delay) {
  core_.pool.postAfter(delay, [self = shared_from_this(), delay] {
    {
      const std::lock_guard lock(self->mutex_);
      if (self->busy_) return self->lookAgain(delay);  // a step may leave them
      if (self->doubtful_.empty()) return;
      self->busy_ = true;
    }
    try {
      self->settleDoubtful();
    } catch (const Error&) {
      self->lookAgain(std::min(2 * delay, longestLook));
    }
    self->pump();
  });
}

void Mailbox::settle(Batch batch) {
  if (batch.empty()) return;
  const auto shared = std::make_shared<const Batch>(std::move(batch));
  untold_ += shared->size();
  // First, so that whatever an answer sets off with `afterwards` comes behind it.
  after_.postAccepted([self = shared_from_this(), shared] {
    self->untold_ -= shared->size();
    for (const auto& outgoing : *shared) self->conclude(outgoing);
  });
  for (const auto& outgoing : *shared)
    if (outgoing.early) outgoing.done(outgoing.error ? Result<Message>(*outgoing.error) : outgoing.message);
}

/// Tells the sender, then the observers, then the others. [worker]
void Mailbox::conclude(const Outgoing& outgoing) {
  const base::LogContext context(outgoing.requestId);
  try {
    if (!outgoing.early) outgoing.done(outgoing.error ? Result<Message>(*outgoing.error) : outgoing.message);
  } catch (const std::exception& error) {
    base::log("chat").error("the answer to a sent message failed: {}", error.what());
  }
  if (outgoing.error || outgoing.message.duplicate) return;
  core_.hooks.after<hooks::MessageStored>(outgoing.message);
  announcer_->announce(outgoing.message, outgoing.members, outgoing.fromSocket);
}

}  // namespace parley::chat
