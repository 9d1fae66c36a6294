// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <optional>
#include <string>
#include <string_view>

namespace parley::base {

/// What a Gate looks up in the object that a call has brought; nothing when it is absent or null. VALIDATION_FAILED,
/// which names it, when it is no text: left out, it would stand for nobody, or for any session.
std::optional<std::string> textField(const JsonObject& object, std::string_view name);

}  // namespace parley::base
