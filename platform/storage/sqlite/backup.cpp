// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/backup.h"

#include "storage/sqlite/connection.h"
#include "storage/transfer_file.h"

namespace parley::storage::sqlite {

void backup(const SqliteOptions& options, const std::string& path) {
  Connection source(options, Connection::Mode::Read);
  NewFile file(path);
  source.execute(Sql("VACUUM INTO ").bind(file.temporaryPath()));

  auto copied = options;
  copied.path = file.temporaryPath();
  Connection copy(copied, Connection::Mode::Read);
  auto fault = copy.query(Sql("PRAGMA quick_check(1)"));
  if (fault.next() && fault.text(0) != "ok")
    throw Error(ErrorCode::Unavailable, "the copy is damaged: " + std::string(fault.text(0)));
  file.commit();
}

}  // namespace parley::storage::sqlite
