// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"

#include <string>

/// What the program does with the stored data instead of serving it. Progress and the result go to the standard error
/// output. What is there already, under the name of what is written, is replaced only when `overwrite` says so, and the
/// database never but by restoreData. All throw Error, FileFault for a file that is no good.
namespace parley::host {

/// All documents of the store into a file; see storage/transfer.h.
void exportData(const Settings& settings, const std::string& file, bool overwrite);
/// The documents of such a file into the store.
void importData(const Settings& settings, const std::string& file);
/// A copy of the embedded database, also while a server works on it.
void backupData(const Settings& settings, const std::string& file, bool overwrite);
/// Such a copy into the place of the embedded database, while no server works on it.
void restoreData(const Settings& settings, const std::string& file, bool overwrite);

}  // namespace parley::host
