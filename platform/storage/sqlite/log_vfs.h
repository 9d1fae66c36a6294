// SPDX-License-Identifier: Apache-2.0
#pragma once

struct sqlite3;

namespace parley::storage::sqlite {

/// The name of an SQLite VFS (https://www.sqlite.org/vfs.html) for connections that write: the system's, save that what
/// is appended to the write-ahead log is gathered, up to 128 KiB, and written in few calls. SQLite itself writes each
/// page in two, a head of 24 bytes and the page. What is gathered is written before the log is flushed, read, measured
/// or cut, and before anything else is written to it; so nobody may see the pages of a commit that was not flushed:
/// `PRAGMA synchronous=FULL`. Registered by the first call; null when it cannot be. [any thread]
const char* gatheringVfs();

/// For each connection opened with that VFS: what is gathered of a transaction is forgotten when it is rolled back, and
/// so is a failure to write it, after which nothing of the transaction is taken any more. Takes the rollback hook.
void forgetAtRollback(sqlite3* database);

}  // namespace parley::storage::sqlite
