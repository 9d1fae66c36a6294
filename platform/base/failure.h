// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/texts.h"

#include <parley/error.h>
#include <parley/json.h>

#include <string>
#include <string_view>

namespace parley::base {

/// The language that somebody is answered in.
struct Locale {
  std::string name = "zh-CN";
  const Texts* texts = nullptr;  ///< null: only what is built in; else it outlives this
};

/// The best locale for an Accept-Language value; `fallback` when none fits.
Locale chooseLocale(std::string_view acceptLanguage, const Locale& fallback = {});

/// `{"success": false, "message": …, "error": …, "code": …, "retryAfter": n?}`; the message in `locale`.
JsonObject failure(const Error& error, const Locale& locale);

}  // namespace parley::base
