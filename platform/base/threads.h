// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <thread>

namespace parley::base {

/// What `top -H` and profilers show of the calling thread; at most 15 bytes.
inline void nameThread(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
}

/// The calling thread, when woken, lets whoever woke it finish its turn first (SCHED_BATCH of sched(7)): what is handed
/// to it one by one meets it as one batch.
inline void wakeWithoutPreempting() {
  const sched_param normal{};
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &normal);
}

/// The calling thread has long work to do that nobody waits for, and makes way: it has a tenth of the others' weight
/// (nice(1), ten more) and, from Linux 6.12 on, short turns (`sched_runtime` of sched_setattr(2)), after which those
/// who have been woken go first. It goes on all the same where others never rest, which a thread of SCHED_IDLE hardly
/// does. It must not hold a lock for long that those others take.
void runBehindOthers();

/// The processors that this process may run on.
inline std::size_t processors() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<std::size_t>(CPU_COUNT(&allowed));
  return std::max(std::thread::hardware_concurrency(), 1U);
}

}  // namespace parley::base
