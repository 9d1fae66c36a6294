// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/sql.h"

#include <parley/store.h>

#include <string>
#include <string_view>

/// Whole statements over one collection. Pure; all throw VALIDATION_FAILED for what they cannot express.
namespace parley::storage::sqlite {

std::string tableSql(std::string_view collection);
/// Made unique in the database by the collection's name.
std::string indexNameSql(std::string_view collection, std::string_view index);
std::string createTableSql(std::string_view collection);
std::string createIndexSql(std::string_view collection, const IndexSpec& index);

/// Rows of one column, the document.
Sql selectSql(std::string_view collection, const Filter& filter, const FindOptions& options);
Sql countSql(std::string_view collection, const Filter& filter);
/// Rows of the value as JSON text (NULL where the field is missing) and the number.
Sql groupCountSql(std::string_view collection, const Filter& filter, std::string_view field);

Sql insertSql(std::string_view collection, const Document& document);

enum class Reach { One, Many };
Sql updateRowsSql(std::string_view collection, const Filter& filter, const Update& update, Reach reach);
/// As updateRowsSql of one row; a row of the changed document when there was one.
Sql updateReturningSql(std::string_view collection, const Filter& filter, const Update& update);
Sql removeSql(std::string_view collection, const Filter& filter, Reach reach);

}  // namespace parley::storage::sqlite
