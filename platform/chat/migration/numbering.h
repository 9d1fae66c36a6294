// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/documents.h"
#include "chat/migration/read_marks.h"
#include "chat/migration/steps.h"

#include <parley/chat.h>
#include <parley/store.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace parley::chat::migration {

/// Numbers the messages of one session, in the order in which they are given: that of their time. Those that have a
/// number keep it, whether from a run that was broken off or from a time when this server had the session.
class Numbering {
 public:
  Numbering(Store& store, Steps& steps, std::string sessionId);

  const std::string& sessionId() const { return sessionId_; }
  void take(Document&& message);
  /// After the last: the session's own figures, and what was read.
  void finish();

 private:
  void number(const Document& document);
  void bringIntoIndex();
  void takeLater();
  bool hasOtherSenders() const;

  Store& store_;
  Steps& steps_;
  const std::string sessionId_;
  const std::optional<Document> session_;  ///< nothing: the messages of a session that is gone
  const std::vector<std::string> participants_;
  ReadMarks marks_;
  std::int64_t known_;           ///< the newest `seq` of an earlier time; what came since gets its number behind it
  std::vector<Document> later_;  ///< and waits for it here
  Stamp last_;
  std::string lastSender_;
  std::unordered_map<std::string, std::int64_t> sent_;  ///< by sender
  std::unordered_map<std::string, std::string> pairs_;  ///< by sender: the newest, if it is not in the index
};

}  // namespace parley::chat::migration
