// SPDX-License-Identifier: Apache-2.0
#include "base/text_field.h"

#include <parley/fields.h>

#include <cstddef>

namespace parley::base {

namespace {

bool beginsPlainly(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  if (at(0) < 0x20 || at(0) == 0x7F) return false;
  if (at(0) == 0xC2) return at(1) < 0x80 || at(1) > 0x9F;
  if (at(0) != 0xE2) return true;
  const bool breaksOrEmbeds = at(1) == 0x80 && at(2) >= 0xA8 && at(2) <= 0xAE;  // U+2028 to U+202E
  const bool isolates = at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9;        // U+2066 to U+2069
  return !breaksOrEmbeds && !isolates;
}

}  // namespace

std::optional<std::string> textField(const JsonObject& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member == nullptr || member->is_null()) return std::nullopt;
  if (!member->is_string()) Fields::fail(name, "must be a string");
  return std::string(member->get_string());
}

bool isPlainLine(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!beginsPlainly(text.substr(i))) return false;
  return true;
}

}  // namespace parley::base
