// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/formatter.h>

#include <memory>

namespace parley::base {

/// `{"time":…,"level":…,"component":…,"request":…,"text":…}`, one object a line; `request` only inside a LogContext.
/// Bytes that are not UTF-8 become U+FFFD, so that every line is valid JSON.
class JsonLogFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override;
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonLogFormatter>(); }
};

/// `time level component [request] text`. Control characters in the text are escaped: what a client sent cannot forge a
/// line or talk to the terminal.
class TextLogFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override;
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<TextLogFormatter>(); }
};

}  // namespace parley::base
