// SPDX-License-Identifier: Apache-2.0
#include "host/watchdog.h"

#include "base/log.h"

#include <Poco/Util/Application.h>

#include <cstdlib>
#include <future>
#include <utility>

namespace parley::host {

namespace {

constexpr Millis tellingLimit{100};

}  // namespace

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { watch(); });
}

void Watchdog::ask(std::function<std::string()> whatHolds) {
  const std::lock_guard lock(mutex_);
  whatHolds_ = std::move(whatHolds);
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  if (wake_.wait_for(lock, deadline_, [this] { return done_; })) return;
  lock.unlock();
  std::promise<void> told;
  std::thread([this, &told] {
    tell();
    told.set_value();
  }).detach();
  told.get_future().wait_for(tellingLimit);
  std::_Exit(Poco::Util::Application::EXIT_SOFTWARE);
}

/// May take for ever: whoever is asked may be in the way himself, and nobody may be reading the log.
void Watchdog::tell() {
  const std::lock_guard lock(mutex_);
  const auto held = whatHolds_ ? whatHolds_() : std::string();
  base::log("host").error("shutting down took longer than {} ms; ending the process{}", deadline_.count(),
                          held.empty() ? "" : "; in the way: " + held);
}

}  // namespace parley::host
