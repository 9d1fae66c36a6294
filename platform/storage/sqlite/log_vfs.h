// SPDX-License-Identifier: Apache-2.0
#pragma once

struct sqlite3;

namespace parley::storage::sqlite {

/// The name of an SQLite VFS (https://www.sqlite.org/vfs.html) for connections that write: the system's, save that what
/// is appended to the write-ahead log is gathered, up to 128 KiB, and written in few calls. SQLite itself writes each
/// page in two, a head of 24 bytes and the page. What is gathered is written before it is read, before the log is
/// flushed, measured or cut, and before anything is written elsewhere in it; so nobody may see the pages of a commit
/// that was not flushed: `PRAGMA synchronous=FULL`, on files with SQLite's default for POWERSAFE_OVERWRITE (without it
/// the end of a commit is written after the flush). Registered by the first call; null when it cannot be. [any thread]
const char* gatheringVfs();

/// For each connection opened with that VFS: what is gathered of a transaction is forgotten when it is rolled back, and
/// so is a failure to write it, after which nothing of the transaction is taken any more. Takes the rollback hook.
void forgetAtRollback(sqlite3* database);

}  // namespace parley::storage::sqlite
