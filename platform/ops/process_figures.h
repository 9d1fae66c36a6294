// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "net/file_descriptor.h"

#include <dirent.h>

#include <memory>
#include <mutex>

namespace parley::ops {

/// What the system says of this process; 0 where it says nothing.
struct ProcessFigures {
  double cpuSeconds = 0;
  double residentBytes = 0;
  double openFiles = 0;
  double maxFiles = 0;
  double startTime = 0;  ///< seconds since 1970
};

/// Reads them through files that it keeps open, so that they can be told when no further file can be opened.
class ProcessReader {
 public:
  ProcessReader();
  /// [any thread]
  ProcessFigures read() const;

 private:
  double residentBytes() const;
  double openFiles() const;

  const double startTime_;
  const net::FileDescriptor memory_;
  mutable std::mutex mutex_;
  const std::unique_ptr<DIR, int (*)(DIR*)> files_;  ///< under the mutex
};

}  // namespace parley::ops
