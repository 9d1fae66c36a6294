// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace group_chat {

/// What the conversation tells.
enum class Happening { Joined, CameIn, Left, Removed, Renamed, Announced, AnnouncementGone, NewOwner };

/// The word for it in a message's `system.action`.
std::string_view actionOf(Happening what);

/// The text of a system message. `by` did it, to `whom` (names, joined by the caller); `text` is the new name or
/// announcement.
std::string sentence(Happening what, bool inChinese, const std::string& by, const std::string& whom,
                     const std::string& text);

/// "a, b and 7 others", of `total` of which these are the first.
std::string listOfNames(const std::vector<std::string>& first, std::size_t total, bool inChinese);

}  // namespace group_chat
