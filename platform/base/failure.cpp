// SPDX-License-Identifier: Apache-2.0
#include "base/failure.h"

#include "base/utf8.h"

#include <utility>

namespace parley::base {

namespace {

const Texts& textsOf(const Locale& locale) {
  static const Texts builtIn;
  return locale.texts == nullptr ? builtIn : *locale.texts;
}

std::string mended(std::string text) {
  mendUtf8(text);
  return text;
}

}  // namespace

Locale chooseLocale(std::string_view acceptLanguage, const Locale& fallback) {
  auto name = textsOf(fallback).choose(acceptLanguage);
  if (name.empty()) name = fallback.name;
  return {std::move(name), fallback.texts};
}

JsonObject failure(const Error& error, const Locale& locale) {
  JsonObject failure{{"success", false},
                     {"message", mended(textsOf(locale).of(error, locale.name))},
                     {"error", mended(error.detail())},
                     {"code", codeName(error.code())}};
  if (error.retryAfter() > 0) failure["retryAfter"] = error.retryAfter();
  return failure;
}

}  // namespace parley::base
