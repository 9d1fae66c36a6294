// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <string_view>

/// The arithmetic of updates, on single values. `current` is null where the field is missing.
namespace parley::storage {

/// current + by. VALIDATION_FAILED when current is not a number or the sum of integers does not fit 64 bits.
Json sum(const Json* current, const Json& by);

/// The larger of both; between types: null, numbers, text, objects, arrays, booleans.
Json larger(const Json* current, const Json& candidate);

/// Text that was stored, as the value it is. The text is valid by construction; INTERNAL otherwise.
Json parseStored(std::string_view text, boost::json::storage_ptr storage = {});

}  // namespace parley::storage
