// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/filter_sql.h"

#include "storage/document_rules.h"

#include <algorithm>
#include <vector>

namespace parley::storage::sqlite {

namespace {

using Op = Filter::Op;

std::string typeSql(std::string_view path) {
  checkPath(path);
  return "parley_type(doc,'" + std::string(path) + "')";
}

constexpr std::string_view numberTypes = " IN ('integer','real')";
constexpr std::string_view textTypes = "='text'";
constexpr std::string_view boolTypes = " IN ('true','false')";

std::string_view operatorSql(Op op) {
  switch (op) {
    case Op::Less: return "<";
    case Op::LessEqual: return "<=";
    case Op::Greater: return ">";
    case Op::GreaterEqual: return ">=";
    default: return "=";
  }
}

bool isLower(Op op) {
  return op == Op::Greater || op == Op::GreaterEqual;
}

bool isUpper(Op op) {
  return op == Op::Less || op == Op::LessEqual;
}

/// Doubles go in as JSON text, so that SQLite reads them just as it reads the stored ones, to the last bit.
void bindNumber(Sql& sql, const Json& value) {
  if (value.is_int64()) {
    sql.bind(value.get_int64());
    return;
  }
  sql.add("json_extract(").bind(boost::json::serialize(value)).add(",'$')");
}

bool satisfies(double number, Op op, double bound) {
  switch (op) {
    case Op::Less: return number < bound;
    case Op::LessEqual: return number <= bound;
    case Op::Greater: return number > bound;
    case Op::GreaterEqual: return number >= bound;
    default: return number == bound;
  }
}

/// json_extract gives 0 and 1 for booleans.
bool mayMeetBoolean(Op op, const Json& value) {
  const auto bound = value.to_number<double>();
  return satisfies(0, op, bound) || satisfies(1, op, bound);
}

/// json_extract gives arrays and objects as their JSON text.
bool mayMeetContainer(Op op, std::string_view value) {
  const auto first = value.empty() ? '\0' : static_cast<unsigned char>(value.front());
  if (isLower(op)) return first <= '{';
  if (isUpper(op)) return first >= '[';
  return first == '[' || first == '{';
}

Sql typed(Sql condition, std::string_view path, std::string_view types) {
  return condition.add(" AND ").add(typeSql(path)).add(types);
}

/// What a condition need not say of its field, since others say it that must be met, too.
struct Known {
  bool isBounded = false;  ///< the range that it begins has its other end
  bool isNoBoolean = false;
};

/// In SQLite every number is less than every text: a range needs its other end too, unless it is there already; of two
/// ends on one side an index would use either.
Sql numberSql(std::string_view path, Op op, const Json& value, const Known& known) {
  Sql sql(fieldSql(path));
  bindNumber(sql.add(operatorSql(op)), value);
  if (isLower(op) && !known.isBounded) sql.add(" AND ").add(fieldSql(path)).add("<''");
  return !known.isNoBoolean && mayMeetBoolean(op, value) ? typed(std::move(sql), path, numberTypes) : sql;
}

Sql textSql(std::string_view path, Op op, std::string_view value, const Known& known) {
  Sql sql(fieldSql(path));
  sql.add(operatorSql(op)).bind(std::string(value));
  if (path == "_id") return sql;
  if (isUpper(op) && !known.isBounded) sql.add(" AND ").add(fieldSql(path)).add(">=''");
  return mayMeetContainer(op, value) ? typed(std::move(sql), path, textTypes) : sql;
}

Sql boolSql(std::string_view path, Op op, bool value) {
  Sql sql(fieldSql(path));
  sql.add(operatorSql(op)).bind(std::int64_t{value});
  return typed(std::move(sql), path, boolTypes);
}

Sql compareSql(std::string_view path, Op op, const Json& value, const Known& known = {}) {
  if (value.is_null()) return Sql(typeSql(path) + "='null'");
  if (path == "_id" && !value.is_string()) return Sql("0");
  if (value.is_number()) return numberSql(path, op, value, known);
  if (value.is_string()) return textSql(path, op, std::string_view(value.get_string()), known);
  return boolSql(path, op, value.get_bool());
}

/// A list in one parameter, so that those of all lengths share a prepared statement; each value of a short list is its
/// own, which costs less to read.
Sql memberSql(std::string_view path, const JsonArray& values, std::string_view types) {
  constexpr std::size_t shortList = 2;
  Sql sql(fieldSql(path));
  if (values.size() <= shortList && values.front().is_string()) {
    sql.add(" IN (");
    for (const auto& value : values)
      sql.add(&value == &values.front() ? "" : ",").bind(std::string(std::string_view(value.get_string())));
    sql.add(")");
  } else {
    sql.add(" IN (SELECT value FROM json_each(").bind(boost::json::serialize(values)).add("))");
  }
  return path == "_id" ? sql : typed(std::move(sql), path, types);
}

/// A list by the types in it, since values compare within their type.
struct Members {
  JsonArray numbers;
  JsonArray texts;
  JsonArray others;  // booleans and null, each once

  void take(const Json& value) {
    if (value.is_number()) {
      numbers.push_back(value);
    } else if (value.is_string()) {
      // No stored text has U+0000, and json_each would stop reading there.
      if (std::string_view(value.get_string()).find('\0') == std::string_view::npos) texts.push_back(value);
    } else if (std::find(others.begin(), others.end(), value) == others.end()) {
      others.push_back(value);
    }
  }
};

Sql inSql(std::string_view path, const Json& list) {
  Members members;
  for (const auto& value : list.get_array()) members.take(value);
  std::vector<Sql> parts;
  if (!members.texts.empty()) parts.push_back(memberSql(path, members.texts, textTypes));
  if (!members.numbers.empty() && path != "_id") parts.push_back(memberSql(path, members.numbers, numberTypes));
  for (const auto& value : members.others) parts.push_back(compareSql(path, Op::Equal, value));
  if (parts.empty()) return Sql("0");
  Sql sql = std::move(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) sql.add(" OR ").add(parts[i]);
  return sql;
}

/// What is known in one of `parts` from all of them together.
Known knownIn(const std::vector<Filter>& parts, const Filter& filter) {
  Known known;
  for (const auto& part : parts) {
    if (part.field() != filter.field()) continue;
    const bool isRange = isLower(part.op()) || isUpper(part.op());
    const bool isOpposite =
        (isLower(filter.op()) && isUpper(part.op())) || (isUpper(filter.op()) && isLower(part.op()));
    if (filter.value().is_number() && part.value().is_number()) {
      if (isOpposite) known.isBounded = true;
      if (isRange && !mayMeetBoolean(part.op(), part.value())) known.isNoBoolean = true;
    } else if (filter.value().is_string() && part.value().is_string() && isOpposite) {
      known.isBounded = true;
    }
  }
  return known;
}

/// True exactly where the condition is false or NULL.
Sql negated(const Sql& condition) {
  return Sql("(").add(condition).add(") IS NOT TRUE");
}

Sql compile(const Filter& filter, const Known& known = {});

/// No parenthesis more than it needs: SQLite's parser has a stack of 100, which maxFilterDepth keeps to.
Sql join(const Filter& filter, std::string_view word, std::string_view none) {
  if (filter.parts().empty()) return Sql(none);
  if (filter.parts().size() == 1) return compile(filter.parts().front());
  Sql sql;
  for (const auto& part : filter.parts()) {
    if (!sql.text().empty()) sql.add(word);
    const auto known = filter.op() == Op::And ? knownIn(filter.parts(), part) : Known{};
    sql.add("(").add(compile(part, known)).add(")");
  }
  return sql;
}

Sql compile(const Filter& filter, const Known& known) {
  switch (filter.op()) {
    case Op::All: return Sql("1");
    case Op::And: return join(filter, " AND ", "1");
    case Op::Or: return join(filter, " OR ", "0");
    case Op::Not: return negated(compile(filter.parts().front()));
    case Op::NotEqual: return negated(compareSql(filter.field(), Op::Equal, filter.value()));
    case Op::In: return inSql(filter.field(), filter.value());
    case Op::Exists: return Sql(typeSql(filter.field()) + " IS NOT NULL");
    default: return compareSql(filter.field(), filter.op(), filter.value(), known);
  }
}

}  // namespace

std::string pathSql(std::string_view path) {
  checkPath(path);
  return "'$." + std::string(path) + "'";
}

std::string fieldSql(std::string_view path) {
  if (path == "_id") return "id";
  return "json_extract(doc," + pathSql(path) + ")";
}

Sql filterSql(const Filter& filter) {
  checkFilter(filter);
  return compile(filter);
}

}  // namespace parley::storage::sqlite
