// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/client_pool.h"
#include "storage/store_inspector.h"

namespace parley::storage::mongodb {

class Inspector final : public StoreInspector {
 public:
  explicit Inspector(const MongodbOptions& options) : pool_(options) {}

  std::vector<IndexFinding> indexes(const CollectionSpec& spec) override;
  /// Of a change, how its documents would be found.
  QueryPlan plan(const CollectionSpec& spec, const Query& query) override;

 private:
  ClientPool pool_;
};

}  // namespace parley::storage::mongodb
