// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"
#include "storage/mongodb/field_types.h"

#include <parley/store.h>

#include <optional>

namespace parley::storage::mongodb {

/// The steps as update operators, checked.
Bson updateBson(const Update& update, const FieldTypes& types);

/// The steps so that an upsert with them makes the document that upsertDocument describes, whatever a server derives
/// from the filter. Nothing when that cannot be said with operators: update and insert apart then. Throws what
/// upsertDocument throws.
std::optional<Bson> upsertBson(const Filter& filter, const Update& update, const FieldTypes& types);

}  // namespace parley::storage::mongodb
