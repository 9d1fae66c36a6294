// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"
#include "storage/open_store.h"

#include <string>

namespace parley::storage::mongodb {

/// The connection string with what it leaves open filled in: deadlines, the size of the pool, and a write concern of
/// majority and journaled. Throws Error with a detail for the admin, without the string, which may hold a password.
Uri completeUri(const MongodbOptions& options);

/// The database to use: the option's, the URI's, or "parley".
std::string databaseOf(const MongodbOptions& options, const mongoc_uri_t* uri);

}  // namespace parley::storage::mongodb
