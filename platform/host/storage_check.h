// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"

#include <iosfwd>

namespace parley::host {

/// Compares the store that the settings name with what a server needs of it: the indexes that a start would make, and
/// what the database would do for each query of a rehearsal. Changes nothing in it. Writes a report; false when an
/// index is missing or different, or a query would read a whole collection. Throws Error and SettingsError.
bool checkStorage(const Sources& sources, std::ostream& report);

}  // namespace parley::host
