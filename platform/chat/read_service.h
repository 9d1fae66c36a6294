// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/read_state.h"
#include "chat/session_service.h"

#include <parley/chat.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace parley::chat {

/// Keeps what everybody has read: one document per user and session (ReadState), changed only while it is as it was
/// read, so that marks of several devices and nodes all count. Marks of one user and session that come while another is
/// being stored meet in the next write.
class ReadService final : public Reads {
 public:
  ReadService(Core& core, SessionService& sessions);

  Marked markMessage(const std::string& messageId, const std::string& userId) override;
  Marked markUpTo(const std::string& sessionId, const std::string& userId,
                  std::optional<std::int64_t> upToSeq) override;
  void markMessage(const std::string& messageId, const std::string& userId, Done done) override;
  void markUpTo(const std::string& sessionId, const std::string& userId, std::optional<std::int64_t> upToSeq,
                Done done) override;
  Unread unread(const std::string& userId) override;
  Totals totals(const std::string& userId) override;

 private:
  /// A mark whose place is known.
  struct Request {
    Marked marked;  ///< without what is to be found out: the ranges, the time
    ReadRange range;
    std::int64_t firstSeq = 1;        ///< the first message that the user may see
    bool own = false;                 ///< counts as read anyway
    std::optional<Time> readAt = {};  ///< of one message: when it was read, as the message itself has it
  };
  struct Waiting {
    Request request;
    Done done;
    std::string requestId;
  };
  using Batch = std::vector<Waiting>;
  struct Pair {
    std::vector<Waiting> waiting;
    int attempts = 0;
  };

  Request requestFor(const std::string& messageId, const std::string& userId);
  Request requestFor(const std::string& sessionId, const std::string& userId, std::optional<std::int64_t> upToSeq);
  std::int64_t firstSeq(const std::string& sessionId, const std::string& userId);

  Marked markNow(Request request);
  void enqueue(Request request, Done done);
  void lead(const std::string& pair);
  bool storeSome(const std::string& pair);
  void onStored(const std::string& pair, const std::shared_ptr<Batch>& batch, const Result<WriteSummary>& result);
  void finish(Batch& batch, const std::optional<Error>& error);

  ReadState load(const Request& request);
  void apply(ReadState& state, Request& request);
  void moveToLog(ReadState& state, const Request& request);
  static Write writeOf(const ReadState& state, const Request& request);

  Core& core_;
  SessionService& sessions_;
  std::mutex mutex_;
  std::unordered_map<std::string, Pair> pairs_;  ///< those that are being stored
  std::size_t waiting_ = 0;
};

}  // namespace parley::chat
