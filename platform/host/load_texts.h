// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/texts.h"
#include "host/settings.h"

#include <parley/json.h>

#include <string>

namespace parley::host {

/// The integrator's own texts, as Texts::setOwn takes them: what is in the file that i18n.texts names. SettingsError
/// when they cannot be read or are not of that form, or when there are none in `locale`, the language that failures are
/// told in by default.
Json loadTexts(const Settings& settings, const std::string& locale);

}  // namespace parley::host
