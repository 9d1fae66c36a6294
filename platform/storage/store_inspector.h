// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/open_store.h"
#include "storage/query.h"

#include <memory>
#include <string>
#include <vector>

namespace parley::storage {

/// An index as it is, beside what it should be.
struct IndexFinding {
  enum class State { Present, Missing, Different, Other };

  State state;
  std::string name;
  std::string found;  ///< of one that is there: its definition, in the database's own words
};

/// What a database would do for a query.
struct QueryPlan {
  enum class Kind {
    Index,       ///< it goes to what it looks for
    Everything,  ///< it was asked for all documents
    Scan,        ///< it reads documents that were not asked for, more of them the more there are
    Unknown      ///< the database does not say
  };

  Kind kind;
  std::string text;  ///< in the database's own words
};

/// A look at a store that changes nothing in it, also while a server works on it. Members throw Error. For one thread
/// at a time.
class StoreInspector {
 public:
  virtual ~StoreInspector() = default;

  /// The indexes of the specification, in its order, then others that the collection has.
  virtual std::vector<IndexFinding> indexes(const CollectionSpec& spec) = 0;
  /// `spec` is of the query's collection.
  virtual QueryPlan plan(const CollectionSpec& spec, const Query& query) = 0;
};

/// Throws Error UNAVAILABLE that says why the store cannot be looked at.
std::unique_ptr<StoreInspector> inspectStore(const StorageOptions& options);

}  // namespace parley::storage
