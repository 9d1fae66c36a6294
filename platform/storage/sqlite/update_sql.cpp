// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/update_sql.h"

#include "storage/document_rules.h"
#include "storage/sqlite/filter_sql.h"

namespace parley::storage::sqlite {

namespace {

/// SQLite takes at most 127 arguments to a function.
constexpr std::size_t maxPairs = 50;

/// The new value as JSON text. Paths of one update are apart from each other, so each may look at the old `doc`.
Sql valueSql(const Update::Step& step) {
  Sql sql;
  const auto text = boost::json::serialize(step.value);
  if (step.op == Update::Op::Set) return sql.bind(text);
  sql.add(step.op == Update::Op::Increment ? "parley_sum" : "parley_larger");
  return sql.add("(doc->").add(pathSql(step.field)).add(",").bind(text).add(")");
}

/// json_set passes over a path that leads through something other than objects in silence; this refuses instead.
Sql guardedSql(const Update::Step& step) {
  Sql sql("json(");
  std::string closing;
  for (auto dot = step.field.find('.'); dot != std::string::npos; dot = step.field.find('.', dot + 1)) {
    sql.add("parley_within(json_type(doc,").add(pathSql(std::string_view(step.field).substr(0, dot))).add("),");
    closing += ')';
  }
  return sql.add(valueSql(step)).add(closing).add(")");
}

bool sets(const Update::Step& step) {
  return step.op != Update::Op::Unset && step.op != Update::Op::SetOnInsert;
}

template <typename Wanted, typename Argument>
Sql applied(Sql inner, std::string_view function, const Update& update, const Wanted& wanted,
            const Argument& argument) {
  std::size_t pairs = 0;
  for (const auto& step : update.steps()) {
    if (!wanted(step)) continue;
    if (pairs++ % maxPairs == 0) {
      Sql outer{function};
      if (pairs > 1) inner.add(")");
      inner = outer.add("(").add(inner);
    }
    inner.add(",").add(argument(step));
  }
  if (pairs > 0) inner.add(")");
  return inner;
}

}  // namespace

Sql updateSql(const Update& update) {
  checkUpdate(update);
  auto changed = applied(Sql("doc"), "json_set", update, sets, [](const Update::Step& step) {
    return Sql(pathSql(step.field)).add(",").add(guardedSql(step));
  });
  return applied(
      std::move(changed), "json_remove", update, [](const auto& step) { return step.op == Update::Op::Unset; },
      [](const auto& step) { return Sql(pathSql(step.field)); });
}

}  // namespace parley::storage::sqlite
