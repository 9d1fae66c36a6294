// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"
#include "storage/store_inspector.h"

namespace parley::storage::mongodb {

/// Reads the answer of the command `explain` with the verbosity `queryPlanner`, of one server or of shards, of either
/// of MongoDB's engines. `everything`: no condition was asked for. FerretDB's answer is Unknown.
QueryPlan planOf(const bson_t* explained, bool everything);

}  // namespace parley::storage::mongodb
