// SPDX-License-Identifier: Apache-2.0
#include "plugin/index_table.h"

#include <parley/error.h>

namespace parley::plugin {

IndexTable::IndexTable(const std::vector<CollectionSpec>& own) {
  for (const auto& spec : own) add("the server", spec);
}

void IndexTable::add(const std::string& owner, const CollectionSpec& spec) {
  for (const auto& index : spec.indexes) {
    for (const auto& entry : entries_) {
      if (entry.collection != spec.name || entry.index.name != index.name) continue;
      if (entry.owner == owner || entry.index == index) continue;
      throw Error(ErrorCode::Conflict, "index " + index.name + " of " + owner + " on " + spec.name +
                                           " is another one than that of " + entry.owner);
    }
  }
  for (const auto& index : spec.indexes) entries_.push_back({owner, spec.name, index});
}

void IndexTable::remove(const std::string& owner) {
  std::erase_if(entries_, [&owner](const Entry& entry) { return entry.owner == owner; });
}

}  // namespace parley::plugin
