// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/statement_sql.h"

#include "storage/document_rules.h"
#include "storage/sqlite/filter_sql.h"

#include <algorithm>

namespace parley::storage::sqlite {

namespace {

void addWhere(Sql& sql, const Filter& filter) {
  if (filter.op() != Filter::Op::All) sql.add(" WHERE ").add(filterSql(filter));
}

void addKeys(Sql& sql, const std::vector<SortKey>& keys) {
  bool first = true;
  for (const auto& key : keys) {
    if (!first) sql.add(",");
    first = false;
    sql.add(fieldSql(key.field)).add(key.descending ? " DESC" : "");
  }
}

bool mentionsId(const Filter& filter) {
  return filter.field() == "_id" || std::any_of(filter.parts().begin(), filter.parts().end(), mentionsId);
}

/// The plus keeps the planner from walking through the whole collection by `id` to save the sorting, when the filter
/// has an index of its own.
std::string_view defaultOrder(const Filter& filter) {
  return filter.op() == Filter::Op::All || mentionsId(filter) ? "id" : "+id";
}

/// Whether it matches one document at most.
bool namesOne(const Filter& filter) {
  if (filter.op() == Filter::Op::And) return std::any_of(filter.parts().begin(), filter.parts().end(), namesOne);
  return filter.op() == Filter::Op::Equal && filter.field() == "_id";
}

void addReach(Sql& sql, std::string_view collection, const Filter& filter, Reach reach) {
  if (reach == Reach::Many || namesOne(filter)) return addWhere(sql, filter);
  sql.add(" WHERE id=(SELECT id FROM ").add(tableSql(collection));
  addWhere(sql, filter);
  sql.add(" LIMIT 1)");
}

}  // namespace

std::string tableSql(std::string_view collection) {
  return Sql("\"").add(collection).add("\"").text();
}

std::string indexNameSql(std::string_view collection, std::string_view index) {
  return Sql("\"").add(collection).add(".").add(index).add("\"").text();
}

/// With a rowid: as WITHOUT ROWID, inserts took twice the time and counting through an index a hundred times.
std::string createTableSql(std::string_view collection) {
  Sql sql("CREATE TABLE ");
  return sql.add(tableSql(collection)).add(" (id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL)").text();
}

std::string createIndexSql(std::string_view collection, const IndexSpec& index) {
  Sql sql(index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
  sql.add(indexNameSql(collection, index.name)).add(" ON ").add(tableSql(collection)).add(" (");
  addKeys(sql, index.fields);
  sql.add(")");
  if (index.sparse) sql.add(" WHERE ").add(fieldSql(index.fields.back().field)).add(" IS NOT NULL");
  return sql.text();
}

Sql selectSql(std::string_view collection, const Filter& filter, const FindOptions& options) {
  checkFind(options);
  Sql sql("SELECT doc FROM ");
  sql.add(tableSql(collection));
  addWhere(sql, filter);
  sql.add(" ORDER BY ");
  if (options.sort.empty())
    sql.add(defaultOrder(filter));
  else
    addKeys(sql, options.sort);
  if (options.limit == 0 && options.skip == 0) return sql;
  return sql.add(" LIMIT ").bind(options.limit == 0 ? -1 : options.limit).add(" OFFSET ").bind(options.skip);
}

Sql countSql(std::string_view collection, const Filter& filter) {
  Sql sql("SELECT count(*) FROM ");
  sql.add(tableSql(collection));
  addWhere(sql, filter);
  return sql;
}

Sql groupCountSql(std::string_view collection, const Filter& filter, std::string_view field) {
  const auto path = pathSql(field);
  Sql sql("SELECT doc->");
  sql.add(path).add(",count(*) FROM ").add(tableSql(collection));
  addWhere(sql, filter);
  // The second term keeps booleans from numbers, and containers from text that spells them.
  return sql.add(" GROUP BY ")
      .add(fieldSql(field))
      .add(",coalesce(json_type(doc,")
      .add(path)
      .add("),'null') IN ('true','false','object','array')");
}

Sql insertSql(std::string_view collection, const Document& document) {
  checkDocument(document);
  Sql sql("INSERT INTO ");
  sql.add(tableSql(collection)).add(" (id,doc) VALUES (").bind(std::string(textOf(document, "_id")));
  return sql.add(",").bind(boost::json::serialize(document)).add(")");
}

Sql updateRowsSql(std::string_view collection, const Filter& filter, const Update& update, Reach reach) {
  checkUpdate(update);
  Sql sql("UPDATE ");
  sql.add(tableSql(collection)).add(" SET doc=parley_updated(doc,");
  sql.bind(std::make_shared<const Update>(update)).add(")");
  addReach(sql, collection, filter, reach);
  return sql;
}

Sql updateReturningSql(std::string_view collection, const Filter& filter, const Update& update) {
  return updateRowsSql(collection, filter, update, Reach::One).add(" RETURNING doc");
}

Sql removeSql(std::string_view collection, const Filter& filter, Reach reach) {
  Sql sql("DELETE FROM ");
  sql.add(tableSql(collection));
  addReach(sql, collection, filter, reach);
  return sql;
}

}  // namespace parley::storage::sqlite
