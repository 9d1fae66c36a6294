// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/field_types.h"

#include <parley/time.h>

#include <algorithm>

namespace parley::storage::mongodb {

namespace {

FieldTypes& made(FieldTypes& root, std::string_view path) {
  auto* types = &root;
  for (;;) {
    const auto dot = path.find('.');
    types = &types->members[std::string(path.substr(0, dot))];
    if (dot == std::string_view::npos) return *types;
    path.remove_prefix(dot + 1);
  }
}

/// Lower case alone, since an ObjectId does not remember the case.
bool isObjectId(std::string_view text) {
  return text.size() == 24 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

FieldTypes FieldTypes::of(const CollectionSpec& spec) {
  FieldTypes root;
  made(root, "_id").isId = true;
  for (const auto& path : spec.idFields) made(root, path).isId = true;
  for (const auto& path : spec.dateFields) made(root, path).isDate = true;
  return root;
}

const FieldTypes* FieldTypes::member(const FieldTypes* types, std::string_view name) {
  if (types == nullptr) return nullptr;
  const auto found = types->members.find(name);
  return found == types->members.end() ? nullptr : &found->second;
}

const FieldTypes* FieldTypes::at(const FieldTypes* types, std::string_view path) {
  for (;;) {
    const auto dot = path.find('.');
    types = member(types, path.substr(0, dot));
    if (types == nullptr || dot == std::string_view::npos) return types;
    path.remove_prefix(dot + 1);
  }
}

TextKind kindOf(const FieldTypes* types, std::string_view text) {
  if (types == nullptr) return TextKind::Plain;
  if (types->isId && isObjectId(text)) return TextKind::Id;
  if (types->isDate && fromIso8601(text)) return TextKind::Date;
  return TextKind::Plain;
}

}  // namespace parley::storage::mongodb
