// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"

namespace parley::host {

/// The settings from all sources, those of the plugins in the plugin folder included; warnings go to the log. Throws
/// SettingsError, also for a file there that cannot be loaded, unless it is switched off by its name.
/// `running`: what counts in a server that is to take them over; its plugins are looked for where it has them.
Settings loadSettings(const Sources& sources, const Settings* running = nullptr);

}  // namespace parley::host
