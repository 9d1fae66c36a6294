// SPDX-License-Identifier: Apache-2.0
#include "http_text.h"

#include "utf8.h"

#include <algorithm>

namespace file_transfer {

namespace {

constexpr std::size_t maxNameBytes = 255;
constexpr std::string_view hexDigits = "0123456789ABCDEF";
constexpr std::string_view base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool isAlphaNumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Control characters, and those that turn the direction of writing: they make names look like others.
bool isUnwanted(std::string_view character) {
  const auto c = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return c < 0x20 || c == 0x7F;
  if (character.size() == 2) return c == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  const bool marks = character.starts_with("\xE2\x80") && character[2] >= '\x8E' && character[2] <= '\x8F';
  const bool embeds = character.starts_with("\xE2\x80") && character[2] >= '\xA8' && character[2] <= '\xAE';
  const bool isolates = character.starts_with("\xE2\x81") && character[2] >= '\xA6' && character[2] <= '\xA9';
  return marks || embeds || isolates;
}

/// Takes a quoted string or a token from the front.
std::optional<std::string> takeValue(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const auto end = std::min(text.find(';'), text.size());
    value = trimmed(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    // Browsers escape nothing but the quote, so that a backslash before anything else is one (of a path).
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\')) ++i;
    value += text[i];
  }
  return std::nullopt;
}

}  // namespace

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<Parameters> parseParameters(std::string_view field) {
  Parameters result;
  const auto end = std::min(field.find(';'), field.size());
  result.first = lowerCase(trimmed(field.substr(0, end)));
  field.remove_prefix(end);
  while (!field.empty()) {
    field = trimmed(field.substr(1));
    if (field.empty()) break;
    const auto equals = field.find('=');
    if (equals == std::string_view::npos || equals == 0) return std::nullopt;
    auto name = lowerCase(trimmed(field.substr(0, equals)));
    field = trimmed(field.substr(equals + 1));
    auto value = takeValue(field);
    if (!value) return std::nullopt;
    result.second.emplace_back(std::move(name), *std::move(value));
    field = trimmed(field);
    if (!field.empty() && field.front() != ';') return std::nullopt;
  }
  return result;
}

std::optional<std::string> decodeExtended(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
  if (second == std::string_view::npos || lowerCase(text.substr(0, first)) != "utf-8") return std::nullopt;
  std::string decoded;
  for (auto rest = text.substr(second + 1); !rest.empty();) {
    if (rest[0] != '%') {
      decoded += rest[0];
      rest.remove_prefix(1);
      continue;
    }
    if (rest.size() < 3 || hexValue(rest[1]) < 0 || hexValue(rest[2]) < 0) return std::nullopt;
    decoded += static_cast<char>(hexValue(rest[1]) * 16 + hexValue(rest[2]));
    rest.remove_prefix(3);
  }
  return decoded;
}

std::string cleanName(std::string_view name) {
  if (const auto slash = name.find_last_of("/\\"); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  std::string clean;
  while (!name.empty()) {
    const auto size = characterSize(name);
    const auto character = name.substr(0, std::max<std::size_t>(size, 1));
    name.remove_prefix(character.size());
    const bool bad = size == 0;
    if (!bad && isUnwanted(character)) continue;
    if (clean.size() + character.size() > maxNameBytes) break;
    clean += bad ? std::string_view("_") : character;
  }
  clean = trimmed(clean);
  return clean.empty() || clean == "." || clean == ".." ? "file" : clean;
}

std::string contentDisposition(bool asAttachment, std::string_view fileName) {
  std::string ascii;
  std::string extended;
  bool same = true;
  for (const char c : fileName) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '%';
    if (plain)
      ascii += c;
    else if (byte < 0x80 || byte >= 0xC0)
      ascii += '_';  // one for each character
    same = same && plain;
    if (isAlphaNumeric(c) || std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos) {
      extended += c;
    } else {
      extended += '%';
      extended += hexDigits[byte >> 4U];
      extended += hexDigits[byte & 15U];
    }
  }
  std::string field = asAttachment ? "attachment" : "inline";
  field += "; filename=\"" + ascii + "\"";
  if (!same) field += "; filename*=UTF-8''" + extended;
  return field;
}

RangeKind parseRange(std::string_view field, std::uint64_t size, ByteRange& range) {
  constexpr std::string_view unit = "bytes=";
  if (lowerCase(field.substr(0, unit.size())) != unit) return RangeKind::Whole;
  const auto spec = trimmed(field.substr(unit.size()));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return RangeKind::Whole;
  const auto from = parseNumber(spec.substr(0, dash));
  const auto to = parseNumber(spec.substr(dash + 1));
  if ((!from && dash > 0) || (!to && dash + 1 < spec.size())) return RangeKind::Whole;
  if (!from) {
    if (!to) return RangeKind::Whole;
    range.length = std::min(*to, size);
    range.first = size - range.length;
    return range.length == 0 ? RangeKind::Unsatisfiable : RangeKind::Part;
  }
  if (to && *to < *from) return RangeKind::Whole;
  if (*from >= size) return RangeKind::Unsatisfiable;
  range.first = *from;
  range.length = std::min(to ? *to : size - 1, size - 1) - *from + 1;
  return RangeKind::Part;
}

bool namesTag(std::string_view list, std::string_view tag) {
  if (trimmed(list) == "*") return true;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());  // our tags have none
    auto item = trimmed(list.substr(0, comma));
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

std::optional<std::string> decodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool isPadding = i >= text.size() - padding;
    const auto digit = isPadding ? 0 : base64Digits.find(text[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    if (i % 4 != 3) continue;
    for (const unsigned shift : {16U, 8U, 0U}) bytes += static_cast<char>((bits >> shift) & 0xFFU);
    bits = 0;
  }
  bytes.resize(bytes.size() - padding);
  return bytes;
}

std::string base64Url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  unsigned count = 0;
  const auto put = [&](unsigned digit) {
    const char c = base64Digits[digit & 63U];
    text += c == '+' ? '-' : c == '/' ? '_' : c;
  };
  for (const char c : bytes) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6) put(bits >> (count - 6));
  }
  if (count > 0) put(bits << (6 - count));
  return text;
}

std::optional<std::map<std::string, std::string, std::less<>>> parseMetadata(std::string_view field) {
  std::map<std::string, std::string, std::less<>> metadata;
  while (!trimmed(field).empty()) {
    const auto comma = std::min(field.find(','), field.size());
    const auto pair = trimmed(field.substr(0, comma));
    field.remove_prefix(std::min(comma + 1, field.size()));
    const auto space = std::min(pair.find(' '), pair.size());
    auto value = decodeBase64(trimmed(pair.substr(space)));
    if (space == 0 || !value) return std::nullopt;
    if (!metadata.emplace(std::string(pair.substr(0, space)), *std::move(value)).second) return std::nullopt;
  }
  return metadata;
}

std::optional<std::uint64_t> parseNumber(std::string_view text) {
  constexpr std::size_t maxDigits = 18;
  if (text.empty() || text.size() > maxDigits) return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

}  // namespace file_transfer
