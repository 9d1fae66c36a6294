// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <parley/error.h>

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

using namespace parley;

namespace accounts {

namespace {

constexpr std::size_t mostCodePoints = 64;

[[noreturn]] void refuse() {
  throw Error(ErrorCode::ValidationFailed,
              "username must have 1 to 64 characters, no control characters, and no space at its ends",
              {"accounts.name"});
}

const utf8proc_uint8_t* bytesOf(const std::string& text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

bool isSpace(utf8proc_int32_t codePoint) {
  const auto category = utf8proc_category(codePoint);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

void checkRules(const std::string& username) {
  std::size_t count = 0;
  bool spaceBefore = true;
  for (utf8proc_ssize_t at = 0; at < static_cast<utf8proc_ssize_t>(username.size()); ++count) {
    utf8proc_int32_t codePoint = 0;
    const auto size =
        utf8proc_iterate(bytesOf(username) + at, static_cast<utf8proc_ssize_t>(username.size()) - at, &codePoint);
    if (size <= 0 || utf8proc_category(codePoint) == UTF8PROC_CATEGORY_CC) refuse();
    if (count == 0 && isSpace(codePoint)) refuse();
    spaceBefore = isSpace(codePoint);
    at += size;
  }
  if (count == 0 || count > mostCodePoints || spaceBefore) refuse();
}

}  // namespace

std::string nameKey(const std::string& username) {
  checkRules(username);
  constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                          UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(bytesOf(username), static_cast<utf8proc_ssize_t>(username.size()), &mapped, options);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> held(mapped, &std::free);
  if (size <= 0) refuse();
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

}  // namespace accounts
