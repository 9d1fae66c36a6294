// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/scope.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace accounts {

/// Where passwords wait to be hashed: few are at the same time, and those that wait hold no worker. Those from an
/// address that has sent no wrong one lately come first, so that many who guess keep nobody out. [worker]
class HashLine {
 public:
  enum class Turn { First, Last };

  HashLine(parley::Scope& scope, std::size_t atOnce, std::size_t waiting)
      : scope_(scope), atOnce_(atOnce), waiting_(waiting) {}

  /// Throws UNAVAILABLE when there is no room now: before anything else is done for a request.
  void requireRoom(Turn turn) const;

  /// Runs `hash` when it is its turn, and answers with what `answer` makes of its result, when the turn is over; both
  /// on a worker, and an Error that they throw is the answer. UNAVAILABLE, thrown or answered, when too many
  /// wait.
  template <typename T>
  void run(Turn turn, std::function<T()> hash, std::function<parley::HttpResponse(const T&)> answer,
           parley::HttpReply reply) {
    const auto result = std::make_shared<std::optional<T>>();
    enter(turn, {[hash = std::move(hash), result] { *result = hash(); },
                 [answer = std::move(answer), result] { return answer(**result); }, std::move(reply)});
  }

 private:
  struct Job {
    std::function<void()> hash;
    std::function<parley::HttpResponse()> answer;
    parley::HttpReply reply;
  };
  void enter(Turn turn, Job job);
  bool isFullLocked(Turn turn) const;
  std::size_t waitingLocked() const { return first_.size() + last_.size(); }
  void next();
  void perform(const Job& job);
  void leave();
  void answering(const Job& job, const std::function<void()>& step);

  parley::Scope& scope_;
  const std::size_t atOnce_;
  const std::size_t waiting_;
  mutable std::mutex mutex_;
  std::deque<Job> first_;
  std::deque<Job> last_;
  std::size_t running_ = 0;
};

}  // namespace accounts
