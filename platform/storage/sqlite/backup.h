// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/open_store.h"

#include <string>

namespace parley::storage::sqlite {

/// Copies the database, as it is at one moment, to a new file, also while a server works on it: that server goes on
/// writing and is not held up. The copy is checked before it gets its name; what had the name before is replaced.
/// Throws Error.
void backup(const SqliteOptions& options, const std::string& path);

/// Puts what is in such a copy, which stays, in the place of the database, whose log goes with it: nobody may have that
/// open. The copy is checked first. Cut off, it may be repeated. Throws FileFault when the copy is no good, else Error.
void restore(const SqliteOptions& options, const std::string& copy);

}  // namespace parley::storage::sqlite
