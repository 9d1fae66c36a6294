// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/json.h>

#include <string>
#include <string_view>

namespace parley::base {

/// The locales that failure messages exist in.
inline constexpr std::string_view defaultLocale = "zh-CN";

/// The best locale for an Accept-Language value (RFC 9110 section 12.5.4) among those there are; `fallback` when none
/// fits.
std::string chooseLocale(std::string_view acceptLanguage, std::string_view fallback = defaultLocale);

/// `{"success": false, "message": …, "error": …, "code": …}`; the message in `locale`.
JsonObject failure(const Error& error, std::string_view locale);

}  // namespace parley::base
