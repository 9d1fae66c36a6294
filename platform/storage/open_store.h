// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/managed_store.h"

#include <cstddef>
#include <memory>
#include <string>

namespace parley::storage {

/// The embedded database: one file (and its -wal and -shm beside it).
struct SqliteOptions {
  std::string path = "parley.db";                        ///< made when missing; its folder must be there
  std::size_t maxQueuedWrites = 10'000;                  ///< writes that wait for a commit; more are UNAVAILABLE
  std::size_t maxBatch = 512;                            ///< writes that share one commit
  std::size_t readers = 4;                               ///< reads that run at the same time
  Millis readerWait{5'000};                              ///< how long a read waits for its turn
  Millis busyTimeout{5'000};                             ///< how long to wait for another process
  std::size_t cacheBytes = std::size_t{64} << 20;        ///< page cache of all connections together
  std::size_t maxDocumentBytes = std::size_t{16} << 20;  ///< of a document as JSON text; larger is PAYLOAD_TOO_LARGE
  std::size_t checkpointBytes = std::size_t{16} << 20;   ///< the log that is moved into the database at a time
  std::size_t maxFileBytes = 0;                          ///< of the database file; 0: what SQLite allows
  std::size_t maxCachedStatements = 256;                 ///< per connection
  Millis slowCommand{200};                               ///< a read or commit that takes longer is logged
};

/// A database over the network: MongoDB (one server, a replica set, shards) or what speaks its protocol.
struct MongodbOptions {
  std::string uri;                       ///< mongodb:// or mongodb+srv://; what it says goes before what is here
  std::string database;                  ///< empty: the one that the URI names, else "parley"
  std::size_t connections = 16;          ///< operations that run at the same time, `writers` among them
  std::size_t writers = 2;               ///< threads that carry out what was submitted
  std::size_t maxQueuedWrites = 10'000;  ///< writes that wait for their turn; more are UNAVAILABLE
  std::size_t maxBatch = 1'000;          ///< writes that go out together
  Millis queueWait{5'000};               ///< a write that has waited longer is UNAVAILABLE
  Millis connectionWait{2'000};          ///< how long a call waits for one of the connections while none gets free
  Millis serverSelection{5'000};         ///< how long to look for a server that can do it
  Millis connectTimeout{5'000};          ///< for a new connection
  Millis socketTimeout{10'000};          ///< for the answer to one command
  Millis slowCommand{200};               ///< a command that takes longer is logged
  Millis leaseTime{15'000};              ///< after which a server that is not heard of is gone; 0: nobody is kept out
};

struct StorageOptions {
  std::string driver = "sqlite";
  Millis gatherDelay{200};  ///< how long the writes of Store::submitLater wait
  SqliteOptions sqlite;
  MongodbOptions mongodb;
};

/// Opens the store that the options name; throws Error, with a detail for the admin, when it cannot be used.
/// Destroying the store waits for what is queued; nobody may call it any more by then.
std::unique_ptr<ManagedStore> openStore(const StorageOptions& options);

}  // namespace parley::storage
