// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"
#include "storage/mongodb/field_types.h"

#include <parley/store.h>

#include <memory>
#include <string>

namespace parley::storage::mongodb {

/// One write, ready to be sent.
struct Statement {
  Write::Kind kind;
  std::string collection;
  std::shared_ptr<const FieldTypes> types;
  Bson document;  ///< of an insert
  Bson selector;  ///< of all others
  Bson update;    ///< of updates
  bool counted = true;
  std::shared_ptr<const Write> inTwoSteps;  ///< an upsert that operators cannot say: update, and insert if none matched

  /// Checks the write; throws what is wrong with it.
  static Statement of(Write&& write, std::shared_ptr<const FieldTypes> types);

  bool isInsert() const { return kind == Write::Kind::Insert; }
  /// How many documents it changes does not have to be asked: those of several callers may share a command.
  bool sharesCommand() const {
    return isInsert() || (kind == Write::Kind::Upsert && !inTwoSteps) || (kind == Write::Kind::UpdateOne && !counted);
  }
};

}  // namespace parley::storage::mongodb
