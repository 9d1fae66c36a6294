// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>

#include <string>

namespace parley::base {

/// All that is in a file; UNAVAILABLE, with its name and why it cannot be read ("Is a directory").
Result<std::string> readFile(const std::string& path);

}  // namespace parley::base
