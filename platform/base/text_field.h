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

/// Whether a text in UTF-8 is one line as it stands there: without control characters, line and paragraph separators,
/// and what turns the direction of writing, by which a name looks like another or breaks out of its place. Marks that
/// names in Arabic and Hebrew need (U+200E, U+200F) are none of these. [any thread]
bool isPlainLine(std::string_view text);

}  // namespace parley::base
