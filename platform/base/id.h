// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace parley::base {

/// A new BSON ObjectId as 24 hex digits: seconds, 5 random bytes of this process, a counter. Later ids of one
/// process sort after earlier ones of an earlier second. [any thread]
std::string newObjectId(Time now);

/// The smallest id that is made `earlier` before `objectId` was; empty when that is none.
std::string objectIdBefore(std::string_view objectId, std::chrono::seconds earlier);

/// `bytes` bytes of the system's cryptographic randomness as base64url text without padding. [any thread]
std::string randomToken(std::size_t bytes);

}  // namespace parley::base
