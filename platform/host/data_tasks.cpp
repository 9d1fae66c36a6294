// SPDX-License-Identifier: Apache-2.0
#include "host/data_tasks.h"

#include "host/data_lock.h"
#include "host/room_options.h"
#include "storage/sqlite/backup.h"
#include "storage/transfer.h"

#include <iostream>
#include <optional>

namespace parley::host {

namespace {

/// The store, for this process alone where that can be had.
class OwnStore {
 public:
  explicit OwnStore(const Settings& settings) {
    const auto options = storageOptions(settings);
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

void exportData(const Settings& settings, const std::string& file) {
  const OwnStore store(settings);
  showSummary("exported to", file, storage::exportTo(file, *store, showProgress));
}

void importData(const Settings& settings, const std::string& file) {
  const OwnStore store(settings);
  (*store).claim([] {});
  showSummary("imported from", file, storage::importFrom(file, *store, showProgress));
}

void backupData(const Settings& settings, const std::string& file) {
  const auto options = storageOptions(settings);
  if (options.driver != "sqlite")
    throw Error(ErrorCode::Unavailable,
                "backup copies the embedded database alone; for MongoDB there is mongodump, or parleyd export");
  storage::sqlite::backup(options.sqlite, file);
  std::cerr << "copied " << options.sqlite.path << " to " << file << std::endl;
}

}  // namespace parley::host
