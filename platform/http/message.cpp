// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include "http/text.h"
#include "http/url.h"

#include <algorithm>

namespace parley::http {

namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

bool equalsNoCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string lowerCase(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view nextItem(std::string_view& list) {
  const auto comma = list.find(',');
  const auto item = trimmed(list.substr(0, comma));
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
  return item;
}

void Headers::set(std::string_view name, std::string value) {
  const auto first = std::find_if(fields_.begin(), fields_.end(),
                                  [name](const auto& field) { return equalsNoCase(field.first, name); });
  if (first == fields_.end()) return add(std::string(name), std::move(value));
  first->second = std::move(value);
  fields_.erase(
      std::remove_if(first + 1, fields_.end(), [name](const auto& field) { return equalsNoCase(field.first, name); }),
      fields_.end());
}

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [key, value] : fields_)
    if (equalsNoCase(key, name)) return value;
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [name](const auto& field) { return equalsNoCase(field.first, name); });
}

bool Headers::hasToken(std::string_view name, std::string_view token) const {
  for (const auto& [key, value] : fields_) {
    if (!equalsNoCase(key, name)) continue;
    std::string_view list = value;
    while (!list.empty())
      if (equalsNoCase(nextItem(list), token)) return true;
  }
  return false;
}

std::vector<std::pair<std::string, std::string>> Request::queryParams() const {
  return parseQuery(query);
}

std::optional<std::string> Request::queryParam(std::string_view name) const {
  return findInQuery(query, name);
}

}  // namespace parley::http
