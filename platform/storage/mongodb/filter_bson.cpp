// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/filter_bson.h"

#include "storage/document_rules.h"
#include "storage/mongodb/bson_write.h"
#include "storage/mongodb/text_range.h"

#include <algorithm>
#include <string>
#include <vector>

namespace parley::storage::mongodb {

namespace {

using Op = Filter::Op;
using Parts = std::vector<Bson>;

/// {name: {…}}
Bson on(std::string_view name, const Bson& condition) {
  Bson document;
  document.add(name, condition);
  return document;
}

Bson nothing() {
  Bson in;
  in.addArray("$in", Bson());
  return on("_id", in);
}

Bson joined(const char* word, const Parts& parts) {
  Bson list;
  std::size_t number = 0;
  for (const auto& part : parts) list.add(std::to_string(number++), part);
  Bson document;
  document.addArray(word, list);
  return document;
}

Bson all(Parts parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return parts.empty() ? Bson() : joined("$and", parts);
}

Bson any(Parts parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return parts.empty() ? nothing() : joined("$or", parts);
}

Bson none(Bson part) {
  Parts parts;
  parts.push_back(std::move(part));
  return joined("$nor", parts);
}

void addNoArray(Bson& condition) {
  Bson type;
  type.add("$type", "array");
  condition.add("$not", type);
}

/// That no field on the way to `path` is an array.
void addNoArrayAbove(Parts& parts, std::string_view path) {
  for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    Bson condition;
    addNoArray(condition);
    parts.push_back(on(path.substr(0, dot), condition));
  }
}

/// The condition, for values that are not in arrays.
Bson plain(std::string_view path, Bson condition) {
  if (path == "_id") return on(path, condition);
  addNoArray(condition);
  Parts parts;
  parts.push_back(on(path, condition));
  addNoArrayAbove(parts, path);
  return all(std::move(parts));
}

std::string_view operatorOf(Op op) {
  switch (op) {
    case Op::Less: return "$lt";
    case Op::LessEqual: return "$lte";
    case Op::Greater: return "$gt";
    case Op::GreaterEqual: return "$gte";
    default: return "$eq";
  }
}

bool isOrder(Op op) {
  return op == Op::Less || op == Op::LessEqual || op == Op::Greater || op == Op::GreaterEqual;
}

class Compiler {
 public:
  explicit Compiler(const FieldTypes& types) : types_(types) {}

  Bson compile(const Filter& filter) const {
    switch (filter.op()) {
      case Op::All: return {};
      case Op::And: return conjunction(filter.parts());
      case Op::Or: return disjunction(filter.parts());
      case Op::Not: return none(compile(filter.parts().front()));
      case Op::NotEqual: return none(comparison(filter.field(), Op::Equal, filter.value()));
      case Op::In: return membership(filter.field(), filter.value().get_array());
      case Op::Exists: return existence(filter.field());
      default: return comparison(filter.field(), filter.op(), filter.value());
    }
  }

 private:
  bool isTextRange(const Filter& filter) const {
    return isOrder(filter.op()) && filter.value().is_string() && FieldTypes::at(&types_, filter.field()) != nullptr;
  }

  /// An id that must be equal goes to the top as a plain value: what a server looks for first, and what an upsert
  /// takes.
  Bson conjunction(const std::vector<Filter>& filters) const {
    const auto id = std::find_if(filters.begin(), filters.end(), [](const Filter& filter) {
      return filter.op() == Op::Equal && filter.field() == "_id" && filter.value().is_string();
    });
    Parts parts;
    std::vector<TextRange> ranges;
    for (auto filter = filters.begin(); filter != filters.end(); ++filter) {
      if (filter->op() == Op::All || filter == id) continue;
      if (isTextRange(*filter))
        take(ranges, *filter);
      else
        parts.push_back(compile(*filter));
    }
    for (const auto& range : ranges) parts.push_back(inRange(range));
    if (id == filters.end()) return all(std::move(parts));
    auto document = compile(*id);
    if (!parts.empty()) bson_concat(document.get(), joined("$and", parts).get());
    return document;
  }

  Bson disjunction(const std::vector<Filter>& filters) const {
    Parts parts;
    for (const auto& filter : filters) parts.push_back(compile(filter));
    return any(std::move(parts));
  }

  Bson existence(std::string_view path) const {
    Bson condition;
    condition.add("$exists", true);
    Parts parts;
    parts.push_back(on(path, condition));
    addNoArrayAbove(parts, path);
    return all(std::move(parts));
  }

  Bson comparison(const std::string& path, Op op, const Json& value) const {
    if (path == "_id" && !value.is_string()) return nothing();
    const auto* types = FieldTypes::at(&types_, path);
    Bson condition;
    if (value.is_null()) {
      condition.add("$type", "null");
      return plain(path, std::move(condition));
    }
    if (isOrder(op) && value.is_string() && types != nullptr) {
      TextRange range(path, types);
      range.take(op, std::string_view(value.get_string()));
      return inRange(range);
    }
    if (path == "_id") {
      Bson equal;
      addValue(equal.get(), path, value, types);
      return equal;
    }
    addValue(condition.get(), operatorOf(op), value, types);
    return plain(path, std::move(condition));
  }

  void take(std::vector<TextRange>& ranges, const Filter& filter) const {
    auto found = std::find_if(ranges.begin(), ranges.end(),
                              [&](const TextRange& range) { return range.field() == filter.field(); });
    if (found == ranges.end())
      found = ranges.emplace(ranges.end(), filter.field(), FieldTypes::at(&types_, filter.field()));
    found->take(filter.op(), std::string_view(filter.value().get_string()));
  }

  static Bson inRange(const TextRange& range) {
    Parts parts;
    for (auto& condition : range.conditions()) parts.push_back(plain(range.field(), std::move(condition)));
    return any(std::move(parts));
  }

  Bson membership(const std::string& path, const JsonArray& values) const {
    const auto* types = FieldTypes::at(&types_, path);
    Bson list;
    std::size_t number = 0;
    bool nullToo = false;
    for (const auto& value : values) {
      if (value.is_null())
        nullToo = true;
      else if (path != "_id" || value.is_string())
        addValue(list.get(), std::to_string(number++), value, types);
    }
    Parts parts;
    Bson condition;
    condition.addArray("$in", list);
    if (number > 0) parts.push_back(plain(path, std::move(condition)));
    if (nullToo) parts.push_back(comparison(path, Op::Equal, nullptr));
    return any(std::move(parts));
  }

  const FieldTypes& types_;
};

}  // namespace

Bson filterBson(const Filter& filter, const FieldTypes& types) {
  checkFilter(filter);
  return Compiler(types).compile(filter);
}

Bson sortBson(const FindOptions& options) {
  checkFind(options);
  Bson sort;
  for (const auto& key : options.sort)
    if (!bson_has_field(sort.get(), key.field.c_str())) sort.add(key.field, std::int32_t{key.descending ? -1 : 1});
  if (sort.empty()) sort.add("_id", std::int32_t{1});
  return sort;
}

}  // namespace parley::storage::mongodb
