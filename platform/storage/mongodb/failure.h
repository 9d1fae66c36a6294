// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"

#include <parley/error.h>

#include <string_view>

namespace parley::storage::mongodb {

/// A failure as callers of the Store see it: CONFLICT with the index where the server names it, VALIDATION_FAILED for
/// what an update cannot do, PAYLOAD_TOO_LARGE, UNAVAILABLE when the server cannot be reached or cannot take it now,
/// INTERNAL for a mistake of ours. Details that are no caller's business go to the log. `what` is for it.
Error failureOf(const bson_error_t& error, std::string_view what);
Error failureOf(std::uint32_t code, std::string_view message, std::string_view what);

/// Whether the command may have been carried out although its answer did not come.
bool isUnknownOutcome(const bson_error_t& error);

}  // namespace parley::storage::mongodb
