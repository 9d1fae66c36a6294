// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/bson.h"
#include "storage/mongodb/field_types.h"

#include <parley/store.h>

#include <optional>
#include <string>
#include <vector>

namespace parley::storage::mongodb {

/// What comparisons with text ask of one field that holds ids or dates. MongoDB sorts all text before all ObjectIds,
/// and these before all Dates, and a comparison sees one type alone: a range over both takes two conditions. Bounds are
/// joined before, so that each condition has both its ends and an index is read between them alone.
class TextRange {
 public:
  TextRange(std::string field, const FieldTypes* types) : field_(std::move(field)), types_(types) {}

  const std::string& field() const { return field_; }
  /// `op` is one of the four orders.
  void take(Filter::Op op, std::string_view text);

  /// The conditions of which one has to be met, on the field itself: documents such as {"$gte": …, "$lt": …}. None:
  /// nothing can be in the range.
  std::vector<Bson> conditions() const;

 private:
  struct Bound {
    std::string text;
    bool inclusive;
    TextKind kind;
  };
  std::optional<Bson> within(bool plain) const;
  /// Below zero when `a` comes first.
  static int compare(const Bound& a, const Bound& b);

  std::string field_;
  const FieldTypes* types_;
  std::optional<Bound> lower_;
  std::optional<Bound> upper_;
};

}  // namespace parley::storage::mongodb
