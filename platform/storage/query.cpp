// SPDX-License-Identifier: Apache-2.0
#include "storage/query.h"

namespace parley::storage {

namespace {

using Op = Filter::Op;

std::string shapeOf(const Filter& filter);

std::string joined(const std::vector<Filter>& parts, const char* word) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text += word;
    const bool isGroup = part.op() == Op::And || part.op() == Op::Or;
    text += isGroup ? "(" + shapeOf(part) + ")" : shapeOf(part);
  }
  return text;
}

std::string shapeOf(const Filter& filter) {
  switch (filter.op()) {
    case Op::All: return "everything";
    case Op::And: return joined(filter.parts(), " and ");
    case Op::Or: return joined(filter.parts(), " or ");
    case Op::Not: return "not (" + shapeOf(filter.parts().front()) + ")";
    case Op::Equal: return filter.field() + " = ?";
    case Op::NotEqual: return filter.field() + " != ?";
    case Op::Less: return filter.field() + " < ?";
    case Op::LessEqual: return filter.field() + " <= ?";
    case Op::Greater: return filter.field() + " > ?";
    case Op::GreaterEqual: return filter.field() + " >= ?";
    case Op::In: return filter.field() + " in (?)";
    case Op::Exists: return filter.field() + " exists";
  }
  return {};
}

}  // namespace

std::string shapeOf(const Query& query) {
  std::string text = query.collection;
  if (query.filter.op() != Op::All) text += " where " + shapeOf(query.filter);
  const char* before = ", by ";
  for (const auto& key : query.options.sort) {
    text += before + key.field + (key.descending ? " descending" : "");
    before = ", ";
  }
  if (query.options.limit > 0) text += ", limited";
  switch (query.kind) {
    case Query::Kind::Find: return text;
    case Query::Kind::Count: return "count " + text;
    case Query::Kind::ChangeOne: return "change one of " + text;
    case Query::Kind::ChangeMany: return "change " + text;
  }
  return text;
}

}  // namespace parley::storage
