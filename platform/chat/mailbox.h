// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/announcer.h"
#include "chat/core.h"
#include "chat/documents.h"
#include "chat/session_service.h"
#include "chat/session_touch.h"

#include <parley/chat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace parley::chat {

/// A message on its way into the store.
struct Outgoing {
  Message message;
  Document document;  ///< of the message, ready but for what the mailbox decides
  std::shared_ptr<const Members> members;
  std::string author;                  ///< of what it is a copy of; empty: of nothing
  std::shared_ptr<const Lease> visit;  ///< of a copy: no erasure looks for the author's before this one is there
  std::string fromSocket;
  std::string requestId;
  Messages::Sent done;
  bool early = false;  ///< `done` never blocks: called at the commit, on the store's thread
  bool alone = false;  ///< goes in a step of its own, so that a failure is about this very message
  int attempts = 0;
  Stamp stamp{};                              ///< what the mailbox decided
  std::optional<Error> error = std::nullopt;  ///< how it ended, when it failed
};

/// Puts the messages of one session into an order: gives each its `seq` and stores all that wait in one step, one step
/// at a time, holding no thread while a step is pending. What follows a commit (done, hooks, delivery) runs on the
/// workers in the same order.
///
/// `seq` lives in memory once it was read from the newest stored message, so a crash leaves no gap. Whatever makes a
/// step fail (another node has written, a clientMessageId is there already, the store is not available) ends in
/// `recover`, which looks at what is stored and decides for each message. Where the store cannot tell, the senders are
/// told of the failure, and what turns out to be stored is told to the others before anything newer. [any thread unless
/// tagged otherwise]
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  Mailbox(Core& core, SessionService& sessions, std::shared_ptr<Announcer> announcer, std::string sessionId);

  /// False when too many wait to be stored or told; the message is dropped then. [worker: may ask the store]
  [[nodiscard]] bool add(Outgoing outgoing);

  /// Runs a task on a worker, behind what stored messages have still to tell.
  void afterwards(base::Task task) { after_.postAccepted(std::move(task)); }

 private:
  using Batch = std::vector<Outgoing>;
  using SharedBatch = std::shared_ptr<Batch>;

  void learn(const Outgoing& outgoing);
  void pump();
  void prepare(const SharedBatch& batch);
  SharedBatch takeBatch();
  bool knows(const Outgoing& outgoing) const;
  /// How many messages the user has sent up to the newest.
  std::int64_t countAt(const Document& newest, const Outgoing& outgoing, const std::string& userId) const;
  Stamp next(const Outgoing& outgoing);
  void store(const SharedBatch& batch);
  void onStored(const SharedBatch& batch, const Result<WriteSummary>& result);
  void recover(const SharedBatch& batch, const Error& error);
  Batch settleFailed(Batch& batch, const Error& error, Batch& again);
  std::optional<Message> sentBefore(const Message& message);
  void doubt(const Batch& batch);
  void settleDoubtful();
  void lookAgain(Millis delay);
  void settle(Batch batch);
  void conclude(const Outgoing& outgoing);

  Core& core_;
  SessionService& sessions_;
  const std::shared_ptr<Announcer> announcer_;
  const std::string sessionId_;
  base::Strand after_;
  std::atomic<std::size_t> untold_{0};  ///< messages that wait in `after_`

  // by the step that is under way
  SessionTouch touch_;
  Batch doubtful_;  ///< of a step that failed; the store could not tell whether they are stored

  std::mutex mutex_;
  std::deque<Outgoing> waiting_;
  bool busy_ = false;          ///< a step is under way
  std::optional<Stamp> last_;  ///< of the newest message, without the counts of users; nothing: not known
  std::unordered_map<std::string, std::int64_t> sent_;  ///< per sender, as far as known
  std::uint64_t knowledge_ = 0;                         ///< changes whenever last_ is learnt or forgotten
};

}  // namespace parley::chat
