// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"

#include <parley/store.h>

namespace parley::storage::mongodb {

/// A stored document, whoever wrote it: never fails. ObjectIds and Dates are text, wherever they stand; types beyond
/// JSON are what comes nearest: Decimal128 a number, binary data base64 text, a regular expression its pattern, what
/// JSON cannot say (NaN, undefined, the smallest and the largest key) null.
Document shownDocument(const bson_t* stored);
Json shownValue(const bson_iter_t* at);

}  // namespace parley::storage::mongodb
