// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/update_bson.h"

#include "storage/document_rules.h"
#include "storage/document_update.h"
#include "storage/mongodb/bson_write.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace parley::storage::mongodb {

namespace {

using Step = Update::Step;
using Op = Update::Op;

constexpr std::array<std::pair<Op, const char*>, 5> operators{{{Op::Set, "$set"},
                                                               {Op::SetOnInsert, "$setOnInsert"},
                                                               {Op::Unset, "$unset"},
                                                               {Op::Increment, "$inc"},
                                                               {Op::Max, "$max"}}};

void addStep(bson_t* to, const Step& step, const FieldTypes& types) {
  if (step.op == Op::Unset)
    bson_append_utf8(to, step.field.data(), Bson::length(step.field), "", 0);
  else
    addValue(to, step.field, step.value, FieldTypes::at(&types, step.field));
}

Bson stepsBson(const std::vector<Step>& steps, const FieldTypes& types) {
  Bson document;
  for (const auto& [op, word] : operators) {
    Bson fields;
    for (const auto& step : steps)
      if (step.op == op) addStep(fields.get(), step, types);
    if (!fields.empty()) document.add(word, fields);
  }
  return document;
}

bool isAbove(std::string_view path, std::string_view longer) {
  return longer.starts_with(path) && (longer.size() == path.size() || longer[path.size()] == '.');
}

void collectEqualities(const Filter& filter, std::vector<const Filter*>& equalities) {
  if (filter.op() == Filter::Op::And)
    for (const auto& part : filter.parts()) collectEqualities(part, equalities);
  else if (filter.op() == Filter::Op::Equal)
    equalities.push_back(&filter);
}

/// How an equality of the filter goes with the steps.
enum class Fit { Apart, Replaced, Tangled };

Fit fitOf(const Filter& equality, const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    if (!isAbove(step.field, equality.field()) && !isAbove(equality.field(), step.field)) continue;
    const bool replaced = step.field == equality.field() && (step.op == Op::Set || step.op == Op::SetOnInsert);
    return replaced ? Fit::Replaced : Fit::Tangled;
  }
  return Fit::Apart;
}

}  // namespace

Bson updateBson(const Update& update, const FieldTypes& types) {
  checkUpdate(update);
  return stepsBson(update.steps(), types);
}

std::optional<Bson> upsertBson(const Filter& filter, const Update& update, const FieldTypes& types) {
  checkUpdate(update);
  const auto document = upsertDocument(filter, update);
  auto steps = update.steps();
  std::vector<const Filter*> equalities;
  collectEqualities(filter, equalities);
  for (const auto* equality : equalities) {
    const auto fit = fitOf(*equality, steps);
    if (fit == Fit::Tangled) return std::nullopt;
    // A server that sees `_id` in the query takes it from there.
    if (fit == Fit::Apart && equality->field() != "_id")
      steps.push_back({Op::SetOnInsert, equality->field(), equality->value()});
  }
  const auto named = [](const auto& list, const auto& fieldOf) {
    return std::any_of(list.begin(), list.end(), [&](const auto& item) { return fieldOf(item) == "_id"; });
  };
  const bool idIsNamed = named(steps, [](const Step& step) { return step.field; }) ||
                         named(equalities, [](const Filter* equality) { return equality->field(); });
  if (!idIsNamed) steps.push_back({Op::SetOnInsert, "_id", document.at("_id")});
  return stepsBson(steps, types);
}

}  // namespace parley::storage::mongodb
