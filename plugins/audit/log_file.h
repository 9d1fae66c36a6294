// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/json.h>

#include <string>

namespace audit {

/// Lines of JSON, for who may read the server's files (mode 0600). It is opened for each line, so that it may be moved
/// away at any time. [any thread]
class LogFile {
 public:
  /// Throws Error VALIDATION_FAILED when it cannot be written.
  explicit LogFile(std::string path);

  /// Throws Error INTERNAL when that fails.
  void append(const parley::JsonObject& entry) const;

 private:
  std::string path_;
};

}  // namespace audit
