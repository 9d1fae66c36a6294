// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <map>
#include <string>
#include <string_view>

namespace parley::storage::mongodb {

/// What a collection's specification says about its fields, as a tree by names; arrays count as what is in them.
struct FieldTypes {
  bool isId = false;    ///< text of 24 hex digits is an ObjectId
  bool isDate = false;  ///< ISO 8601 text is a Date
  std::map<std::string, FieldTypes, std::less<>> members;

  static FieldTypes of(const CollectionSpec& spec);

  /// Nothing is declared about the field and below it: null.
  static const FieldTypes* member(const FieldTypes* types, std::string_view name);
  static const FieldTypes* at(const FieldTypes* types, std::string_view path);
};

/// Text as it is stored in a field: whether it becomes an ObjectId or a Date there.
enum class TextKind { Plain, Id, Date };
TextKind kindOf(const FieldTypes* types, std::string_view text);

}  // namespace parley::storage::mongodb
