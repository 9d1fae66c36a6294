// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "losses.h"

#include <parley/json.h>

#include <string>

namespace audit {

/// Lines of JSON, for who may read the server's files (mode 0600). It is opened for each line, so that it may be moved
/// away at any time. [any thread]
class LogFile {
 public:
  LogFile(std::string path, parley::Log& log, parley::Metric& lost);

  /// Throws Error VALIDATION_FAILED when it cannot be written.
  void check() const;

  /// What cannot be written is told of and counted.
  void append(const parley::JsonObject& entry);

 private:
  std::string path_;
  Losses losses_;
};

}  // namespace audit
