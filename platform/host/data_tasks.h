// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"

#include <string>

/// What the program does with the stored data instead of serving it. Progress and the result go to the standard error
/// output. All throw Error.
namespace parley::host {

/// All documents of the store into a file; see storage/transfer.h.
void exportData(const Settings& settings, const std::string& file);
/// The documents of such a file into the store.
void importData(const Settings& settings, const std::string& file);
/// A copy of the embedded database, also while a server works on it.
void backupData(const Settings& settings, const std::string& file);

}  // namespace parley::host
