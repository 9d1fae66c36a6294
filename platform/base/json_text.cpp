// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace parley::base {

namespace {

/// The code unit of a \uXXXX escape at `at`; nothing when there is none.
std::optional<unsigned> escapedUnit(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  const char* end = text.data() + at + 6;
  if (std::from_chars(text.data() + at + 2, end, unit, 16).ptr != end) return std::nullopt;
  return unit;
}

bool isLeading(unsigned unit) {
  return unit >= 0xD800 && unit <= 0xDBFF;
}

bool isTrailing(unsigned unit) {
  return unit >= 0xDC00 && unit <= 0xDFFF;
}

std::string withoutLoneSurrogates(std::string_view text) {
  std::string repaired(text);
  for (std::size_t i = 0; i + 1 < repaired.size();) {
    if (repaired[i] != '\\') {
      ++i;
      continue;
    }
    const auto unit = escapedUnit(repaired, i);
    if (!unit) {
      i += 2;
      continue;
    }
    const bool pair = isLeading(*unit) && isTrailing(escapedUnit(repaired, i + 6).value_or(0));
    if (!pair && (isLeading(*unit) || isTrailing(*unit))) repaired.replace(i + 2, 4, "fffd");
    i += pair ? 12 : 6;
  }
  return repaired;
}

/// Boost reads 1e999 as infinity, which JSON cannot say and stores cannot keep.
bool isFinite(const Json& value) {
  if (value.is_double()) return std::isfinite(value.get_double());
  if (value.is_array()) {
    const auto& items = value.get_array();
    return std::all_of(items.begin(), items.end(), [](const Json& item) { return isFinite(item); });
  }
  if (!value.is_object()) return true;
  const auto& members = value.get_object();
  return std::all_of(members.begin(), members.end(), [](const auto& member) { return isFinite(member.value()); });
}

}  // namespace

Result<Json> parseJson(std::string_view text, std::size_t maxDepth) {
  boost::json::parse_options options;
  options.max_depth = maxDepth;
  boost::system::error_code error;
  auto value = boost::json::parse(text, error, {}, options);
  if (error) {
    const auto repaired = withoutLoneSurrogates(text);
    if (repaired != text) value = boost::json::parse(repaired, error, {}, options);
  }
  if (error) return Error(ErrorCode::ValidationFailed, error.message());
  if (!isFinite(value)) return Error(ErrorCode::ValidationFailed, "a number is too large");
  return value;
}

}  // namespace parley::base
