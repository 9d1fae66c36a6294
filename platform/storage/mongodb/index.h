// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/client_pool.h"

#include <parley/store.h>

#include <string>
#include <vector>

namespace parley::storage::mongodb {

/// An index as the database describes it.
struct Index {
  std::string name;
  Bson key;
  bool unique = false;
  bool sparse = false;
  Bson only;  ///< partialFilterExpression

  /// MongoDB's own sparse indexes have all documents with any of the fields. A partial one has those with the last;
  /// FerretDB knows none, but lets documents without a field pass a unique index.
  static Index of(const IndexSpec& spec, const ServerTraits& traits);

  /// As its key, whatever else it is.
  bool hasKeyOf(const Index& other) const;
  /// Whether it does what `wanted` does, under whatever name.
  bool isAsGoodAs(const Index& wanted) const;
  /// "{ "sessionId" : 1, "seq" : 1 } unique where { … }"
  std::string text() const;
};

/// Those of a collection; none when there is no such collection. Throws Error.
std::vector<Index> indexesOf(mongoc_collection_t* collection, const std::string& name);

}  // namespace parley::storage::mongodb
