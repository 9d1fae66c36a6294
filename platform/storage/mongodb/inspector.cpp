// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/inspector.h"

#include "storage/mongodb/failure.h"
#include "storage/mongodb/field_types.h"
#include "storage/mongodb/filter_bson.h"
#include "storage/mongodb/index.h"
#include "storage/mongodb/query_plan.h"

#include <algorithm>
#include <set>

namespace parley::storage::mongodb {

namespace {

IndexFinding findingOf(const Index& wanted, const std::vector<Index>& present) {
  using State = IndexFinding::State;
  for (const auto& there : present)
    if (there.isAsGoodAs(wanted)) return {State::Present, wanted.name, there.text()};
  for (const auto& there : present)
    if (there.name == wanted.name) return {State::Different, wanted.name, there.text()};
  return {State::Missing, wanted.name, {}};
}

}  // namespace

std::vector<IndexFinding> Inspector::indexes(const CollectionSpec& spec) {
  const auto lease = pool_.lend();
  const auto present = indexesOf(lease.collection(spec.name).get(), spec.name);
  std::vector<IndexFinding> findings;
  std::set<const Index*> ours;
  for (const auto& index : spec.indexes) {
    const auto wanted = Index::of(index, pool_.traits());
    findings.push_back(findingOf(wanted, present));
    for (const auto& there : present)
      if (there.name == wanted.name || there.isAsGoodAs(wanted)) ours.insert(&there);
  }
  for (const auto& there : present)
    if (!ours.contains(&there) && there.name != "_id_")
      findings.push_back({IndexFinding::State::Other, there.name, there.text()});
  return findings;
}

QueryPlan Inspector::plan(const CollectionSpec& spec, const Query& query) {
  const auto types = FieldTypes::of(spec);
  Bson find;
  find.add("find", query.collection).add("filter", filterBson(query.filter, types));
  if (query.kind == Query::Kind::Find) find.add("sort", sortBson(query.options));
  if (query.options.skip > 0) find.add("skip", query.options.skip);
  if (query.options.limit > 0) find.add("limit", query.options.limit);
  Bson command;
  command.add("explain", find).add("verbosity", "queryPlanner");
  const auto lease = pool_.lend();
  Reply reply;
  bson_error_t error;
  if (!mongoc_database_command_simple(lease.database().get(), command.get(), nullptr, reply.fresh(), &error))
    throw failureOf(error, "explaining a query of " + query.collection);
  return planOf(reply.get(), query.filter.op() == Filter::Op::All);
}

}  // namespace parley::storage::mongodb
