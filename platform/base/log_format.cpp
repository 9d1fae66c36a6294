// SPDX-License-Identifier: Apache-2.0
#include "base/log_format.h"

#include "base/log.h"

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

/// The length of the valid UTF-8 sequence that `text` starts with (RFC 3629 section 4); 0 when there is none.
std::size_t sequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  const auto follows = [&](std::size_t at) { return at < text.size() && (byte(at) & 0xC0U) == 0x80U; };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (!follows(1)) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) {
    const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = lead == 0xED && byte(1) > 0x9F;
    return !overlong && !surrogate && follows(2) ? 3 : 0;
  }
  if (lead > 0xF4 || (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
  return follows(2) && follows(3) ? 4 : 0;
}

/// Control characters as JSON writes them (RFC 8259 section 7); quote and backslash too when `quoted`.
void putEscaped(spdlog::memory_buf_t& line, std::string_view text, bool quoted) {
  constexpr std::string_view digits = "0123456789abcdef";
  while (!text.empty()) {
    const auto length = sequenceLength(text);
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
