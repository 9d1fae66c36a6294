// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/log_vfs.h"

#include <sqlite3.h>

#include <cstddef>
#include <new>
#include <optional>
#include <string>

namespace parley::storage::sqlite {

namespace {

constexpr std::size_t maxGathered = std::size_t{128} * 1024;

/// A log that is open. SQLite gives the memory, in which the system's own file lies behind this.
struct LogFile : sqlite3_file {
  sqlite3_int64 end() const { return begin + static_cast<sqlite3_int64>(gathered.size()); }

  std::string gathered;
  sqlite3_int64 begin = 0;  ///< where in the file they belong
  /// From where on bytes that SQLite takes for written are not, until it gives the transaction up: what comes after the
  /// loss is refused.
  std::optional<sqlite3_int64> lostFrom{};
};

static_assert(alignof(LogFile) <= 8, "more than SQLite promises");

LogFile& logOf(sqlite3_file* file) {
  return *static_cast<LogFile*>(file);
}

sqlite3_file* systemsFile(LogFile& log) {
  return reinterpret_cast<sqlite3_file*>(&log + 1);
}

int writeGathered(LogFile& log) {
  if (log.gathered.empty()) return SQLITE_OK;
  auto* file = systemsFile(log);
  const int code = file->pMethods->xWrite(file, log.gathered.data(), static_cast<int>(log.gathered.size()), log.begin);
  if (code != SQLITE_OK) log.lostFrom = log.begin;
  log.gathered.clear();
  return code;
}

/// At the first write, for all: SQLite must not meet exceptions.
bool makeRoom(std::string& gathered) {
  try {
    gathered.reserve(maxGathered);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

int write(sqlite3_file* self, const void* bytes, int size, sqlite3_int64 at) {
  auto& log = logOf(self);
  if (log.lostFrom) return SQLITE_IOERR_WRITE;
  if (!makeRoom(log.gathered)) return SQLITE_IOERR_NOMEM;
  const auto count = static_cast<std::size_t>(size);
  if (at != log.end() || log.gathered.size() + count > maxGathered) {
    if (const int code = writeGathered(log); code != SQLITE_OK) return code;
    log.begin = at;
  }
  log.gathered.append(static_cast<const char*>(bytes), count);
  return SQLITE_OK;
}

template <auto Method, typename... Args>
int pass(sqlite3_file* self, Args... args) {
  auto* file = systemsFile(logOf(self));
  return (file->pMethods->*Method)(file, args...);
}

template <auto Method, typename... Args>
int passWhenWritten(sqlite3_file* self, Args... args) {
  const int code = writeGathered(logOf(self));
  return code == SQLITE_OK ? pass<Method>(self, args...) : code;
}

using Methods = sqlite3_io_methods;

int read(sqlite3_file* self, void* into, int size, sqlite3_int64 at) {
  auto& log = logOf(self);
  if (log.lostFrom && at + size > *log.lostFrom) return SQLITE_IOERR_READ;
  const bool isGathered = at + size > log.begin && at < log.end();
  // Never that the disk is full: the statement might fail alone.
  if (isGathered && writeGathered(log) != SQLITE_OK) return SQLITE_IOERR_READ;
  return pass<&Methods::xRead>(self, into, size, at);
}

int sync(sqlite3_file* self, int flags) {
  if (logOf(self).lostFrom) return SQLITE_IOERR_FSYNC;
  return passWhenWritten<&Methods::xSync>(self, flags);
}

/// What is gathered belongs to no commit, since that would have been flushed.
int close(sqlite3_file* self) {
  const int closed = pass<&Methods::xClose>(self);
  logOf(self).~LogFile();
  return closed;
}

constexpr Methods logMethods = {
    .iVersion = 1,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = passWhenWritten<&Methods::xTruncate, sqlite3_int64>,
    .xSync = sync,
    .xFileSize = passWhenWritten<&Methods::xFileSize, sqlite3_int64*>,
    .xLock = pass<&Methods::xLock, int>,
    .xUnlock = pass<&Methods::xUnlock, int>,
    .xCheckReservedLock = pass<&Methods::xCheckReservedLock, int*>,
    .xFileControl = pass<&Methods::xFileControl, int, void*>,
    .xSectorSize = pass<&Methods::xSectorSize>,
    .xDeviceCharacteristics = pass<&Methods::xDeviceCharacteristics>,
    // Of later versions, for database files alone.
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

void forget(void* database) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(static_cast<sqlite3*>(database), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file);
  if (file == nullptr || file->pMethods != &logMethods) return;
  logOf(file).gathered.clear();
  logOf(file).lostFrom.reset();
}

/// The default one of before.
sqlite3_vfs* systemsVfs() {
  static auto* const vfs = sqlite3_vfs_find(nullptr);
  return vfs;
}

int open(sqlite3_vfs* /*self*/, const char* name, sqlite3_file* file, int flags, int* opened) {
  auto* system = systemsVfs();
  if ((flags & SQLITE_OPEN_WAL) == 0) return system->xOpen(system, name, file, flags, opened);
  auto* log = new (file) LogFile{};
  const int code = system->xOpen(system, name, systemsFile(*log), flags, opened);
  if (code == SQLITE_OK)
    log->pMethods = &logMethods;
  else
    log->~LogFile();
  return code;
}

}  // namespace

const char* gatheringVfs() {
  static const char* const registered = [] {
    static sqlite3_vfs vfs = *systemsVfs();
    vfs.zName = "parley-log";
    vfs.szOsFile += static_cast<int>(sizeof(LogFile));
    vfs.xOpen = open;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? vfs.zName : nullptr;
  }();
  return registered;
}

void forgetAtRollback(sqlite3* database) {
  sqlite3_rollback_hook(database, forget, database);
}

}  // namespace parley::storage::sqlite
