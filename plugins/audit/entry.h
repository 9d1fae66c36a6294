// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/hooks.h>
#include <parley/json.h>

namespace audit {

/// {_id, at, call, userId, subject?, role, service, address, userAgent, requestId, code, target}: `code` is OK or that
/// of the failure; `target` has what the call named that is an id, a role, a flag or a time, so neither text of people
/// nor secrets.
parley::JsonObject entryOf(const parley::hooks::CallAnswered::Call& call, parley::Time now);

}  // namespace audit
