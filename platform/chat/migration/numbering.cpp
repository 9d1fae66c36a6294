// SPDX-License-Identifier: Apache-2.0
#include "chat/migration/numbering.h"

#include "chat/collections.h"

#include <algorithm>
#include <set>
#include <utility>

namespace parley::chat::migration {

namespace {

std::optional<Document> sessionOf(Store& store, const std::string& sessionId) {
  if (sessionId.empty()) return std::nullopt;
  return store.findOne(collections::sessions, where("_id") == Json(sessionId));
}

}  // namespace

Numbering::Numbering(Store& store, Steps& steps, std::string sessionId)
    : store_(store),
      steps_(steps),
      sessionId_(std::move(sessionId)),
      session_(sessionOf(store, sessionId_)),
      participants_(session_ ? chat::participantsOf(*session_) : std::vector<std::string>{}),
      marks_(participants_),
      known_(session_ ? integerOf(*session_, "lastSeq") : 0) {}

/// Clocks differ: a message of another server's time may lie before the last one of this server's.
void Numbering::take(Document&& message) {
  const auto seq = integerOf(message, "seq");
  const bool isKnown = seq > 0 && seq <= known_;
  if (known_ > 0 && !isKnown) {
    later_.push_back(std::move(message));
    return;
  }
  number(message);
  if (seq > 0 && seq == known_) takeLater();
}

void Numbering::takeLater() {
  known_ = 0;
  auto later = std::exchange(later_, {});
  const auto isNew = [](const Document& message) { return integerOf(message, "seq") == 0; };
  const auto firstNew = std::stable_partition(later.begin(), later.end(), std::not_fn(isNew));
  std::sort(later.begin(), firstNew,
            [](const Document& a, const Document& b) { return integerOf(a, "seq") < integerOf(b, "seq"); });
  for (const auto& message : later) number(message);
}

void Numbering::number(const Document& document) {
  auto message = toMessage(document);
  const bool system = isSystem(message);
  auto& sent = sent_[message.senderId];
  if (message.seq > 0) {
    last_.seq = std::max(last_.seq, message.seq);
    last_.systemSeq = integerOf(document, "systemSeq");
    sent = senderSeqOf(document);
    if (document.contains("pairSeq"))
      pairs_[message.senderId] = message.id;
    else
      pairs_.erase(message.senderId);
  } else {
    bringIntoIndex();
    message.seq = ++last_.seq;
    ++(system ? last_.systemSeq : sent);
    Update update;
    update.set("seq", last_.seq).set("senderSeq", sent);
    if (last_.systemSeq > 0) update.set("systemSeq", last_.systemSeq);
    steps_.add(Write::updateOne(collections::messages, where("_id") == Json(message.id), update));
  }
  last_.senderSeq = sent;
  lastSender_ = message.senderId;
  if (system || message.deleted) return;
  marks_.note(message, [&](const std::string& userId) {
    const auto own = sent_.find(userId);
    return message.seq - 1 - last_.systemSeq - (own == sent_.end() ? 0 : own->second);
  });
}

/// What is numbered here tells of its sender alone: the newest of everybody must be found then.
void Numbering::bringIntoIndex() {
  for (const auto& [userId, messageId] : std::exchange(pairs_, {}))
    steps_.add(Write::updateOne(collections::messages, where("_id") == Json(messageId),
                                Update().set("senderSeq", sent_[userId])));
}

/// In a private session, what one has not sent the other has; if there are only two.
bool Numbering::hasOtherSenders() const {
  std::set<std::string> everybody(participants_.begin(), participants_.end());
  for (const auto& [userId, count] : sent_) everybody.insert(userId);
  return everybody.size() > 2;
}

void Numbering::finish() {
  takeLater();
  if (!session_) return;
  marks_.store(store_, sessionId_, steps_);
  if (integerOf(*session_, "lastSeq") >= last_.seq) return;
  Update update;
  update.set("lastSeq", last_.seq).set("lastSender", Json(lastSender_)).set("lastSenderSeq", last_.senderSeq);
  update.set("lastSystemSeq", last_.systemSeq);
  if (stringOf(*session_, "sessionType") == "private" && hasOtherSenders()) update.set("otherSenders", true);
  steps_.add(Write::updateOne(collections::sessions,
                              where("_id") == Json(sessionId_) && !(where("lastSeq") >= last_.seq), update));
}

}  // namespace parley::chat::migration
