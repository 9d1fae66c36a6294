// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"
#include "storage/mongodb/field_types.h"

#include <parley/store.h>

namespace parley::storage::mongodb {

inline constexpr std::size_t maxDocumentBytes = std::size_t{16} << 20;  ///< of a document in every MongoDB

/// A document as it is stored; its values have been checked. PAYLOAD_TOO_LARGE when no server would take it.
Bson storedDocument(const Document& document, const FieldTypes& types);

/// Adds one value of a field with these types (null: none declared). Everything in it has been checked.
void addValue(bson_t* to, std::string_view name, const Json& value, const FieldTypes* types);
void addText(bson_t* to, std::string_view name, std::string_view text, const FieldTypes* types);

}  // namespace parley::storage::mongodb
