// SPDX-License-Identifier: Apache-2.0
#include "storage/document_rules.h"

#include "base/utf8.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace parley::storage {

namespace {

[[noreturn]] void refuse(std::string detail) {
  throw Error(ErrorCode::ValidationFailed, std::move(detail));
}

constexpr bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool isNameCharacter(char c) {
  return isLetter(c) || (c >= '0' && c <= '9') || c == '_';
}

/// Without a branch for each character, so that the compiler takes many at once.
bool isPlainAscii(std::string_view text) {
  unsigned char special = 0;
  for (const char c : text) special |= static_cast<unsigned char>((c & 0x80) | (c == '\0'));
  return special == 0;
}

void checkText(std::string_view text) {
  if (isPlainAscii(text)) return;
  if (text.find('\0') != std::string_view::npos) refuse("text must not contain U+0000");
  if (!base::isUtf8(text)) refuse("text must be valid UTF-8");
}

void checkNested(const Json& value, std::size_t depth) {
  if (depth > maxValueDepth) refuse("values nest deeper than " + std::to_string(maxValueDepth));
  if (value.is_string()) {
    checkText(value.get_string());
  } else if (value.is_double()) {
    if (!std::isfinite(value.get_double())) refuse("numbers must be finite");
  } else if (value.is_uint64()) {
    if (value.get_uint64() > std::numeric_limits<std::int64_t>::max()) refuse("integers must fit 64 bits with sign");
  } else if (value.is_array()) {
    for (const auto& item : value.get_array()) checkNested(item, depth + 1);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) {
      checkText(member.key());
      checkNested(member.value(), depth + 1);
    }
  }
}

bool isPartOf(std::string_view path, std::string_view longer) {
  return longer.substr(0, path.size()) == path && (longer.size() == path.size() || longer[path.size()] == '.');
}

/// '.' sorts before every character of a name, so a path stands directly before those it is a part of.
void checkApart(std::vector<std::string_view> paths) {
  std::sort(paths.begin(), paths.end());
  for (std::size_t i = 1; i < paths.size(); ++i)
    if (isPartOf(paths[i - 1], paths[i])) refuse("an update changes " + std::string(paths[i - 1]) + " twice");
}

void checkStep(const Update::Step& step) {
  checkPath(step.field);
  checkValue(step.value);
  if (step.field == "_id" && step.op != Update::Op::SetOnInsert) refuse("_id cannot be changed");
  if (step.op == Update::Op::Max && !step.value.is_number() && !step.value.is_string() && !step.value.is_bool())
    refuse("max of " + step.field + " takes a number, text or a boolean");
  if (step.op == Update::Op::Increment && !step.value.is_number()) refuse("increment takes a number");
}

/// What `in` lists and the two equalities take; the other comparisons take no null.
void checkComparable(const Filter& filter, const Json& value, bool nullAllowed) {
  if (value.is_double() && !std::isfinite(value.get_double())) refuse("numbers must be finite");
  if (value.is_number() || value.is_string() || value.is_bool() || (nullAllowed && value.is_null())) return;
  refuse("field " + filter.field() + " cannot be compared with this type of value");
}

void checkList(const Filter& filter) {
  if (!filter.value().is_array()) refuse("in takes an array");
  for (const auto& value : filter.value().get_array()) checkComparable(filter, value, true);
}

void checkPart(const Filter& filter, std::size_t depth, std::size_t& parts) {
  using Op = Filter::Op;
  if (depth > maxFilterDepth) refuse("a filter nests deeper than " + std::to_string(maxFilterDepth));
  if (++parts > maxFilterParts) refuse("a filter has more than " + std::to_string(maxFilterParts) + " parts");
  const auto op = filter.op();
  if (op == Op::All) return;
  if (op == Op::And || op == Op::Or || op == Op::Not) {
    if (op == Op::Not && filter.parts().size() != 1) refuse("not takes one condition");
    for (const auto& part : filter.parts()) checkPart(part, depth + 1, parts);
    return;
  }
  checkPath(filter.field());
  if (op == Op::In) return checkList(filter);
  if (op != Op::Exists) checkComparable(filter, filter.value(), op == Op::Equal || op == Op::NotEqual);
}

}  // namespace

void checkPath(std::string_view path) {
  std::size_t segments = 1;
  std::size_t length = 0;
  for (const char c : path) {
    if (c == '.') {
      if (length == 0) break;
      ++segments;
      length = 0;
    } else if (isNameCharacter(c)) {
      ++length;
    } else {
      refuse("a field path consists of A-Z a-z 0-9 _ and dots");
    }
    if (length > maxNameLength) refuse("a field name is longer than " + std::to_string(maxNameLength));
  }
  if (length == 0) refuse("a field path has an empty name");
  if (segments > maxPathSegments) refuse("a field path has more than " + std::to_string(maxPathSegments) + " names");
}

void checkName(std::string_view name, std::string_view what) {
  const bool good = !name.empty() && name.size() <= maxNameLength && isLetter(name.front()) &&
                    std::all_of(name.begin(), name.end(), isNameCharacter);
  if (!good) refuse("the name of a " + std::string(what) + " is a letter, then up to 63 of A-Z a-z 0-9 _");
}

void checkValue(const Json& value) {
  checkNested(value, 1);
}

void checkDocument(const Document& document) {
  if (textOf(document, "_id").empty()) refuse("a document needs a text _id");
  for (const auto& member : document) {
    checkText(member.key());
    checkNested(member.value(), 2);
  }
}

void checkUpdate(const Update& update) {
  if (update.steps().empty()) refuse("an update without steps");
  if (update.steps().size() > maxUpdateSteps)
    refuse("an update has more than " + std::to_string(maxUpdateSteps) + " steps");
  std::vector<std::string_view> paths;
  for (const auto& step : update.steps()) {
    checkStep(step);
    paths.emplace_back(step.field);
  }
  checkApart(std::move(paths));
}

void checkFilter(const Filter& filter) {
  std::size_t parts = 0;
  checkPart(filter, 1, parts);
}

void checkFind(const FindOptions& options) {
  if (options.limit < 0 || options.skip < 0) refuse("limit and skip must not be negative");
  if (options.sort.size() > maxIndexFields) refuse("too many sort keys");
  for (const auto& key : options.sort) checkPath(key.field);
}

void checkCollection(const CollectionSpec& spec) {
  checkName(spec.name, "collection");
  for (const auto& index : spec.indexes) {
    checkName(index.name, "index");
    if (index.fields.empty() || index.fields.size() > maxIndexFields)
      refuse("index " + index.name + " needs 1 to " + std::to_string(maxIndexFields) + " fields");
    for (const auto& key : index.fields) checkPath(key.field);
  }
}

}  // namespace parley::storage
