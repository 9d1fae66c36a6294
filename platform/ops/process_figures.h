// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace parley::ops {

/// What the system says of this process; 0 where it says nothing.
struct ProcessFigures {
  double cpuSeconds = 0;
  double residentBytes = 0;
  double openFiles = 0;
  double maxFiles = 0;
  double startTime = 0;  ///< seconds since 1970
};

ProcessFigures processFigures();

}  // namespace parley::ops
