// SPDX-License-Identifier: Apache-2.0
#include "host/signals.h"

#include <pthread.h>

#include <chrono>
#include <initializer_list>
#include <utility>

namespace parley::host {

Signals::Signals(std::function<void()> onTermination) : onTermination_(std::move(onTermination)) {
  sigemptyset(&set_);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  // A client that goes away while it is written to is an error of that write, nothing more.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that would grow beyond the limit of the process.
  std::signal(SIGXFSZ, SIG_IGN);
  thread_ = std::thread([this] { take(); });
}

Signals::~Signals() {
  ending_ = true;
  pthread_kill(thread_.native_handle(), SIGHUP);  // which wakes it
  thread_.join();
}

void Signals::take() {
  int signal = 0;
  while (sigwait(&set_, &signal) == 0 && !ending_) {
    bool isFirst = false;
    {
      const std::lock_guard lock(mutex_);
      if (signal == SIGHUP) {
        reload_ = true;
      } else if (!termination_) {
        termination_ = std::chrono::steady_clock::now();
        isFirst = true;
      }
    }
    if (isFirst) onTermination_();
    came_.notify_all();
  }
}

std::optional<Signals::Request> Signals::wait(Millis atMost) {
  std::unique_lock lock(mutex_);
  came_.wait_for(lock, atMost, [this] { return termination_ || reload_; });
  if (termination_) return Request::Terminate;
  if (std::exchange(reload_, false)) return Request::Reload;
  return std::nullopt;
}

std::optional<Instant> Signals::termination() const {
  const std::lock_guard lock(mutex_);
  return termination_;
}

}  // namespace parley::host
