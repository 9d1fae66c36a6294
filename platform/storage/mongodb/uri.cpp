// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/uri.h"

#include "base/log.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace parley::storage::mongodb {

namespace {

constexpr auto defaultDatabase = "parley";

[[noreturn]] void refuse(const std::string& detail) {
  throw Error(ErrorCode::Unavailable, "storage.mongodb.uri: " + detail);
}

void fill(mongoc_uri_t* uri, const char* option, std::int64_t value) {
  if (mongoc_uri_has_option(uri, option)) return;
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
  mongoc_uri_set_option_as_int32(uri, option, static_cast<std::int32_t>(std::min(value, most)));
}

/// An acknowledgement means that a majority of the servers have it in their journals, and reads show nothing else, so
/// that what was not acknowledged is not taken for stored; a URI that says otherwise is believed, unless it asks for no
/// acknowledgement at all.
void fillConcerns(mongoc_uri_t* uri, Millis deadline) {
  const auto* given = mongoc_uri_get_write_concern(uri);
  const std::unique_ptr<mongoc_write_concern_t, Destroy<mongoc_write_concern_destroy>> concern(
      mongoc_write_concern_copy(given));
  if (mongoc_write_concern_get_w(given) == MONGOC_WRITE_CONCERN_W_DEFAULT) {
    mongoc_write_concern_set_w(concern.get(), MONGOC_WRITE_CONCERN_W_MAJORITY);
    if (!mongoc_write_concern_journal_is_set(given)) mongoc_write_concern_set_journal(concern.get(), true);
    if (mongoc_read_concern_is_default(mongoc_uri_get_read_concern(uri))) {
      const std::unique_ptr<mongoc_read_concern_t, Destroy<mongoc_read_concern_destroy>> reads(
          mongoc_read_concern_new());
      mongoc_read_concern_set_level(reads.get(), MONGOC_READ_CONCERN_LEVEL_MAJORITY);
      mongoc_uri_set_read_concern(uri, reads.get());
    }
  }
  if (!mongoc_write_concern_is_acknowledged(concern.get()))
    refuse("w=0 would lose writes without anybody knowing; leave w out, or ask for 1 or more");
  if (mongoc_write_concern_get_wtimeout_int64(given) == 0)
    mongoc_write_concern_set_wtimeout_int64(concern.get(), deadline.count());
  mongoc_uri_set_write_concern(uri, concern.get());
}

void warnOfStaleReads(const mongoc_uri_t* uri) {
  const auto* preference = mongoc_uri_get_read_prefs_t(uri);
  if (preference != nullptr && mongoc_read_prefs_get_mode(preference) != MONGOC_READ_PRIMARY)
    base::log("storage").warn("storage.mongodb.uri: with this read preference, reads may miss what was just written");
}

}  // namespace

Uri completeUri(const MongodbOptions& options) {
  bson_error_t error;
  Uri uri(mongoc_uri_new_with_error(options.uri.c_str(), &error));
  // The message quotes no more than the name or value of an option.
  if (!uri) refuse("it is not a connection string that can be used: " + std::string(error.message));
  // As many again, for reads within reads.
  fill(uri.get(), MONGOC_URI_MAXPOOLSIZE, static_cast<std::int64_t>(2 * options.connections));
  fill(uri.get(), MONGOC_URI_WAITQUEUETIMEOUTMS, options.connectionWait.count());
  fill(uri.get(), MONGOC_URI_SERVERSELECTIONTIMEOUTMS, options.serverSelection.count());
  fill(uri.get(), MONGOC_URI_CONNECTTIMEOUTMS, options.connectTimeout.count());
  fill(uri.get(), MONGOC_URI_SOCKETTIMEOUTMS, options.socketTimeout.count());
  if (!mongoc_uri_has_option(uri.get(), MONGOC_URI_APPNAME)) mongoc_uri_set_appname(uri.get(), "parleyd");
  fillConcerns(uri.get(), options.socketTimeout);
  warnOfStaleReads(uri.get());
  return uri;
}

std::string databaseOf(const MongodbOptions& options, const mongoc_uri_t* uri) {
  if (!options.database.empty()) return options.database;
  const char* named = mongoc_uri_get_database(uri);
  return named == nullptr || *named == '\0' ? defaultDatabase : named;
}

}  // namespace parley::storage::mongodb
