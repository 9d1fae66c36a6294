// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

namespace parley::base {

namespace {
thread_local LogContext* innermost = nullptr;
}

spdlog::logger& log(const std::string& component) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  auto logger = spdlog::get(component);
  if (!logger) {
    logger = spdlog::default_logger()->clone(component);
    spdlog::register_logger(logger);
  }
  return *logger;
}

LogContext::LogContext(std::string requestId) : id_(std::move(requestId)), outer_(innermost) {
  innermost = this;
}

LogContext::~LogContext() {
  innermost = outer_;
}

std::string_view LogContext::current() {
  return innermost == nullptr ? std::string_view{} : innermost->id_;
}

}  // namespace parley::base
