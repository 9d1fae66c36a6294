// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/functions.h"

#include "storage/document_update.h"
#include "storage/json_values.h"
#include "storage/json_walk.h"

#include <sqlite3.h>

#include <array>
#include <exception>
#include <string_view>

namespace parley::storage::sqlite {

namespace {

constexpr std::size_t usualDocument = 8192;  ///< bytes that the values of one take

std::string_view textOfValue(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  return text == nullptr ? std::string_view{}
                         : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

void refuse(sqlite3_context* context, std::string_view detail) {
  sqlite3_result_error(context, detail.data(), static_cast<int>(detail.size()));
  sqlite3_result_error_code(context, SQLITE_MISMATCH);
}

void updated(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto* update = static_cast<const Update*>(sqlite3_value_pointer(arguments[1], updatePointer));
  if (update == nullptr) return refuse(context, "there is no update");
  try {
    std::array<unsigned char, usualDocument> space;
    boost::json::monotonic_resource resource(space.data(), space.size());
    auto document = parseStored(textOfValue(arguments[0]), &resource);
    applyUpdate(document.as_object(), *update);
    const auto text = boost::json::serialize(document);
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } catch (const std::exception& error) {
    refuse(context, error.what());
  }
}

void type(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto word = jsonType(textOfValue(arguments[0]), textOfValue(arguments[1]));
  if (word.empty()) return sqlite3_result_null(context);
  sqlite3_result_text(context, word.data(), static_cast<int>(word.size()), SQLITE_STATIC);
}

}  // namespace

bool addFunctions(sqlite3* database) {
  const auto add = [database](const char* name, auto* function, int flags) {
    return sqlite3_create_function_v2(database, name, 2, SQLITE_UTF8 | SQLITE_DIRECTONLY | flags, nullptr, function,
                                      nullptr, nullptr, nullptr) == SQLITE_OK;
  };
  return add("parley_updated", &updated, 0) && add("parley_type", &type, SQLITE_DETERMINISTIC);
}

}  // namespace parley::storage::sqlite
