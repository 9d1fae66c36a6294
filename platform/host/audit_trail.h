// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "base/episode.h"
#include "base/worker_pool.h"
#include "plugin/hook_table.h"

#include <parley/hooks.h>
#include <parley/time.h>

#include <cstdint>
#include <mutex>

namespace parley::host {

/// Tells the plugins of audited calls, on a worker, so that it does not hold back the answers. [any thread]
class AuditTrail {
 public:
  /// All of these outlive it.
  AuditTrail(const plugin::HookTable& hooks, base::WorkerPool& workers, const Clock& clock)
      : hooks_(hooks), workers_(workers), clock_(clock) {}

  void tell(hooks::CallAnswered::Call call);
  /// The calls of which nobody was told, since too many tasks waited: these were refused for the same reason.
  std::uint64_t givenUp() const { return givenUp_.get(); }

 private:
  void note(bool told);

  const plugin::HookTable& hooks_;
  base::WorkerPool& workers_;
  const Clock& clock_;
  base::Counter givenUp_;
  std::mutex mutex_;
  base::Episode busy_;
};

}  // namespace parley::host
