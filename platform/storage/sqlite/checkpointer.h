// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/connection.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace parley::storage::sqlite {

/// Moves the write-ahead log into the database beside the commits, which go on meanwhile: on a thread and a connection
/// of its own. What is written meanwhile stays in the log. [one thread]
class Checkpointer {
 public:
  explicit Checkpointer(std::unique_ptr<Connection> connection);
  /// Waits for the one that is under way.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Begins, unless one is under way.
  void begin();
  bool isBusy() const { return state_ == State::Asked; }
  /// True once after each that has ended.
  bool hasEnded();

 private:
  enum class State { Idle, Asked, Ended };
  void loop();
  void moveMost();

  std::unique_ptr<Connection> connection_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<State> state_{State::Idle};  // without the lock, since this thread may be long in coming to its turn
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::storage::sqlite
