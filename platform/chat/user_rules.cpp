// SPDX-License-Identifier: Apache-2.0
#include "chat/user_rules.h"

#include "base/text_field.h"

#include <parley/fields.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace parley::chat {

namespace {

void checkLine(std::string_view name, const std::string& text) {
  if (!base::isPlainLine(text))
    Fields::fail(name, "must not contain control characters, line breaks or what turns the direction of writing");
}

/// Any name, in any language, as the integrator's own system has it.
void checkRole(const std::string& role) {
  if (role.size() > 64 || !base::isPlainLine(role))
    Fields::fail("role", "must be at most 64 bytes without control characters");
}

/// What browsers take for the scheme of a URL (RFC 3986, section 3.1), in lower case: they skip spaces before it. Empty
/// when there is none.
std::string schemeOf(std::string_view url) {
  url.remove_prefix(std::min(url.find_first_not_of(' '), url.size()));
  std::string scheme;
  for (char c : url) {
    if (c == ':') return scheme;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool isLetter = c >= 'a' && c <= 'z';
    const bool isFurther = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    if (!isLetter && (scheme.empty() || !isFurther)) break;
    scheme += c;
  }
  return {};
}

/// Clients load it, so it is no script. A text that is no URL is let through: clients of the standard API send some.
void checkAvatar(const std::string& avatar) {
  checkLine("avatar", avatar);
  const auto scheme = schemeOf(avatar);
  if (!scheme.empty() && scheme != "http" && scheme != "https")
    Fields::fail("avatar", "must have no other scheme than http or https");
}

}  // namespace

void checkProfile(const User& user) {
  checkLine("username", user.username);
  checkLine("realName", user.realName);
  checkAvatar(user.avatar);
  checkRole(user.role);
}

}  // namespace parley::chat
