// SPDX-License-Identifier: Apache-2.0
#include "host/signals.h"

#include <pthread.h>

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

Signals::Request Signals::wait() const {
  int signal = 0;
  while (sigwait(&set_, &signal) != 0) {
  }
  return signal == SIGHUP ? Request::Reload : Request::Terminate;
}

}  // namespace parley::host
