// SPDX-License-Identifier: Apache-2.0
#include "host/watchdog.h"

#include "base/log.h"

#include <Poco/Util/Application.h>

#include <cstdlib>

namespace parley::host {

Watchdog::Watchdog(Millis deadline)
    : thread_([this, deadline] {
        std::unique_lock lock(mutex_);
        if (wake_.wait_for(lock, deadline, [this] { return done_; })) return;
        base::log("host").error("shutting down took longer than {} ms; ending the process", deadline.count());
        std::_Exit(Poco::Util::Application::EXIT_SOFTWARE);
      }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

}  // namespace parley::host
