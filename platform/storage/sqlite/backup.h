// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/open_store.h"

#include <string>

namespace parley::storage::sqlite {

/// Copies the database, as it is at one moment, to a new file, also while a server works on it: that server goes on
/// writing and is not held up. The copy is checked before it gets its name; what had the name before is replaced.
/// Throws Error.
void backup(const SqliteOptions& options, const std::string& path);

}  // namespace parley::storage::sqlite
