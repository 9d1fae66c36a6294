// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/sql.h"

#include <parley/store.h>

#include <string>
#include <string_view>

namespace parley::storage::sqlite {

/// The expression for a field: `json_extract(doc,'$.x')`, or the column `id` for `_id`. Indexes use the very same
/// text, since the planner matches an index on an expression by its spelling. Throws for an invalid path.
std::string fieldSql(std::string_view path);

/// `'$.x'`. Throws for an invalid path.
std::string pathSql(std::string_view path);

/// The condition as an SQL expression that is true, false or NULL, where NULL means false.
/// VALIDATION_FAILED for an invalid path, a value that cannot be compared, or a filter beyond the limits.
Sql filterSql(const Filter& filter);

}  // namespace parley::storage::sqlite
