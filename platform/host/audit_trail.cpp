// SPDX-License-Identifier: Apache-2.0
#include "host/audit_trail.h"

#include "base/log.h"

#include <memory>
#include <utility>

namespace parley::host {

void AuditTrail::tell(hooks::CallAnswered::Call call) {
  const auto shared = std::make_shared<const hooks::CallAnswered::Call>(std::move(call));
  auto task = [this, shared] { hooks_.after<hooks::CallAnswered>(*shared); };
  // The workers had taken any other call, and that bounds how many there are; of those that they refuse there is no
  // end.
  if (shared->failure == ErrorCode::Unavailable) return note(workers_.post(std::move(task)));
  workers_.postAccepted(std::move(task));
}

void AuditTrail::note(bool told) {
  if (!told) givenUp_.add();
  const std::lock_guard lock(mutex_);
  if (told) {
    if (const auto calls = busy_.ended())
      base::log("host").info("calls that are refused are told to plugins again; {} were not", *calls);
  } else if (const auto calls = busy_.failed(clock_.steady())) {
    base::log("host").warn("the server is too busy to tell plugins of the calls that it refuses: {}", *calls);
  }
}

}  // namespace parley::host
