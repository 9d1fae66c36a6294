// SPDX-License-Identifier: Apache-2.0
#include "host/signals.h"

#include <pthread.h>

#include <initializer_list>
#include <utility>

namespace parley::host {

Signals::Signals(std::function<void()> onTerminate) : onTerminate_(std::move(onTerminate)) {
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
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  pthread_kill(thread_.native_handle(), SIGHUP);
  thread_.join();
}

void Signals::take() {
  for (;;) {
    int signal = 0;
    sigwait(&set_, &signal);
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      (signal == SIGHUP ? reload_ : terminate_) = true;
    }
    came_.notify_all();
    if (signal != SIGHUP) onTerminate_();
  }
}

bool Signals::terminationWaits() const {
  const std::lock_guard lock(mutex_);
  return terminate_;
}

std::optional<Signals::Request> Signals::wait(Millis atMost) {
  std::unique_lock lock(mutex_);
  if (!came_.wait_for(lock, atMost, [this] { return terminate_ || reload_; })) return std::nullopt;
  if (std::exchange(terminate_, false)) return Request::Terminate;
  reload_ = false;
  return Request::Reload;
}

}  // namespace parley::host
