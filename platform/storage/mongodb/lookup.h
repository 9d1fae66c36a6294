// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/client_pool.h"

#include <optional>
#include <string>

namespace parley::storage::mongodb {

/// What to change documents by instead of `selector` on a server that does not narrow by `_id` itself: the `_id` alone,
/// once the server has tried the other conditions on its document, or nothing when it does not meet them. Any other
/// selector, and on any other server, stays as it is. The document must not change before this is used. Throws Error.
std::optional<Bson> narrowedSelector(const ClientPool& pool, const std::string& collection, const Bson& selector);

}  // namespace parley::storage::mongodb
