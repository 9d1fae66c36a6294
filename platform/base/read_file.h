// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace parley::base {

/// All that is in a file. Throws std::runtime_error that names the file and why it cannot be read ("Is a directory").
std::string readFile(const std::string& path);

}  // namespace parley::base
