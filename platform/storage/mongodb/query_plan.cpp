// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/query_plan.h"

#include <string>
#include <vector>

namespace parley::storage::mongodb {

namespace {

/// Calls `each` for every document with a "stage" below a winning plan, the outermost first.
template <typename Each>
void forEachStage(const bson_iter_t& at, bool inWinning, const Each& each) {
  bson_iter_t child;
  if (!(BSON_ITER_HOLDS_DOCUMENT(&at) || BSON_ITER_HOLDS_ARRAY(&at)) || !bson_iter_recurse(&at, &child)) return;
  bson_iter_t stage;
  if (inWinning && bson_iter_recurse(&at, &stage) && bson_iter_find(&stage, "stage") && BSON_ITER_HOLDS_UTF8(&stage))
    each(at, std::string_view(bson_iter_utf8(&stage, nullptr)));
  while (bson_iter_next(&child)) {
    const std::string_view name = bson_iter_key(&child);
    if (name != "rejectedPlans") forEachStage(child, inWinning || name == "winningPlan", each);
  }
}

std::string indexOf(const bson_iter_t& stage) {
  bson_iter_t at;
  const bool isNamed = bson_iter_recurse(&stage, &at) && bson_iter_find(&at, "indexName") && BSON_ITER_HOLDS_UTF8(&at);
  return isNamed ? std::string(" ") + bson_iter_utf8(&at, nullptr) : std::string();
}

}  // namespace

QueryPlan planOf(const bson_t* explained, bool everything) {
  QueryPlan plan{QueryPlan::Kind::Unknown, {}};
  const auto add = [&](const bson_iter_t& at, std::string_view stage) {
    if (!plan.text.empty()) plan.text += " < ";
    plan.text.append(stage).append(indexOf(at));
    if (stage == "EOF") return;
    if (plan.kind == QueryPlan::Kind::Unknown) plan.kind = QueryPlan::Kind::Index;
    if (stage == "COLLSCAN") plan.kind = everything ? QueryPlan::Kind::Everything : QueryPlan::Kind::Scan;
  };
  bson_iter_t at;
  if (bson_iter_init(&at, explained))
    while (bson_iter_next(&at)) forEachStage(at, false, add);
  if (plan.text.empty()) plan.text = "the server does not say";
  return plan;
}

}  // namespace parley::storage::mongodb
