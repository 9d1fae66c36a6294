// SPDX-License-Identifier: Apache-2.0
#include "host/settings_rows.h"

namespace parley::host {

using namespace settings_units;

void addStorageSettings(SettingsTable& t) {
  t.group("storage");
  t.choice("driver", {"sqlite", "mongodb"}, Apply::Restart,
           "`sqlite` is embedded; `mongodb` is a server, a replica set or shards elsewhere.");
  t.text("sqlite.path", "./data/parley.db", Apply::Restart,
         "The database file; its folder is made when it is missing. One server per file.");
  t.integer("sqlite.maxQueuedWrites", 10'000, 1, 10'000'000, "", Apply::Restart,
            "Writes that wait for a commit; more are UNAVAILABLE.");
  t.integer("sqlite.maxBatch", 512, 1, 100'000, "", Apply::Restart, "Writes that share one commit.");
  t.integer("sqlite.readers", 4, 1, 256, "", Apply::Restart, "Reads that run at the same time.");
  t.integer("sqlite.readerWait", 5'000, 1, 10 * minute, "ms", Apply::Restart, "How long a read waits for its turn.");
  t.integer("sqlite.busyTimeout", 5'000, 0, 10 * minute, "ms", Apply::Restart,
            "How long to wait for another program that uses the file.");
  t.integer("sqlite.cacheBytes", 64 * mebi, 1 * mebi, 1024 * gibi, "bytes", Apply::Restart,
            "Page cache of all connections together.");
  t.integer("sqlite.maxDocumentBytes", 16 * mebi, 64 * kibi, 256 * mebi, "bytes", Apply::Restart,
            "A document as JSON text; a larger one is PAYLOAD_TOO_LARGE.");
  t.integer("sqlite.checkpointBytes", 16 * mebi, 64 * kibi, 16 * gibi, "bytes", Apply::Restart,
            "How much of the write-ahead log is moved into the database at a time.");
  t.integer("sqlite.maxCachedStatements", 256, 1, 100'000, "", Apply::Restart,
            "Compiled statements that each connection keeps.");
  t.integer("sqlite.slowCommand", 200, 1, 1 * hour, "ms", Apply::Restart,
            "A read or a commit that takes longer is logged, a read with its collection.");
  t.secret(
      "mongodb.uri", Apply::Restart,
      "Connection string, `mongodb://…` or `mongodb+srv://…`. Its options for TLS, authentication, replica sets and "
      "read preference hold, and go before the settings below. Without `w` a write is acknowledged when a majority "
      "has it in its journal.");
  t.text("mongodb.database", "", Apply::Restart, "Empty: the one that the connection string names, else `parley`.");
  t.integer(
      "mongodb.connections", 0, 0, 10'000, "", Apply::Restart,
      "Operations that run at the same time; more wait. 0: three quarters of the workers, and the writers, so that a "
      "database that does not answer leaves workers to those who need none.");
  t.integer("mongodb.connectionWait", 2'000, 1, 10 * minute, "ms", Apply::Restart,
            "How long an operation waits for a connection while none gets free; then all who wait are UNAVAILABLE.");
  t.integer("mongodb.writers", 2, 1, 64, "", Apply::Restart,
            "Threads that carry out queued writes, each for collections that no other writes to meanwhile.");
  t.integer("mongodb.maxQueuedWrites", 10'000, 1, 10'000'000, "", Apply::Restart,
            "Writes that wait for their turn; more are UNAVAILABLE.");
  t.integer("mongodb.maxBatch", 1'000, 1, 100'000, "", Apply::Restart, "Writes that go out together.");
  t.integer("mongodb.queueWait", 5'000, 1, 10 * minute, "ms", Apply::Restart,
            "A write that has waited longer is UNAVAILABLE.");
  t.integer("mongodb.serverSelectionTimeout", 5'000, 1, 10 * minute, "ms", Apply::Restart,
            "How long to look for a server that can take an operation, such as a new primary.");
  t.integer("mongodb.connectTimeout", 5'000, 1, 10 * minute, "ms", Apply::Restart, "For a new connection.");
  t.integer("mongodb.socketTimeout", 10'000, 1, 10 * minute, "ms", Apply::Restart,
            "For the answer to one command, and for a write to reach as many servers as it must.");
  t.integer("mongodb.slowCommand", 200, 1, 1 * hour, "ms", Apply::Restart,
            "A command that takes longer is logged with its collection, without its values.");
  t.integer(
      "mongodb.leaseTime", 15'000, 0, 10 * minute, "ms", Apply::Restart,
      "How long a server that has this database must not have been heard of until another one may take it. A second "
      "one does not start meanwhile. 0: nobody is kept out, and two at once number messages against each other.");
}

}  // namespace parley::host
