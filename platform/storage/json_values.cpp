// SPDX-License-Identifier: Apache-2.0
#include "storage/json_values.h"

#include "base/json_text.h"
#include "storage/document_rules.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace parley::storage {

namespace {

int rankOf(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null: return 0;
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_: return 1;
    case boost::json::kind::string: return 2;
    case boost::json::kind::object: return 3;
    case boost::json::kind::array: return 4;
    case boost::json::kind::bool_: return 5;
  }
  return 0;
}

/// Holds every 64-bit integer and every double exactly.
long double numberOf(const Json& value) {
  static_assert(std::numeric_limits<long double>::digits >= 64);
  if (value.is_int64()) return static_cast<long double>(value.get_int64());
  if (value.is_uint64()) return static_cast<long double>(value.get_uint64());
  return value.get_double();
}

bool isLess(const Json& a, const Json& b) {
  if (rankOf(a) != rankOf(b)) return rankOf(a) < rankOf(b);
  if (a.is_number()) return numberOf(a) < numberOf(b);
  if (a.is_string()) return std::string_view(a.get_string()) < std::string_view(b.get_string());
  return a.is_bool() && !a.get_bool() && b.get_bool();
}

}  // namespace

Json sum(const Json* current, const Json& by) {
  if (current == nullptr) return by;
  if (!current->is_number()) throw Error(ErrorCode::ValidationFailed, "only a number can be incremented");
  if (current->is_int64() && by.is_int64()) {
    std::int64_t total = 0;
    if (__builtin_add_overflow(current->get_int64(), by.get_int64(), &total))
      throw Error(ErrorCode::ValidationFailed, "the sum does not fit 64 bits");
    return total;
  }
  const auto total = static_cast<double>(numberOf(*current) + numberOf(by));
  if (!std::isfinite(total)) throw Error(ErrorCode::ValidationFailed, "the sum is not finite");
  return total;
}

Json larger(const Json* current, const Json& candidate) {
  return current == nullptr || isLess(*current, candidate) ? candidate : *current;
}

Json parseStored(std::string_view text, boost::json::storage_ptr storage) {
  boost::json::error_code problem;
  auto value = base::readJson(text, maxParseDepth, problem, std::move(storage));
  if (problem) throw Error(ErrorCode::Internal, "a stored value is not valid JSON");
  return value;
}

}  // namespace parley::storage
