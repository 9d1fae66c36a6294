// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <string>
#include <string_view>

namespace parley::base {

/// The logger of a component ("net", "http", "storage" …), made on first use with the process's sinks and level.
/// [any thread]
spdlog::logger& log(const std::string& component);

/// While it lives, every log line of this thread carries the request id. Contexts nest.
class LogContext {
 public:
  explicit LogContext(std::string requestId);
  ~LogContext();
  LogContext(const LogContext&) = delete;
  LogContext& operator=(const LogContext&) = delete;

  /// The id of the innermost context of this thread; empty outside of any. Valid until that context ends.
  static std::string_view current();

 private:
  std::string id_;
  LogContext* outer_;
};

}  // namespace parley::base
