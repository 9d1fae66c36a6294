// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace accounts {

/// Answers that are held back until they are due. A thread of its own gives them, one after another, so that they hold
/// no worker meanwhile. [any thread]
class LateAnswers {
 public:
  using Give = std::function<void()>;

  /// The clock outlives it.
  explicit LateAnswers(const parley::Clock& clock);
  /// Gives at once what is still held.
  ~LateAnswers();
  LateAnswers(const LateAnswers&) = delete;
  LateAnswers& operator=(const LateAnswers&) = delete;

  /// `give` does not throw, and does not block.
  void add(parley::Instant due, Give give);

 private:
  void run();

  const parley::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<parley::Instant, Give> held_;
  bool isEnding_ = false;
  std::thread thread_;  ///< last: it uses the others
};

}  // namespace accounts
