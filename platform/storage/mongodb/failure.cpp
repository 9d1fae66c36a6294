// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/failure.h"

#include "base/log.h"

#include <algorithm>
#include <array>
#include <string>

namespace parley::storage::mongodb {

namespace {

/// Error codes of MongoDB, as its documentation lists them.
constexpr std::array<std::uint32_t, 3> duplicateKey{11000, 11001, 12582};
constexpr std::array<std::uint32_t, 4> tooLarge{10334, 17419, 17420, 17280};
constexpr std::array<std::uint32_t, 4> notApplicable{2, 14, 28, 16837};
/// Not primary, shutting down, no host, timed out, not acknowledged by enough members, out of resources, not allowed.
constexpr std::array<std::uint32_t, 30> notNow{6,   7,    13,    18,    50,    63,    64,    79,    89,    91,
                                               100, 112,  133,   134,   146,   150,   189,   202,   211,   234,
                                               262, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436, 14031};

template <std::size_t size>
bool isIn(const std::array<std::uint32_t, size>& codes, std::uint32_t code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// "E11000 duplicate key error collection: parley.messages index: byKey dup key: …"; FerretDB names none at an insert
/// and says "UNIQUE constraint failed: index 'messages_1a2b3c4d_byKey'" at an update.
std::string conflictDetail(std::string_view message) {
  constexpr std::string_view before = "index: ";
  constexpr std::string_view nameEnd = " \t'";
  const auto at = message.find(before);
  if (at == std::string_view::npos) return "there is a document with the same _id or the same values in a unique index";
  auto name = message.substr(at + before.size());
  name = name.substr(0, name.find_first_of(nameEnd));
  if (name == "_id_") return "there is a document with this _id";
  return "there is a document with the same values in the unique index " + std::string(name);
}

}  // namespace

Error failureOf(std::uint32_t code, std::string_view message, std::string_view what) {
  if (isIn(duplicateKey, code) || message.find("UNIQUE constraint failed") != std::string_view::npos)
    return {ErrorCode::Conflict, conflictDetail(message)};
  if (isIn(tooLarge, code)) return {ErrorCode::PayloadTooLarge, "the document is too large"};
  if (isIn(notApplicable, code)) return {ErrorCode::ValidationFailed, "a value cannot be stored or changed like that"};
  if (isIn(notNow, code)) {
    base::log("storage").warn("mongodb: {}: {} ({})", what, message, code);
    return {ErrorCode::Unavailable, "the database cannot be used right now"};
  }
  base::log("storage").error("mongodb: {}: {} ({})", what, message, code);
  return {ErrorCode::Internal, "the database did not take a command"};
}

Error failureOf(const bson_error_t& error, std::string_view what) {
  if (error.domain == MONGOC_ERROR_SERVER || error.domain == MONGOC_ERROR_WRITE_CONCERN)
    return failureOf(error.code, error.message, what);
  if (error.domain == MONGOC_ERROR_BSON || error.domain == MONGOC_ERROR_COMMAND) {
    base::log("storage").error("mongodb: {}: {} ({}.{})", what, error.message, error.domain, error.code);
    return {ErrorCode::Internal, "the database did not take a command"};
  }
  base::log("storage").warn("mongodb: {}: {} ({}.{})", what, error.message, error.domain, error.code);
  return {ErrorCode::Unavailable, "the database cannot be reached"};
}

bool isUnknownOutcome(const bson_error_t& error) {
  return error.domain == MONGOC_ERROR_STREAM || error.domain == MONGOC_ERROR_PROTOCOL;
}

}  // namespace parley::storage::mongodb
