// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/connection.h"
#include "storage/store_inspector.h"

namespace parley::storage::sqlite {

/// Opens the file for reading alone.
class Inspector final : public StoreInspector {
 public:
  explicit Inspector(const SqliteOptions& options);

  std::vector<IndexFinding> indexes(const CollectionSpec& spec) override;
  QueryPlan plan(const CollectionSpec& spec, const Query& query) override;

 private:
  Connection connection_;
};

}  // namespace parley::storage::sqlite
