// SPDX-License-Identifier: Apache-2.0
#include "storage/document_update.h"

#include "base/clock.h"
#include "base/id.h"
#include "storage/document_rules.h"
#include "storage/json_values.h"

namespace parley::storage {

namespace {

/// The object that holds the last name of a dotted path; objects on the way that are missing are made.
JsonObject& holderOf(Document& document, std::string_view& path) {
  JsonObject* object = &document;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    const auto name = path.substr(0, dot);
    auto* inner = object->if_contains(name);
    if (inner == nullptr) inner = &object->emplace(name, JsonObject{}).first->value();
    if (!inner->is_object()) throw Error(ErrorCode::ValidationFailed, std::string(name) + " is not an object");
    object = &inner->get_object();
    path.remove_prefix(dot + 1);
  }
  return *object;
}

void setMember(Document& document, std::string_view path, const Json& value) {
  auto& holder = holderOf(document, path);
  holder.insert_or_assign(path, value);
}

void removeMember(Document& document, std::string_view path) {
  JsonObject* object = &document;
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    auto* inner = object->if_contains(path.substr(0, dot));
    if (inner == nullptr || !inner->is_object()) return;
    object = &inner->get_object();
    path.remove_prefix(dot + 1);
  }
  if (const auto found = object->find(path); found != object->end()) object->stable_erase(found);
}

void takeEqualities(Document& document, const Filter& filter) {
  if (filter.op() == Filter::Op::And) {
    for (const auto& part : filter.parts()) takeEqualities(document, part);
  } else if (filter.op() == Filter::Op::Equal) {
    setMember(document, filter.field(), filter.value());
  }
}

void take(Document& document, const Update::Step& step) {
  if (step.op == Update::Op::Unset) return removeMember(document, step.field);
  std::string_view name = step.field;
  auto& holder = holderOf(document, name);
  const Json* current = holder.if_contains(name);
  switch (step.op) {
    case Update::Op::Increment: holder.insert_or_assign(name, sum(current, step.value)); break;
    case Update::Op::Max: holder.insert_or_assign(name, larger(current, step.value)); break;
    default: holder.insert_or_assign(name, step.value);
  }
}

}  // namespace

void applyUpdate(Document& document, const Update& update) {
  for (const auto& step : update.steps())
    if (step.op != Update::Op::SetOnInsert) take(document, step);
}

Document upsertDocument(const Filter& filter, const Update& update) {
  Document document;
  takeEqualities(document, filter);
  for (const auto& step : update.steps()) take(document, step);
  if (!document.contains("_id")) document["_id"] = base::newObjectId(base::SystemClock().now());
  checkDocument(document);
  return document;
}

}  // namespace parley::storage
