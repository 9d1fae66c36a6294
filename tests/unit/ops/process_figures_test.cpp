// SPDX-License-Identifier: Apache-2.0
#include "ops/process_figures.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace parley::ops {

TEST(ProcessFigures, TellWhatTheProcessUses) {
  ProcessReader process;
  const auto before = process.read();
  EXPECT_GT(before.cpuSeconds, 0);
  EXPECT_GT(before.residentBytes, 1e6);
  EXPECT_GT(before.startTime, 1.6e9);
  EXPECT_GE(before.maxFiles, before.openFiles);
  const int file = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(process.read().openFiles, before.openFiles + 1);
  ::close(file);
}

}  // namespace parley::ops
