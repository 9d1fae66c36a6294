// SPDX-License-Identifier: Apache-2.0
#include "base/text_field.h"

#include <parley/fields.h>

namespace parley::base {

std::optional<std::string> textField(const JsonObject& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member == nullptr || member->is_null()) return std::nullopt;
  if (!member->is_string()) Fields::fail(name, "must be a string");
  return std::string(member->get_string());
}

}  // namespace parley::base
