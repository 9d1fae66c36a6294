// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"
#include "storage/mongodb/field_types.h"

#include <parley/store.h>

namespace parley::storage::mongodb {

/// A filter as a query document, checked. Values go in as values of BSON, never as text or operators.
///
/// MongoDB's comparisons look into arrays where those of the Store do not: each condition says that neither the field
/// nor one above it is an array. An index gives the same bounds with it.
Bson filterBson(const Filter& filter, const FieldTypes& types);

/// The sorting of a find, by `_id` when none is asked for; checked.
Bson sortBson(const FindOptions& options);

}  // namespace parley::storage::mongodb
