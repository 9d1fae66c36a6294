// SPDX-License-Identifier: Apache-2.0
#include "base/log_format.h"

#include "base/log.h"
#include "base/utf8.h"

#include <parley/time.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace parley::base {

namespace {

void put(spdlog::memory_buf_t& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

std::string_view levelName(spdlog::level::level_enum level) {
  constexpr std::array<std::string_view, 7> names{"trace", "debug", "info", "warn", "error", "critical", "off"};
  return names.at(static_cast<std::size_t>(level));
}

std::string timeOf(const spdlog::details::log_msg& message) {
  return toIso8601(std::chrono::time_point_cast<Millis>(message.time));
}

/// Control characters as JSON writes them (RFC 8259 section 7); quote and backslash too when `quoted`.
void putEscaped(spdlog::memory_buf_t& line, std::string_view text, bool quoted) {
  constexpr std::string_view digits = "0123456789abcdef";
  while (!text.empty()) {
    const auto length = characterLength(text);
    const auto byte = static_cast<std::uint8_t>(text.front());
    if (length == 0) {
      put(line, "\xEF\xBF\xBD");
    } else if (byte == '\n') {
      put(line, "\\n");
    } else if (byte < 0x20 || byte == 0x7F) {
      put(line, "\\u00");
      line.push_back(digits[byte >> 4U]);
      line.push_back(digits[byte & 15U]);
    } else if (quoted && (byte == '"' || byte == '\\')) {
      line.push_back('\\');
      line.push_back(text.front());
    } else {
      put(line, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

void putMember(spdlog::memory_buf_t& line, std::string_view name, std::string_view value) {
  put(line, line.size() == 0 ? "{\"" : ",\"");
  put(line, name);
  put(line, "\":\"");
  putEscaped(line, value, true);
  line.push_back('"');
}

std::string_view viewOf(spdlog::string_view_t text) {
  return {text.data(), text.size()};
}

}  // namespace

void JsonLogFormatter::format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) {
  putMember(line, "time", timeOf(message));
  putMember(line, "level", levelName(message.level));
  putMember(line, "component", viewOf(message.logger_name));
  if (const auto request = LogContext::current(); !request.empty()) putMember(line, "request", request);
  putMember(line, "text", viewOf(message.payload));
  put(line, "}\n");
}

void TextLogFormatter::format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) {
  put(line, timeOf(message));
  line.push_back(' ');
  put(line, levelName(message.level));
  line.push_back(' ');
  put(line, viewOf(message.logger_name));
  line.push_back(' ');
  if (const auto request = LogContext::current(); !request.empty()) {
    line.push_back('[');
    putEscaped(line, request, false);
    put(line, "] ");
  }
  putEscaped(line, viewOf(message.payload), false);
  line.push_back('\n');
}

}  // namespace parley::base
