// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/text_range.h"

#include "storage/mongodb/bson_write.h"

#include <string_view>

namespace parley::storage::mongodb {

namespace {

constexpr std::string_view firstId = "000000000000000000000000";
constexpr std::string_view firstDate = "0000-01-01T00:00:00.000Z";

}  // namespace

int TextRange::compare(const Bound& a, const Bound& b) {
  const bool aPlain = a.kind == TextKind::Plain;
  const bool bPlain = b.kind == TextKind::Plain;
  if (aPlain != bPlain) return aPlain ? -1 : 1;
  return a.text.compare(b.text);
}

void TextRange::take(Filter::Op op, std::string_view text) {
  using Op = Filter::Op;
  Bound bound{std::string(text), op == Op::LessEqual || op == Op::GreaterEqual, kindOf(types_, text)};
  const bool isLower = op == Op::Greater || op == Op::GreaterEqual;
  auto& present = isLower ? lower_ : upper_;
  if (present) {
    const int order = compare(bound, *present);
    const bool tighter = order == 0 ? !bound.inclusive : (order > 0) == isLower;
    if (!tighter) return;
  }
  present = std::move(bound);
}

/// The part of the range that is plain text, or the one that is ObjectIds or Dates.
std::optional<Bson> TextRange::within(bool plain) const {
  const auto isPlain = [](const Bound& bound) { return bound.kind == TextKind::Plain; };
  if (plain && lower_ && !isPlain(*lower_)) return std::nullopt;
  if (!plain && upper_ && isPlain(*upper_)) return std::nullopt;
  Bson condition;
  if (lower_ && isPlain(*lower_) == plain)
    addText(condition.get(), lower_->inclusive ? "$gte" : "$gt", lower_->text, types_);
  else
    addText(condition.get(), "$gte", plain ? "" : types_->isId ? firstId : firstDate, types_);
  if (upper_ && isPlain(*upper_) == plain)
    addText(condition.get(), upper_->inclusive ? "$lte" : "$lt", upper_->text, types_);
  return condition;
}

std::vector<Bson> TextRange::conditions() const {
  std::vector<Bson> found;
  for (const bool plain : {true, false})
    if (auto condition = within(plain)) found.push_back(std::move(*condition));
  return found;
}

}  // namespace parley::storage::mongodb
