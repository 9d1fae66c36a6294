// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/member_names.h"

namespace parley::storage::mongodb {

namespace {

constexpr std::string_view dot = "\uFF0E";
constexpr std::string_view dollar = "\uFF04";
constexpr std::string_view mark = "\uFF3C";
constexpr std::string_view commonStart = "\xEF\xBC";  // of all three in UTF-8

bool isSpecial(std::string_view text) {
  return text.starts_with(dot) || text.starts_with(dollar) || text.starts_with(mark);
}

}  // namespace

std::string storedName(std::string_view name) {
  if (name.empty()) return std::string(mark);
  if (name.front() != '$' && name.find('.') == std::string_view::npos &&
      name.find(commonStart) == std::string_view::npos)
    return std::string(name);
  std::string stored;
  for (std::size_t at = 0; at < name.size();) {
    const auto rest = name.substr(at);
    if (isSpecial(rest)) {
      stored.append(mark).append(rest.substr(0, mark.size()));
      at += mark.size();
      continue;
    }
    if (rest.front() == '.')
      stored.append(dot);
    else if (rest.front() == '$' && at == 0)
      stored.append(dollar);
    else
      stored += rest.front();
    ++at;
  }
  return stored;
}

std::string shownName(std::string_view stored) {
  if (stored.find(commonStart) == std::string_view::npos) return std::string(stored);
  if (stored == mark) return {};
  std::string name;
  for (std::size_t at = 0; at < stored.size();) {
    const auto rest = stored.substr(at);
    if (rest.starts_with(mark) && isSpecial(rest.substr(mark.size()))) {
      name.append(rest.substr(mark.size(), mark.size()));
      at += 2 * mark.size();
    } else if (rest.starts_with(dot) || (rest.starts_with(dollar) && at == 0)) {
      name += rest.starts_with(dot) ? '.' : '$';
      at += mark.size();
    } else {
      name += rest.front();
      ++at;
    }
  }
  return name;
}

}  // namespace parley::storage::mongodb
