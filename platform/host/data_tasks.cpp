// SPDX-License-Identifier: Apache-2.0
#include "host/data_tasks.h"

#include "host/data_lock.h"
#include "host/room_options.h"
#include "storage/sqlite/backup.h"
#include "storage/transfer.h"

#include <filesystem>
#include <iostream>
#include <optional>
#include <system_error>

namespace parley::host {

namespace {

/// With the database where it really is, since a link to it may be replaced by what is to take its place.
storage::StorageOptions optionsOf(const Settings& settings) {
  auto options = storageOptions(settings);
  options.sqlite.path = realPath(options.sqlite.path);
  return options;
}

storage::SqliteOptions embeddedOptions(const Settings& settings, const std::string& command) {
  const auto options = optionsOf(settings);
  if (options.driver == "sqlite") return options.sqlite;
  constexpr const char* what =
      " is for the embedded database; there are mongodump and mongorestore, or export and import";
  throw Error(ErrorCode::Unavailable, command + what);
}

bool isSameFile(const std::string& a, const std::string& b) {
  std::error_code error;  // one of them may not be there
  return realPath(a) == realPath(b) || std::filesystem::equivalent(a, b, error);
}

/// Nothing is written over the database, nor over what SQLite and the server keep beside it.
void checkApart(const std::string& file, const storage::SqliteOptions& options) {
  for (const auto* suffix : {"", "-wal", "-shm", "-journal", ".lock", ".part"})
    for (const auto& written : {file, file + ".part"})
      if (isSameFile(written, options.path + suffix))
        throw Error(ErrorCode::Unavailable, file + " is in the place of the database " + options.path);
}

void checkNew(const std::string& file, bool overwrite) {
  if (!overwrite && std::filesystem::exists(file))
    throw Error(ErrorCode::Unavailable, file + " is there already; --overwrite replaces it");
}

/// The store, for this process alone where that can be had.
class OwnStore {
 public:
  explicit OwnStore(const storage::StorageOptions& options) {
    if (options.driver == "sqlite") lock_.emplace(options.sqlite.path);
    store_ = storage::openStore(options);
  }
  storage::ManagedStore& operator*() const { return *store_; }

 private:
  std::optional<DataLock> lock_;
  std::unique_ptr<storage::ManagedStore> store_;
};

void showProgress(const std::string& collection, std::int64_t documents) {
  std::cerr << collection << ": " << documents << " documents\n";
}

void showSummary(const char* done, const std::string& file, const storage::TransferSummary& summary) {
  std::cerr << done << " " << file << ": " << summary.documents << " documents in " << summary.collections
            << " collections, SHA-256 " << summary.sha256 << std::endl;
}

}  // namespace

void exportData(const Settings& settings, const std::string& file, bool overwrite) {
  const auto options = optionsOf(settings);
  if (options.driver == "sqlite") {
    checkApart(file, options.sqlite);
    if (!std::filesystem::exists(options.sqlite.path))
      throw Error(ErrorCode::Unavailable, "there is no database " + options.sqlite.path);
  }
  checkNew(file, overwrite);
  const OwnStore store(options);
  showSummary("exported to", file, storage::exportTo(file, *store, showProgress));
}

void importData(const Settings& settings, const std::string& file) {
  const OwnStore store(optionsOf(settings));
  (*store).claim([] {});
  showSummary("imported from", file, storage::importFrom(file, *store, showProgress));
}

void backupData(const Settings& settings, const std::string& file, bool overwrite) {
  const auto options = embeddedOptions(settings, "backup");
  checkApart(file, options);
  checkNew(file, overwrite);
  storage::sqlite::backup(options, file);
  std::cerr << "copied " << options.path << " to " << file << std::endl;
}

void restoreData(const Settings& settings, const std::string& file, bool overwrite) {
  const auto options = embeddedOptions(settings, "restore");
  checkApart(file, options);
  const DataLock lock(options.path);
  checkNew(options.path, overwrite);
  storage::sqlite::restore(options, file);
  std::cerr << "restored " << options.path << " from " << file << std::endl;
}

}  // namespace parley::host
