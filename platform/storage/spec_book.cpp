// SPDX-License-Identifier: Apache-2.0
#include "storage/spec_book.h"

#include "storage/document_rules.h"

#include <utility>

namespace parley::storage {

namespace {

constexpr const char* book = "collectionspecs";

JsonArray toJson(const std::vector<std::string>& texts) {
  return JsonArray(texts.begin(), texts.end());
}

JsonArray toJson(const std::vector<IndexSpec>& indexes) {
  JsonArray list;
  for (const auto& index : indexes) {
    JsonArray fields;
    for (const auto& key : index.fields)
      fields.push_back(JsonObject{{"field", key.field}, {"descending", key.descending}});
    list.push_back(JsonObject{
        {"name", index.name}, {"fields", std::move(fields)}, {"unique", index.unique}, {"sparse", index.sparse}});
  }
  return list;
}

const JsonArray& arrayOf(const JsonObject& json, std::string_view name) {
  const auto* member = json.if_contains(name);
  if (member == nullptr || !member->is_array())
    throw Error(ErrorCode::ValidationFailed, "the description of a collection has no " + std::string(name));
  return member->get_array();
}

const JsonObject& objectIn(const Json& value) {
  if (!value.is_object()) throw Error(ErrorCode::ValidationFailed, "the description of an index is not an object");
  return value.get_object();
}

bool flagOf(const JsonObject& json, std::string_view name) {
  const auto* member = json.if_contains(name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

std::vector<std::string> textsOf(const JsonObject& json, std::string_view name) {
  std::vector<std::string> texts;
  for (const auto& value : arrayOf(json, name))
    if (value.is_string()) texts.emplace_back(value.get_string());
  return texts;
}

IndexSpec toIndex(const JsonObject& json) {
  IndexSpec index{std::string(textOf(json, "name")), {}, flagOf(json, "unique"), flagOf(json, "sparse")};
  for (const auto& key : arrayOf(json, "fields")) {
    const auto& object = objectIn(key);
    index.fields.push_back({std::string(textOf(object, "field")), flagOf(object, "descending")});
  }
  return index;
}

}  // namespace

CollectionSpec specBook() {
  return {book, {}, {}, {}};
}

JsonObject toJson(const CollectionSpec& spec) {
  return {{"name", spec.name},
          {"idFields", toJson(spec.idFields)},
          {"dateFields", toJson(spec.dateFields)},
          {"indexes", toJson(spec.indexes)}};
}

CollectionSpec toSpec(const JsonObject& json) {
  CollectionSpec spec{std::string(textOf(json, "name")), textsOf(json, "idFields"), textsOf(json, "dateFields"), {}};
  for (const auto& index : arrayOf(json, "indexes")) spec.indexes.push_back(toIndex(objectIn(index)));
  checkCollection(spec);
  return spec;
}

void recordSpec(Store& store, const CollectionSpec& spec) {
  if (recordedSpec(store, spec.name) == spec) return;
  Update update;
  for (auto& member : toJson(spec)) update.set(member.key(), std::move(member.value()));
  store.upsert(book, where("_id") == spec.name, update);
}

std::optional<CollectionSpec> recordedSpec(Store& store, const std::string& collection) {
  const auto known = store.findOne(book, where("_id") == collection);
  return known ? std::optional(toSpec(*known)) : std::nullopt;
}

std::vector<CollectionSpec> recordedSpecs(Store& store) {
  std::vector<CollectionSpec> specs;
  for (const auto& document : store.find(book, {})) specs.push_back(toSpec(document));
  return specs;
}

}  // namespace parley::storage
