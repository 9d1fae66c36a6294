// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/command_monitor.h"

#include "base/log.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace parley::storage::mongodb {

namespace {

/// A client runs a command on one thread from its start to its end.
thread_local std::array<char, 72> collectionOfCommand{};

void remember(std::string_view collection) {
  const auto length = std::min(collection.size(), collectionOfCommand.size() - 1);
  std::copy_n(collection.begin(), length, collectionOfCommand.begin());
  collectionOfCommand.at(length) = '\0';
}

/// {find: "messages", …}, {getMore: 7, collection: "messages", …}
std::string_view collectionOf(const bson_t* command) {
  bson_iter_t at;
  if (!bson_iter_init(&at, command) || !bson_iter_next(&at)) return {};
  if (!BSON_ITER_HOLDS_UTF8(&at) && !bson_iter_init_find(&at, command, "collection")) return {};
  return BSON_ITER_HOLDS_UTF8(&at) ? bson_iter_utf8(&at, nullptr) : std::string_view{};
}

CommandCounters::Kind kindOf(std::string_view command) {
  constexpr std::array<std::string_view, 5> writes{"insert", "update", "delete", "findAndModify", "createIndexes"};
  const bool isWrite = std::find(writes.begin(), writes.end(), command) != writes.end();
  return isWrite ? CommandCounters::Kind::Write : CommandCounters::Kind::Read;
}

}  // namespace

void CommandMonitor::watch(mongoc_client_pool_t* pool) {
  const std::unique_ptr<mongoc_apm_callbacks_t, Destroy<mongoc_apm_callbacks_destroy>> callbacks(
      mongoc_apm_callbacks_new());
  mongoc_apm_set_command_started_cb(callbacks.get(), &CommandMonitor::onStarted);
  mongoc_apm_set_command_succeeded_cb(callbacks.get(), &CommandMonitor::onSucceeded);
  mongoc_apm_set_command_failed_cb(callbacks.get(), &CommandMonitor::onFailed);
  mongoc_client_pool_set_apm_callbacks(pool, callbacks.get(), this);
}

void CommandMonitor::ended(const char* command, std::int64_t microseconds, bool failed) {
  if (!counters_.ended(kindOf(command), std::chrono::microseconds{microseconds}, failed)) return;
  base::log("storage").warn("mongodb: slow: {} {} took {} ms{}", command, collectionOfCommand.data(),
                            microseconds / 1000, failed ? " and failed" : "");
}

void CommandMonitor::onStarted(const mongoc_apm_command_started_t* event) {
  remember(collectionOf(mongoc_apm_command_started_get_command(event)));
}

void CommandMonitor::onSucceeded(const mongoc_apm_command_succeeded_t* event) {
  static_cast<CommandMonitor*>(mongoc_apm_command_succeeded_get_context(event))
      ->ended(mongoc_apm_command_succeeded_get_command_name(event), mongoc_apm_command_succeeded_get_duration(event),
              false);
}

void CommandMonitor::onFailed(const mongoc_apm_command_failed_t* event) {
  static_cast<CommandMonitor*>(mongoc_apm_command_failed_get_context(event))
      ->ended(mongoc_apm_command_failed_get_command_name(event), mongoc_apm_command_failed_get_duration(event), true);
}

}  // namespace parley::storage::mongodb
