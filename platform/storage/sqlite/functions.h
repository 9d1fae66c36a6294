// SPDX-License-Identifier: Apache-2.0
#pragma once

struct sqlite3;

namespace parley::storage::sqlite {

/// What Connection binds an Update as, for sqlite3_bind_pointer.
inline constexpr const char* updatePointer = "parley::Update";

/// Adds to a connection what statement_sql.h uses; false when SQLite refuses:
///
///     parley_updated(doc, update)   `doc` after applyUpdate, with a pointer to an Update
///     parley_type(doc, path)        as json_type, which makes a tree of the whole document first
bool addFunctions(sqlite3* database);

}  // namespace parley::storage::sqlite
