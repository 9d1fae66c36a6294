// SPDX-License-Identifier: Apache-2.0
// How documents, filters and updates look to MongoDB; no server is needed.
#include "store_suite.h"

#include "storage/mongodb/bson_read.h"
#include "storage/mongodb/bson_write.h"
#include "storage/mongodb/filter_bson.h"
#include "storage/mongodb/member_names.h"
#include "storage/mongodb/update_bson.h"

#include <gmock/gmock.h>

namespace parley::storage::mongodb {

namespace {

constexpr auto id = "65a000000000000000000001";
constexpr auto later = "65a000000000000000000002";
constexpr auto time = "2024-05-06T07:08:09.010Z";

std::string textOf(const Bson& bson) {
  char* text = bson_as_relaxed_extended_json(bson.get(), nullptr);
  std::string copy = text;
  bson_free(text);
  return copy;
}

/// As JSON with ' for ".
std::string quoted(const Bson& bson) {
  auto text = textOf(bson);
  std::replace(text.begin(), text.end(), '"', '\'');
  return text;
}

class MongodbValues : public testing::Test {
 protected:
  const FieldTypes types = FieldTypes::of({"messages", {"sender", "readBy.user"}, {"createdAt", "readBy.readAt"}, {}});

  std::string filtered(const Filter& filter) const { return quoted(filterBson(filter, types)); }
};

TEST_F(MongodbValues, StoresIdsAndDatesAsWhatTheyAre) {
  const Document document{{"sender", id},
                          {"_id", later},
                          {"text", id},
                          {"createdAt", time},
                          {"readBy", {{{"user", id}, {"readAt", time}}, {{"user", "alice"}, {"readAt", "never"}}}}};
  const auto stored = storedDocument(document, types);
  EXPECT_EQ(quoted(stored),
            "{ '_id' : { '$oid' : '65a000000000000000000002' }, 'sender' : { '$oid' : '65a000000000000000000001' }, "
            "'text' : '65a000000000000000000001', 'createdAt' : { '$date' : '2024-05-06T07:08:09.010Z' }, "
            "'readBy' : [ { 'user' : { '$oid' : '65a000000000000000000001' }, 'readAt' : { '$date' : "
            "'2024-05-06T07:08:09.010Z' } }, { 'user' : 'alice', 'readAt' : 'never' } ] }");
  EXPECT_EQ(shownDocument(stored.get()), document);
}

TEST_F(MongodbValues, KeepsIdsOfOtherFormsAsText) {
  for (const auto* other : {"65A000000000000000000001", "65a00000000000000000000", "65a00000000000000000000g", "alice"})
    EXPECT_EQ(quoted(storedDocument({{"_id", other}}, types)), "{ '_id' : '" + std::string(other) + "' }");
  for (const auto* other : {"2024-05-06T07:08:09Z", "2024-13-06T07:08:09.010Z", "today"})
    EXPECT_THAT(quoted(storedDocument({{"_id", "a"}, {"createdAt", other}}, types)), testing::HasSubstr(other));
}

TEST_F(MongodbValues, KeepsEveryNameOfAMember) {
  for (const std::string name : {"", "a.b", ".", "$set", "$", "a$b", "\uFF0E", "\uFF04x", "\uFF3C", "\uFF3C\uFF3C",
                                 "a\uFF3C.b", "\uFF3C\uFF0E", "\xEF\xBC", "名字", "plain"}) {
    const auto stored = storedName(name);
    EXPECT_EQ(shownName(stored), name);
    EXPECT_EQ(stored.find('.'), std::string::npos);
    EXPECT_FALSE(stored.empty() || stored.front() == '$');
  }
  EXPECT_EQ(shownName("\uFF3Cx"), "\uFF3Cx");
}

TEST_F(MongodbValues, ReadsWhatNobodyHereWouldWrite) {
  Bson foreign;
  auto* to = foreign.get();
  bson_append_int32(to, "_id", -1, 7);
  bson_append_int32(to, "int", -1, -5);
  bson_append_double(to, "nan", -1, std::numeric_limits<double>::quiet_NaN());
  bson_oid_t oid;
  bson_oid_init_from_string(&oid, id);
  bson_append_oid(to, "oid", -1, &oid);
  bson_append_date_time(to, "date", -1, 1714979289010);
  bson_append_date_time(to, "far", -1, 999'999'999'999'999);
  bson_decimal128_t decimal;
  bson_decimal128_from_string("12.5", &decimal);
  bson_append_decimal128(to, "decimal", -1, &decimal);
  const std::uint8_t bytes[] = {'a', 'b', 'c', 'd'};
  bson_append_binary(to, "binary", -1, BSON_SUBTYPE_BINARY, bytes, sizeof bytes);
  bson_append_regex(to, "regex", -1, "^a", "i");
  bson_append_code(to, "code", -1, "f()");
  bson_append_symbol(to, "symbol", -1, "s", 1);
  bson_append_timestamp(to, "timestamp", -1, 1714979289, 3);
  bson_append_undefined(to, "undefined", -1);
  bson_append_minkey(to, "min", -1);
  bson_append_maxkey(to, "max", -1);
  bson_append_utf8(to, "zero", -1, "a\0b", 3);
  bson_append_utf8(to, "broken", -1, "a\xff", 2);
  const auto shown = shownDocument(to);
  const Document expected{{"_id", "7"},
                          {"int", -5},
                          {"nan", nullptr},
                          {"oid", id},
                          {"date", "2024-05-06T07:08:09.010Z"},
                          {"far", 999'999'999'999'999},
                          {"decimal", 12.5},
                          {"binary", "YWJjZA=="},
                          {"regex", "^a"},
                          {"code", "f()"},
                          {"symbol", "s"},
                          {"timestamp", "2024-05-06T07:08:09.000Z"},
                          {"undefined", nullptr},
                          {"min", nullptr},
                          {"max", nullptr},
                          {"zero", "a?b"},
                          {"broken", "a?"}};
  EXPECT_EQ(shown, expected);
}

TEST_F(MongodbValues, ComparesWithinTypesAndOutsideOfArrays) {
  EXPECT_EQ(filtered({}), "{ }");
  EXPECT_EQ(filtered(where("_id") == id), "{ '_id' : { '$oid' : '65a000000000000000000001' } }");
  EXPECT_EQ(filtered(where("_id") == 7), "{ '_id' : { '$in' : [  ] } }");
  EXPECT_EQ(filtered(where("n") >= 5), "{ 'n' : { '$gte' : 5, '$not' : { '$type' : 'array' } } }");
  EXPECT_EQ(filtered(where("text") < "m"), "{ 'text' : { '$lt' : 'm', '$not' : { '$type' : 'array' } } }");
  EXPECT_EQ(filtered(where("_id") == "a" && where("n") == 1),
            "{ '_id' : 'a', '$and' : [ { 'n' : { '$eq' : 1, '$not' : { '$type' : 'array' } } } ] }");
  EXPECT_EQ(filtered(where("a.b").exists()),
            "{ '$and' : [ { 'a.b' : { '$exists' : true } }, { 'a' : { '$not' : { '$type' : 'array' } } } ] }");
  // What looks like an operator is a value.
  EXPECT_EQ(filtered(where("text") == "$where"), "{ 'text' : { '$eq' : '$where', '$not' : { '$type' : 'array' } } }");
}

TEST_F(MongodbValues, ReadsARangeOfIdsBetweenBothItsEnds) {
  EXPECT_EQ(filtered(where("_id") >= "a" && where("_id") < "b"), "{ '_id' : { '$gte' : 'a', '$lt' : 'b' } }");
  EXPECT_EQ(filtered(where("_id") > id && where("_id") <= later && where("_id") > "x"),
            "{ '_id' : { '$gt' : { '$oid' : '65a000000000000000000001' }, '$lte' : { '$oid' : "
            "'65a000000000000000000002' } } }");
  EXPECT_EQ(filtered(where("_id") > id), "{ '_id' : { '$gt' : { '$oid' : '65a000000000000000000001' } } }");
  EXPECT_EQ(filtered(where("_id") < "b"), "{ '_id' : { '$gte' : '', '$lt' : 'b' } }");
  EXPECT_EQ(
      filtered(where("_id") > ""),
      "{ '$or' : [ { '_id' : { '$gt' : '' } }, { '_id' : { '$gte' : { '$oid' : '000000000000000000000000' } } } ] "
      "}");
  EXPECT_EQ(filtered(where("_id") > id && where("_id") < "b"), "{ '_id' : { '$in' : [  ] } }");
  EXPECT_EQ(filtered(where("createdAt") >= time),
            "{ 'createdAt' : { '$gte' : { '$date' : '2024-05-06T07:08:09.010Z' }, '$not' : { '$type' : 'array' } } }");
}

TEST_F(MongodbValues, SaysAnUpsertWithOperators) {
  const auto filter = where("_id") == id && where("kind") == "state" && where("n") < 5;
  EXPECT_EQ(quoted(*upsertBson(filter, Update().set("sender", id).increment("n", 1), types)),
            "{ '$set' : { 'sender' : { '$oid' : '65a000000000000000000001' } }, '$setOnInsert' : { 'kind' : 'state' }, "
            "'$inc' : { 'n' : 1 } }");
  EXPECT_THAT(quoted(*upsertBson(where("kind") == "x", Update().set("kind", "y"), types)),
              testing::StartsWith("{ '$set' : { 'kind' : 'y' }, '$setOnInsert' : { '_id' : { '$oid' : "));
  EXPECT_FALSE(upsertBson(where("n") == 5, Update().increment("n", 1), types));
  EXPECT_FALSE(upsertBson(where("a") == 5, Update().unset("a"), types));
}

}  // namespace

}  // namespace parley::storage::mongodb
