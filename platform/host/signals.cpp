// SPDX-License-Identifier: Apache-2.0
#include "host/signals.h"

#include <pthread.h>

#include <chrono>
#include <ctime>
#include <initializer_list>

namespace parley::host {

Signals::Signals() {
  sigemptyset(&set_);
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  // A client that goes away while it is written to is an error of that write, nothing more.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that would grow beyond the limit of the process.
  std::signal(SIGXFSZ, SIG_IGN);
}

bool Signals::terminationWaits() const {
  sigset_t waiting{};
  if (sigpending(&waiting) != 0) return false;
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT})
    if (sigismember(&waiting, signal) == 1) return true;
  return false;
}

std::optional<Signals::Request> Signals::wait(Millis atMost) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(atMost);
  const timespec timeout{seconds.count(), std::chrono::nanoseconds(atMost - seconds).count()};
  const int signal = sigtimedwait(&set_, nullptr, &timeout);
  if (signal < 0) return std::nullopt;
  return signal == SIGHUP ? Request::Reload : Request::Terminate;
}

}  // namespace parley::host
