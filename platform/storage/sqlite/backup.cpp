// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/backup.h"

#include "storage/sqlite/connection.h"
#include "storage/sqlite/schema.h"
#include "storage/transfer_file.h"

#include <filesystem>

namespace parley::storage::sqlite {

namespace {

SqliteOptions at(SqliteOptions options, const std::string& path) {
  options.path = path;
  return options;
}

/// What is wrong with the database; empty when nothing is.
std::string faultIn(Connection& database) {
  auto fault = database.query(Sql("PRAGMA quick_check(1)"));
  return fault.next() && fault.text(0) != "ok" ? std::string(fault.text(0)) : std::string();
}

void copyInto(const NewFile& file, Connection& source, const SqliteOptions& options) {
  source.execute(Sql("VACUUM INTO ").bind(file.temporaryPath()));
  Connection copy(at(options, file.temporaryPath()), Connection::Mode::Read);
  if (const auto fault = faultIn(copy); !fault.empty())
    throw Error(ErrorCode::Unavailable, "the copy is damaged: " + fault);
}

std::unique_ptr<Connection> openCopy(const SqliteOptions& options, const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) throw Error(ErrorCode::Unavailable, "there is no file " + path);
  try {
    auto copy = std::make_unique<Connection>(at(options, path), Connection::Mode::Read);
    if (checkOwnership(*copy, path)) throw FileFault(path + " is empty");
    if (const auto fault = faultIn(*copy); !fault.empty()) throw FileFault(path + " is damaged: " + fault);
    return copy;
  } catch (const Error& error) {
    throw FileFault(error.detail());
  }
}

}  // namespace

void backup(const SqliteOptions& options, const std::string& path) {
  Connection source(options, Connection::Mode::Read);
  NewFile file(path);
  copyInto(file, source, options);
  file.commit();
}

void restore(const SqliteOptions& options, const std::string& copy) {
  const auto source = openCopy(options, copy);
  NewFile file(options.path);
  copyInto(file, *source, options);
  // Before the new database has its name: what is in them would be taken for its own. The old one needs them until
  // then.
  file.sync();
  for (const auto* suffix : {"-wal", "-shm", "-journal"}) std::filesystem::remove(options.path + suffix);
  file.commit();
}

}  // namespace parley::storage::sqlite
