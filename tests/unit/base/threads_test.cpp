// SPDX-License-Identifier: Apache-2.0
#include "base/threads.h"

#include <sys/resource.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace parley::base {
namespace {

int niceOfThisThread() {
  return ::getpriority(PRIO_PROCESS, 0);
}

TEST(Threads, OneThatRunsBehindOthersIsTheOnlyOne) {
  const int before = niceOfThisThread();
  int behind = 0;
  std::thread([&] {
    runBehindOthers();
    behind = niceOfThisThread();
  }).join();
  EXPECT_EQ(behind, std::min(before + 10, 19));
  EXPECT_EQ(niceOfThisThread(), before);
}

}  // namespace
}  // namespace parley::base
