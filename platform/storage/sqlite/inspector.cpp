// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/inspector.h"

#include "storage/sqlite/schema.h"
#include "storage/sqlite/statement_sql.h"

#include <algorithm>

namespace parley::storage::sqlite {

namespace {

Sql statementOf(const Query& query) {
  switch (query.kind) {
    case Query::Kind::Find: return selectSql(query.collection, query.filter, query.options);
    case Query::Kind::Count: return countSql(query.collection, query.filter);
    case Query::Kind::ChangeOne: return removeSql(query.collection, query.filter, Reach::One);
    case Query::Kind::ChangeMany: return removeSql(query.collection, query.filter, Reach::Many);
  }
  return {};
}

/// "SCAN messages", "SCAN messages USING INDEX …"; but not "SCAN json_each …", a list in the query.
bool isScanOf(std::string_view step, const std::string& collection) {
  const auto scan = "SCAN " + collection;
  return step == scan || step.starts_with(scan + " ");
}

}  // namespace

Inspector::Inspector(const SqliteOptions& options) : connection_(options, Connection::Mode::Read) {
  checkOwnership(connection_, options.path);
}

std::vector<IndexFinding> Inspector::indexes(const CollectionSpec& spec) {
  using State = IndexFinding::State;
  const auto present = indexDefinitions(connection_, spec.name);
  std::vector<IndexFinding> findings;
  for (const auto& index : spec.indexes) {
    const auto at = present.find(spec.name + "." + index.name);
    if (at == present.end())
      findings.push_back({State::Missing, index.name, {}});
    else
      findings.push_back(
          {at->second == createIndexSql(spec.name, index) ? State::Present : State::Different, index.name, at->second});
  }
  for (const auto& there : present) {
    const bool isWanted = std::any_of(spec.indexes.begin(), spec.indexes.end(),
                                      [&](const auto& index) { return spec.name + "." + index.name == there.first; });
    if (!isWanted) findings.push_back({State::Other, there.first, there.second});
  }
  return findings;
}

QueryPlan Inspector::plan(const CollectionSpec& spec, const Query& query) {
  if (!hasCollection(connection_, spec.name)) return {QueryPlan::Kind::Unknown, "the collection is not there yet"};
  QueryPlan plan{QueryPlan::Kind::Index, {}};
  auto steps = connection_.query(Sql("EXPLAIN QUERY PLAN ").add(statementOf(query)));
  while (steps.next()) {
    const auto step = steps.text(3);
    if (isScanOf(step, query.collection))
      plan.kind = query.filter.op() == Filter::Op::All ? QueryPlan::Kind::Everything : QueryPlan::Kind::Scan;
    if (!plan.text.empty()) plan.text += "; ";
    plan.text += step;
  }
  return plan;
}

}  // namespace parley::storage::sqlite
