// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/client_pool.h"

#include <parley/store.h>

namespace parley::storage::mongodb {

/// Makes the indexes that are missing, and makes those anew whose definition has changed: the new one first, so that
/// queries have one all the time and a unique one is never missing, unless the server takes no two with the same fields
/// (MongoDB before 5.0, FerretDB). One with the same fields and meaning but another name, from whoever made the
/// database, is as good. The collection comes with its first document.
void defineIndexes(const ClientPool& pool, const CollectionSpec& spec);

}  // namespace parley::storage::mongodb
