// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/sql.h"

#include <parley/store.h>

namespace parley::storage::sqlite {

/// The changed document as one expression over the column `doc`. It calls the functions of functions.h, which refuse
/// what cannot be done (adding to text, a member of something that is not an object). SetOnInsert has no effect here.
Sql updateSql(const Update& update);

}  // namespace parley::storage::sqlite
