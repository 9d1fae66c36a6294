// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <string>

namespace parley::storage {

/// What somebody had a store look for: to read it, to count it, or to change it.
struct Query {
  enum class Kind { Find, Count, ChangeOne, ChangeMany };

  Kind kind;
  std::string collection;
  Filter filter;
  FindOptions options;  ///< of Find
};

/// "messages where sessionId = ? and seq < ?, by seq descending, limited": the same for queries that differ in their
/// values alone, and so are carried out alike.
std::string shapeOf(const Query& query);

}  // namespace parley::storage
