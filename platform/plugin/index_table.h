// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <string>
#include <vector>

namespace parley::plugin {

/// Whose the indexes are. Several may have indexes on one collection, but what one has under a name, another cannot
/// make anew as something else. [control]
class IndexTable {
 public:
  /// `own`: the host's.
  explicit IndexTable(const std::vector<CollectionSpec>& own);

  /// Throws CONFLICT, naming both, when somebody else has another index under one of the names.
  void add(const std::string& owner, const CollectionSpec& spec);
  void remove(const std::string& owner);

 private:
  struct Entry {
    std::string owner;
    std::string collection;
    IndexSpec index;
  };
  std::vector<Entry> entries_;
};

}  // namespace parley::plugin
