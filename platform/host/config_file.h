// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <string>

namespace parley::host {

/// What a configuration file holds: JSON in which comments are allowed, and no key is there twice. Throws
/// SettingsError.
JsonObject readConfigFile(const std::string& path);

}  // namespace parley::host
