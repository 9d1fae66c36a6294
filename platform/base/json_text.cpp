// SPDX-License-Identifier: Apache-2.0
#include "base/json_text.h"

#include "base/utf8.h"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

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

/// Makes a value of what the parser finds.
struct ValueMaker {
  static constexpr auto max_object_size = JsonObject::max_size();
  static constexpr auto max_array_size = JsonArray::max_size();
  static constexpr auto max_key_size = boost::json::string::max_size();
  static constexpr auto max_string_size = boost::json::string::max_size();
  using Text = boost::json::string_view;
  using Problem = boost::system::error_code;

  explicit ValueMaker(boost::json::storage_ptr storage) { values.reset(std::move(storage)); }
  ValueMaker(const ValueMaker&) = delete;
  ValueMaker& operator=(const ValueMaker&) = delete;

  bool on_document_begin(Problem&) { return true; }
  bool on_document_end(Problem&) { return true; }
  bool on_object_begin(Problem&) { return true; }
  bool on_object_end(std::size_t members, Problem&) { return values.push_object(members), true; }
  bool on_array_begin(Problem&) { return true; }
  bool on_array_end(std::size_t items, Problem&) { return values.push_array(items), true; }
  bool on_key_part(Text part, std::size_t, Problem&) { return values.push_chars(part), true; }
  bool on_key(Text last, std::size_t, Problem&) { return values.push_key(last), true; }
  bool on_string_part(Text part, std::size_t, Problem&) { return values.push_chars(part), true; }
  bool on_string(Text last, std::size_t, Problem&) { return values.push_string(last), true; }
  bool on_number_part(Text, Problem&) { return true; }
  bool on_int64(std::int64_t number, Text, Problem&) { return values.push_int64(number), true; }
  bool on_uint64(std::uint64_t number, Text, Problem&) { return values.push_uint64(number), true; }
  /// `text` is all of it, since the parser has the whole document at once.
  bool on_double(double number, Text text, Problem& problem) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec == std::errc::result_out_of_range && std::abs(number) > 1) {
      problem = boost::system::errc::make_error_code(boost::system::errc::result_out_of_range);
      return false;
    }
    return values.push_double(number), true;
  }
  bool on_bool(bool value, Problem&) { return values.push_bool(value), true; }
  bool on_null(Problem&) { return values.push_null(), true; }
  bool on_comment_part(Text, Problem&) { return true; }
  bool on_comment(Text, Problem&) { return true; }

  std::array<unsigned char, BOOST_JSON_STACK_BUFFER_SIZE> room;  ///< enough for most texts
  boost::json::value_stack values{{}, room.data(), room.size()};
};

bool mendNumbers(std::string& text) {
  constexpr std::array<std::string_view, 3> words = {"NaN", "Infinity", "-Infinity"};
  if (text.find(words[0]) == std::string::npos && text.find(words[1]) == std::string::npos) return false;
  const std::string_view all = text;
  std::string mended;
  bool inString = false;
  for (std::size_t at = 0; at < all.size();) {
    const auto rest = all.substr(at);
    const auto word = std::find_if(words.begin(), words.end(), [rest](auto name) { return rest.starts_with(name); });
    if (!inString && word != words.end()) {
      mended += "null";
      at += word->size();
      continue;
    }
    if (rest.front() == '"') inString = !inString;
    const std::size_t length = inString && rest.front() == '\\' ? 2 : 1;
    mended += rest.substr(0, length);
    at += length;
  }
  if (mended == text) return false;
  text = std::move(mended);
  return true;
}

}  // namespace

Json readJson(std::string_view text, std::size_t maxDepth, boost::system::error_code& error,
              boost::json::storage_ptr storage) {
  boost::json::parse_options options;
  options.max_depth = maxDepth;
  boost::json::basic_parser<ValueMaker> parser(options, std::move(storage));
  const auto read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size()) error = boost::json::error::extra_data;
  return error ? Json() : parser.handler().values.release();
}

Result<Json> parseJson(std::string_view text, std::size_t maxDepth) {
  boost::system::error_code error;
  auto value = readJson(text, maxDepth, error);
  if (error) {
    const auto repaired = withoutLoneSurrogates(text);
    if (repaired != text) value = readJson(repaired, maxDepth, error);
  }
  if (error == boost::system::errc::result_out_of_range)
    return Error(ErrorCode::ValidationFailed, "a number is too large");
  if (error) return Error(ErrorCode::ValidationFailed, error.message());
  return value;
}

bool mendJson(std::string& text) {
  const bool hadBytes = mendUtf8(text);
  return mendNumbers(text) || hadBytes;
}

}  // namespace parley::base
