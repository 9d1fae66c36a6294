// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/client_pool.h"

#include "base/log.h"
#include "storage/mongodb/failure.h"
#include "storage/mongodb/uri.h"

namespace parley::storage::mongodb {

namespace {

/// What goes wrong with a call is logged where it is called; the library's own warnings are about servers that do not
/// know one of its optional commands.
void toLog(mongoc_log_level_t level, const char* domain, const char* message, void*) {
  auto& log = base::log("storage");
  if (level <= MONGOC_LOG_LEVEL_CRITICAL)
    log.error("mongodb: {}: {}", domain, message);
  else
    log.debug("mongodb: {}: {}", domain, message);
}

}  // namespace

ClientPool::Library::Library() {
  mongoc_init();
  mongoc_log_set_handler(&toLog, nullptr);
}

ClientPool::Library::~Library() {
  mongoc_cleanup();
}

const ClientPool::Library& ClientPool::library() {
  static const Library library;
  return library;
}

thread_local int Passage::held_ = 0;

ClientPool::ClientPool(const MongodbOptions& options)
    : monitor_(options.slowCommand),
      gate_(options.connections > options.writers ? options.connections - options.writers : 1, options.connectionWait),
      connections_(options.connections) {
  library();
  uri_ = completeUri(options);
  database_ = databaseOf(options, uri_.get());
  bson_error_t error;
  pool_.reset(mongoc_client_pool_new_with_error(uri_.get(), &error));
  if (!pool_) throw Error(ErrorCode::Unavailable, "storage.mongodb.uri: " + std::string(error.message));
  mongoc_client_pool_set_error_api(pool_.get(), MONGOC_ERROR_API_VERSION_2);
  monitor_.watch(pool_.get());
  greet();
}

/// The first command: finds out whether the servers can be reached, and what they are.
void ClientPool::greet() {
  Bson command;
  command.add("buildInfo", std::int32_t{1});
  Reply reply;
  bson_error_t error;
  const auto lease = lend();
  if (!mongoc_database_command_simple(lease.database().get(), command.get(), nullptr, reply.fresh(), &error))
    throw Error(ErrorCode::Unavailable,
                "the database of storage.mongodb.uri cannot be used: " + std::string(error.message));
  bson_iter_t at;
  const auto text = [&](const char* name) {
    return bson_iter_init_find(&at, reply.get(), name) && BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, nullptr) : "";
  };
  // What its first generation leaves out; the second one is made of another database.
  if (reply.has("ferretdbVersion") && !std::string_view(text("ferretdbVersion")).starts_with("v2"))
    traits_ = {"FerretDB, as MongoDB", false, false, false, 100};
  base::log("storage").info("database {}: {} {}", database_, traits_.name, text("version"));
}

Lease ClientPool::lend() const {
  const bool isGated = !Passage::isFree();
  if (isGated) gate_.enter();
  auto* client = mongoc_client_pool_pop(pool_.get());
  if (client == nullptr) {
    if (isGated) gate_.leave();
    throw Error(ErrorCode::Unavailable, "too many calls to the database are running");
  }
  ++lent_;
  return {pool_.get(), client, database_, [this, isGated] {
            --lent_;
            if (isGated) gate_.leave();
          }};
}

StoreFigures ClientPool::figures() const {
  auto figures = monitor_.counters().figures();
  figures.connections = connections_;
  figures.connectionsUsed = lent_;
  return figures;
}

ApartClient ClientPool::apart(Millis socketTimeout) const {
  const Uri uri(mongoc_uri_copy(uri_.get()));
  mongoc_uri_set_option_as_int32(uri.get(), MONGOC_URI_SOCKETTIMEOUTMS,
                                 static_cast<std::int32_t>(socketTimeout.count()));
  bson_error_t error;
  auto* client = mongoc_client_new_from_uri_with_error(uri.get(), &error);
  if (client == nullptr) throw Error(ErrorCode::Unavailable, "storage.mongodb.uri: " + std::string(error.message));
  mongoc_client_set_error_api(client, MONGOC_ERROR_API_VERSION_2);
  return {client, database_};
}

}  // namespace parley::storage::mongodb
