// SPDX-License-Identifier: Apache-2.0
#include "base/threads.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace parley::base {

namespace {

/// The first version of `struct sched_attr` of sched_setattr(2): the header of the kernel that declares it cannot be
/// included beside glibc's <sched.h>.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtimeNanoseconds = 0;
  std::uint64_t deadlineNanoseconds = 0;
  std::uint64_t periodNanoseconds = 0;
};

}  // namespace

void runBehindOthers() {
  SchedulingAttributes attributes;
  attributes.nice = std::min(::getpriority(PRIO_PROCESS, 0) + 10, 19);
  attributes.runtimeNanoseconds = 100'000;  // the shortest that Linux takes
  // Of this thread alone, and also where the other call is not there.
  ::setpriority(PRIO_PROCESS, 0, attributes.nice);
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace parley::base
