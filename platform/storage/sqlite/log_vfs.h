// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace parley::storage::sqlite {

/// The name of an SQLite VFS (https://www.sqlite.org/vfs.html) for the connection that writes: the system's, save that
/// what is appended to the write-ahead log is gathered and written in few calls. SQLite itself writes each page in two,
/// a head of 24 bytes and the page. What is gathered is written before the log is flushed, read, measured or cut; so
/// nobody may see pages of a commit that was not flushed: `PRAGMA synchronous=FULL`. Registered by the first call;
/// null when it cannot be. [any thread]
const char* gatheringVfs();

}  // namespace parley::storage::sqlite
