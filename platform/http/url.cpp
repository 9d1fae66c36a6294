// SPDX-License-Identifier: Apache-2.0
#include "http/url.h"

#include "base/utf8.h"

#include <algorithm>

namespace parley::http {

namespace {

int hexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Calls `each(name, value)` for each of `a=1&b=2`, as they are written.
template <typename Each>
void forEachParam(std::string_view query, const Each& each) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto item = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (item.empty()) continue;
    const auto equals = item.find('=');
    each(item.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1));
  }
}

std::string decoded(std::string_view text) {
  return percentDecode(text, true).value_or(std::string(text));
}

}  // namespace

std::optional<std::string> percentDecode(std::string_view text, bool plusIsSpace) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plusIsSpace) {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (text.size() - i < 3 || hexValue(text[i + 1]) < 0 || hexValue(text[i + 2]) < 0) return std::nullopt;
      decoded += static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2]));
      i += 2;
    }
  }
  return decoded;
}

std::optional<std::string> decodePath(std::string_view path) {
  auto decoded = percentDecode(path);
  if (!decoded) return decoded;
  const bool control =
      std::any_of(decoded->begin(), decoded->end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (control || !base::isUtf8(*decoded)) return std::nullopt;
  return decoded;
}

std::vector<std::pair<std::string, std::string>> parseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> params;
  forEachParam(query, [&params](auto name, auto value) { params.emplace_back(decoded(name), decoded(value)); });
  return params;
}

std::optional<std::string> findInQuery(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  forEachParam(query, [&](auto written, auto value) {
    if (decoded(written) == name) found = decoded(value);
  });
  return found;
}

}  // namespace parley::http
