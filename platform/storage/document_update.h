// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

namespace parley::storage {

/// Takes the steps, of which checkUpdate approved, but those of SetOnInsert. VALIDATION_FAILED, with the document in
/// pieces, for a path that leads through something other than objects and for a value that a step does not take.
void applyUpdate(Document& document, const Update& update);

/// The document that an upsert makes when none matches: the equalities that the filter asks for, then the update's
/// steps, and a new ObjectId as `_id` unless these name one. Checked as every document is.
Document upsertDocument(const Filter& filter, const Update& update);

}  // namespace parley::storage
