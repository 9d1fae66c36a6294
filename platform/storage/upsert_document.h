// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

namespace parley::storage {

/// The document that an upsert makes when none matches: the equalities that the filter asks for, then the update's
/// steps, and a new ObjectId as `_id` unless these name one. Checked as every document is.
Document upsertDocument(const Filter& filter, const Update& update);

}  // namespace parley::storage
