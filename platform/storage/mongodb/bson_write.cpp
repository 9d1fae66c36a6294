// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/bson_write.h"

#include "storage/mongodb/member_names.h"

#include <parley/time.h>

#include <string>

namespace parley::storage::mongodb {

namespace {

void addMembers(bson_t* to, const JsonObject& object, const FieldTypes* types) {
  for (const auto& member : object)
    addValue(to, storedName(member.key()), member.value(), FieldTypes::member(types, member.key()));
}

void addItems(bson_t* to, const JsonArray& array, const FieldTypes* types) {
  std::size_t number = 0;
  for (const auto& item : array) addValue(to, std::to_string(number++), item, types);
}

}  // namespace

void addText(bson_t* to, std::string_view name, std::string_view text, const FieldTypes* types) {
  const int length = Bson::length(name);
  switch (kindOf(types, text)) {
    case TextKind::Id: {
      bson_oid_t id;
      bson_oid_init_from_string(&id, std::string(text).c_str());
      bson_append_oid(to, name.data(), length, &id);
      return;
    }
    case TextKind::Date:
      bson_append_date_time(to, name.data(), length, fromIso8601(text)->time_since_epoch().count());
      return;
    case TextKind::Plain: bson_append_utf8(to, name.data(), length, text.data(), Bson::length(text));
  }
}

void addValue(bson_t* to, std::string_view name, const Json& value, const FieldTypes* types) {
  const int length = Bson::length(name);
  bson_t inner;
  switch (value.kind()) {
    case boost::json::kind::null: bson_append_null(to, name.data(), length); break;
    case boost::json::kind::bool_: bson_append_bool(to, name.data(), length, value.get_bool()); break;
    case boost::json::kind::int64: bson_append_int64(to, name.data(), length, value.get_int64()); break;
    case boost::json::kind::uint64:  // in a filter alone, where no stored number reaches beyond 64 bits with sign
      if (value.get_uint64() <= INT64_MAX)
        bson_append_int64(to, name.data(), length, static_cast<std::int64_t>(value.get_uint64()));
      else
        bson_append_double(to, name.data(), length, static_cast<double>(value.get_uint64()));
      break;
    case boost::json::kind::double_: bson_append_double(to, name.data(), length, value.get_double()); break;
    case boost::json::kind::string: addText(to, name, std::string_view(value.get_string()), types); break;
    case boost::json::kind::array:
      bson_append_array_begin(to, name.data(), length, &inner);
      addItems(&inner, value.get_array(), types);
      bson_append_array_end(to, &inner);
      break;
    case boost::json::kind::object:
      bson_append_document_begin(to, name.data(), length, &inner);
      addMembers(&inner, value.get_object(), types);
      bson_append_document_end(to, &inner);
      break;
  }
}

Bson storedDocument(const Document& document, const FieldTypes& types) {
  Bson stored;
  // Servers put `_id` first by themselves; doing so keeps what is compared later the same.
  if (const auto* id = document.if_contains("_id"))
    addValue(stored.get(), "_id", *id, FieldTypes::member(&types, "_id"));
  for (const auto& member : document)
    if (member.key() != "_id")
      addValue(stored.get(), storedName(member.key()), member.value(), FieldTypes::member(&types, member.key()));
  if (stored.size() > maxDocumentBytes) throw Error(ErrorCode::PayloadTooLarge, "the document is too large");
  return stored;
}

}  // namespace parley::storage::mongodb
