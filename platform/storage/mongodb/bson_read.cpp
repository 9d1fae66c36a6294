// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/bson_read.h"

#include "storage/mongodb/member_names.h"

#include <parley/time.h>

#include <openssl/evp.h>

#include <cmath>
#include <cstdlib>
#include <string>

namespace parley::storage::mongodb {

namespace {

constexpr int maxDepth = 200;  // what a server stores is half of it at most

Json shown(const bson_iter_t* at, int depth);

/// Text of others may hold what ours may not.
std::string shownText(const char* text, std::size_t length) {
  if (bson_utf8_validate(text, length, false)) return {text, length};
  std::string clean;
  for (std::size_t i = 0; i < length; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    clean.append(c == 0 || c >= 0x80 ? std::string_view("?") : std::string_view(text + i, 1));
  }
  return clean;
}

Json shownNumber(double number) {
  return std::isfinite(number) ? Json(number) : Json(nullptr);
}

std::string shownId(const bson_oid_t* id) {
  char text[25];
  bson_oid_to_string(id, text);
  return text;
}

/// Years that ISO 8601 has no four digits for stay what they are counted in.
Json shownDate(std::int64_t milliseconds) {
  constexpr std::int64_t first = -62'167'219'200'000;
  constexpr std::int64_t last = 253'402'300'799'999;
  if (milliseconds < first || milliseconds > last) return milliseconds;
  return Json(toIso8601(Time{Millis{milliseconds}}));
}

Json shownDecimal(const bson_iter_t* at) {
  bson_decimal128_t decimal;
  char text[BSON_DECIMAL128_STRING];
  if (!bson_iter_decimal128(at, &decimal)) return nullptr;
  bson_decimal128_to_string(&decimal, text);
  return shownNumber(std::strtod(text, nullptr));
}

Json shownBinary(const bson_iter_t* at) {
  bson_subtype_t kind{};
  std::uint32_t length = 0;
  const std::uint8_t* bytes = nullptr;
  bson_iter_binary(at, &kind, &length, &bytes);
  std::string text(static_cast<std::size_t>(length + 2) / 3 * 4 + 1, '\0');
  const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(length));
  text.resize(static_cast<std::size_t>(written));
  return Json(text);
}

JsonObject shownMembers(bson_iter_t* at, int depth) {
  JsonObject object;
  while (bson_iter_next(at))
    object[shownName(shownText(bson_iter_key(at), bson_iter_key_len(at)))] = shown(at, depth + 1);
  return object;
}

JsonArray shownItems(bson_iter_t* at, int depth) {
  JsonArray array;
  while (bson_iter_next(at)) array.push_back(shown(at, depth + 1));
  return array;
}

Json shownContainer(const bson_iter_t* at, int depth) {
  bson_iter_t inner;
  if (depth > maxDepth || !bson_iter_recurse(at, &inner)) return nullptr;
  if (BSON_ITER_HOLDS_ARRAY(at)) return shownItems(&inner, depth);
  return shownMembers(&inner, depth);
}

Json shownString(const bson_iter_t* at) {
  std::uint32_t length = 0;
  const char* text = bson_iter_utf8(at, &length);
  return Json(shownText(text, length));
}

/// Types that nobody writes into a document of ours.
Json shownRarity(const bson_iter_t* at) {
  std::uint32_t length = 0;
  switch (bson_iter_type(at)) {
    case BSON_TYPE_DECIMAL128: return shownDecimal(at);
    case BSON_TYPE_BINARY: return shownBinary(at);
    case BSON_TYPE_REGEX: {
      const std::string_view pattern = bson_iter_regex(at, nullptr);
      return Json(shownText(pattern.data(), pattern.size()));
    }
    case BSON_TYPE_CODE: {
      const char* text = bson_iter_code(at, &length);
      return Json(shownText(text, length));
    }
    case BSON_TYPE_SYMBOL: {
      const char* text = bson_iter_symbol(at, &length);
      return Json(shownText(text, length));
    }
    case BSON_TYPE_TIMESTAMP: {
      std::uint32_t seconds = 0;
      bson_iter_timestamp(at, &seconds, &length);
      return shownDate(std::int64_t{seconds} * 1000);
    }
    case BSON_TYPE_DBPOINTER: {
      const char* collection = nullptr;
      const bson_oid_t* id = nullptr;
      bson_iter_dbpointer(at, &length, &collection, &id);
      return id == nullptr ? Json(nullptr) : Json(shownId(id));
    }
    default: return nullptr;
  }
}

Json shown(const bson_iter_t* at, int depth) {
  switch (bson_iter_type(at)) {
    case BSON_TYPE_DOUBLE: return shownNumber(bson_iter_double(at));
    case BSON_TYPE_UTF8: return shownString(at);
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY: return shownContainer(at, depth);
    case BSON_TYPE_OID: return Json(shownId(bson_iter_oid(at)));
    case BSON_TYPE_BOOL: return bson_iter_bool(at);
    case BSON_TYPE_DATE_TIME: return shownDate(bson_iter_date_time(at));
    case BSON_TYPE_INT32: return std::int64_t{bson_iter_int32(at)};
    case BSON_TYPE_INT64: return bson_iter_int64(at);
    default: return shownRarity(at);
  }
}

/// Documents have text there; a number of another program's, say, is shown as text.
void makeIdText(Document& document) {
  auto& id = document["_id"];
  if (!id.is_string()) id = Json(boost::json::serialize(id));
}

}  // namespace

Document shownDocument(const bson_t* stored) {
  bson_iter_t at;
  if (!bson_iter_init(&at, stored)) return {};
  auto document = shownMembers(&at, 0);
  makeIdText(document);
  return document;
}

Json shownValue(const bson_iter_t* at) {
  return shown(at, 0);
}

}  // namespace parley::storage::mongodb
