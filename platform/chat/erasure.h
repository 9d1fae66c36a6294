// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/core.h"
#include "chat/message_service.h"
#include "chat/session_service.h"
#include "plugin/data_subjects.h"

#include <parley/chat.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace parley::chat {

/// Erases users: a part at a time, on the workers, one part of a user after another. Interrupted by the end of the
/// process, it is taken up by the next one. What remains is the id, which nobody can take again.
///
/// The order: they are refused everywhere; whatever was being made for them is there; their connections end; the
/// profile goes; they leave every session, and no message that was let in before is on its way any more; their messages
/// and the copies of these are emptied; read states go; the plugins erase their parts. For a plugin that is off an
/// erasure waits until it runs again.
class Erasure {
 public:
  Erasure(Core& core, SessionService& sessions, MessageService& messages);

  struct State {
    Time erasedAt{};
    bool isRunning = false;
    std::vector<std::string> failed;   ///< plugins whose part is not done, or "chat"; until it is begun again
    std::vector<std::string> waiting;  ///< plugins that are off, and asked once they run
    bool isDone = false;
  };
  /// As Users::erase; for a user whose erasure runs nothing happens. [worker]
  void begin(const std::string& userId);
  /// Nothing when nobody has asked for it. [worker]
  std::optional<State> stateOf(const std::string& userId);

  /// Takes up what the last process has left unfinished, one user after another, and again for each plugin that comes;
  /// `subjects` outlives the workers. [any thread]
  void resume(plugin::DataSubjects& subjects);
  /// Ends soon, for the next process to go on. [any thread]
  void pause() { isPaused_ = true; }

 private:
  struct Job;
  using JobPtr = std::shared_ptr<Job>;
  using Underway = std::shared_ptr<Lease>;
  using Line = std::shared_ptr<std::deque<JobPtr>>;

  void arrived(const std::vector<std::string>& plugins);
  JobPtr unfinished(const Document& user, const std::vector<std::string>& running);
  void takeUp(const Line& line);
  void start(const JobPtr& job);
  base::Task later(const JobPtr& job, base::Task step);
  base::Task later(const JobPtr& job, void (Erasure::*step)(const JobPtr&));
  void go(const JobPtr& job, const base::Task& step);
  void removeProfile(const JobPtr& job);
  void leaveSessions(const JobPtr& job, const Underway& messages);
  void leave(const JobPtr& job, const std::string& sessionId, const Underway& messages);
  void blankMessages(const JobPtr& job);
  void blankCopies(const JobPtr& job);
  void removeReadStates(const JobPtr& job);
  void askPlugins(const JobPtr& job);
  void erasePlugins(const JobPtr& job);
  void finish(const JobPtr& job);
  bool isKnown(const std::string& userId);
  const plugin::DataSubjects& subjects();

  Core& core_;
  SessionService& sessions_;
  MessageService& messages_;
  std::atomic<bool> isPaused_{false};
  std::mutex mutex_;
  const plugin::DataSubjects nobody_;
  const plugin::DataSubjects* subjects_ = &nobody_;
  std::uint64_t arrivals_ = 0;  ///< of plugins
  std::unordered_set<std::string> running_;
};

}  // namespace parley::chat
