// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/fields.h>
#include <parley/http.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

/// Which part of a list a client asks for.
struct Paging {
  std::int64_t page = 1;
  std::int64_t limit = 0;

  static constexpr std::int64_t maxPage = 1'000'000'000;
  static constexpr std::int64_t maxLimit = 100;
};

/// A whole number from the query; nothing when it is absent. VALIDATION_FAILED, naming it, for anything else.
inline std::optional<std::int64_t> queryInteger(const HttpCall& call, std::string_view name, std::int64_t min,
                                                std::int64_t max) {
  const auto text = call.queryParam(name);
  if (!text) return std::nullopt;
  std::int64_t number = 0;
  const auto* end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc::invalid_argument || stopped != end) Fields::fail(name, "must be an integer");
  if (error != std::errc() || number < min || number > max)
    Fields::fail(name, "must be from " + std::to_string(min) + " to " + std::to_string(max));
  return number;
}

/// `?page&limit`, each with its default.
inline Paging pagingOf(const HttpCall& call, std::int64_t defaultLimit) {
  return {queryInteger(call, "page", 1, Paging::maxPage).value_or(1),
          queryInteger(call, "limit", 1, Paging::maxLimit).value_or(defaultLimit)};
}

/// The same from an event's object.
inline Paging pagingOf(const Fields& fields, std::int64_t defaultLimit) {
  return {fields.optionalInteger("page", 1, Paging::maxPage).value_or(1),
          fields.optionalInteger("limit", 1, Paging::maxLimit).value_or(defaultLimit)};
}

}  // namespace parley
