// SPDX-License-Identifier: Apache-2.0
#pragma once

struct sqlite3;

namespace parley::storage::sqlite {

/// Adds the functions that update_sql.h uses to a connection; false when SQLite refuses:
///
///     parley_sum(current, by)         both JSON text, current NULL when missing; gives JSON text
///     parley_larger(current, other)   likewise
///     parley_within(type, value)      value, when `type` is 'object' or NULL
///
/// What they refuse is SQLITE_MISMATCH with a message for the caller.
bool addFunctions(sqlite3* database);

}  // namespace parley::storage::sqlite
