// SPDX-License-Identifier: Apache-2.0
#include "storage/upsert_document.h"

#include "base/clock.h"
#include "base/id.h"
#include "storage/document_rules.h"
#include "storage/json_values.h"

namespace parley::storage {

namespace {

/// The member at a dotted path, made with all above it where missing: `made` tells.
Json& memberAt(Document& document, std::string_view path, bool& made) {
  Document* object = &document;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    auto& inner = (*object)[path.substr(0, dot)];
    if (inner.is_null()) inner = JsonObject{};
    if (!inner.is_object())
      throw Error(ErrorCode::ValidationFailed, std::string(path.substr(0, dot)) + " is not an object");
    object = &inner.get_object();
    path.remove_prefix(dot + 1);
  }
  made = !object->contains(path);
  return (*object)[path];
}

void takeEqualities(Document& document, const Filter& filter) {
  if (filter.op() == Filter::Op::And) {
    for (const auto& part : filter.parts()) takeEqualities(document, part);
  } else if (filter.op() == Filter::Op::Equal) {
    bool made = false;
    memberAt(document, filter.field(), made) = filter.value();
  }
}

void take(Document& document, const Update::Step& step) {
  if (step.op == Update::Op::Unset) return;
  bool made = false;
  auto& member = memberAt(document, step.field, made);
  const Json* current = made ? nullptr : &member;
  switch (step.op) {
    case Update::Op::Increment: member = sum(current, step.value); break;
    case Update::Op::Max: member = larger(current, step.value); break;
    default: member = step.value;
  }
}

}  // namespace

Document upsertDocument(const Filter& filter, const Update& update) {
  Document document;
  takeEqualities(document, filter);
  for (const auto& step : update.steps()) take(document, step);
  if (!document.contains("_id")) document["_id"] = base::newObjectId(base::SystemClock().now());
  checkDocument(document);
  return document;
}

}  // namespace parley::storage
