// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"

#include <string>

namespace parley::host {

/// What `sources` say, for a server beside the one that they are for, which may be running: whatever that one has, and
/// what is beyond this machine, is replaced by something of its own in the folder, or left out. Throws SettingsError.
Sources apart(Sources sources, const std::string& folder);

}  // namespace parley::host
