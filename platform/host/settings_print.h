// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"

#include <string>

namespace parley::host {

/// The effective configuration as a JSON file that `--config` reads; secrets that are set are masked.
std::string printConfig(const Settings& settings);

/// A JSON Schema (2020-12) that such a file can be checked with.
std::string printSchema(const Settings& settings);

/// A Markdown table of all settings.
std::string printDocs(const Settings& settings);

}  // namespace parley::host
