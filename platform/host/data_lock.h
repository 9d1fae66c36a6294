// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace parley::host {

/// Where a database file is, or would be made, when every link is followed: there SQLite keeps what belongs to it.
std::string realPath(const std::string& databaseFile);

/// Keeps a second server from the same database file: a lock that the system gives back when the process ends, however
/// it ends. Beside the database, wherever links to it lie, there is a file `<name>.lock` with the process id of its
/// owner.
class DataLock {
 public:
  /// Makes the database's folder when it is missing. Throws Error UNAVAILABLE that names the file and who has it, or
  /// says that the file has several names.
  explicit DataLock(const std::string& databaseFile);
  ~DataLock();
  DataLock(const DataLock&) = delete;
  DataLock& operator=(const DataLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace parley::host
