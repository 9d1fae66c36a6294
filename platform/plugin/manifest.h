// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace parley::plugin {

/// What a plugin says of itself, in the host's own memory.
struct Manifest {
  std::string name;
  std::string version;
  std::string summary;
  std::vector<std::string> dependsOn;
  std::vector<std::string> startsAfter;
  std::string configJson;
  std::string file;  ///< the name of the library file
  std::string textsJson = {};
};

}  // namespace parley::plugin
