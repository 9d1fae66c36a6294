// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::base {

/// The logger of a component ("net", "http", "storage" …), made on first use with the process's target and level. It
/// lives until the process ends; a hot path keeps the reference. [any thread]
spdlog::logger& log(std::string_view component);

struct LogOptions {
  std::string level = "info";                       ///< trace, debug, info, warn, error, off
  bool json = false;                                ///< one JSON object a line instead of text
  std::string file;                                 ///< empty: standard output
  std::size_t maxFileSize = std::size_t{64} << 20;  ///< a larger file is rotated
  std::size_t maxFiles = 5;                         ///< rotated files to keep
};

/// Applies to all loggers, also those there are; opens the file anew. Throws std::runtime_error when it cannot be
/// opened; nothing has changed then. Without a call: text at level info on standard output. [any thread]
void configureLog(const LogOptions& options);

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
