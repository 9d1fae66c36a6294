// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/functions.h"

#include "storage/json_values.h"

#include <sqlite3.h>

#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace parley::storage::sqlite {

namespace {

std::string_view textOfValue(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text == nullptr ? std::string_view{}
                         : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

void refuse(sqlite3_context* context, std::string_view detail) {
  sqlite3_result_error(context, detail.data(), static_cast<int>(detail.size()));
  sqlite3_result_error_code(context, SQLITE_MISMATCH);
}

using Combine = Json (*)(const Json*, const Json&);

template <Combine combine>
void combined(sqlite3_context* context, int, sqlite3_value** arguments) {
  try {
    std::optional<Json> current;
    if (sqlite3_value_type(arguments[0]) != SQLITE_NULL) current = parseStored(textOfValue(arguments[0]));
    const auto result =
        boost::json::serialize(combine(current ? &*current : nullptr, parseStored(textOfValue(arguments[1]))));
    sqlite3_result_text64(context, result.data(), result.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } catch (const std::exception& error) {
    refuse(context, error.what());
  }
}

void within(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) != SQLITE_NULL && textOfValue(arguments[0]) != "object")
    return refuse(context, "only an object has members to change");
  sqlite3_result_value(context, arguments[1]);
}

}  // namespace

bool addFunctions(sqlite3* database) {
  const auto add = [&](const char* name, auto* function) {
    return sqlite3_create_function_v2(database, name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                      nullptr, function, nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  return add("parley_sum", &combined<sum>) && add("parley_larger", &combined<larger>) && add("parley_within", &within);
}

}  // namespace parley::storage::sqlite
