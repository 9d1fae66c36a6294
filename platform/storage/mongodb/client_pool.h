// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/worker_pool.h"
#include "storage/mongodb/bson.h"
#include "storage/mongodb/call_gate.h"
#include "storage/mongodb/command_monitor.h"
#include "storage/open_store.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>

namespace parley::storage::mongodb {

/// What servers that speak the protocol differ in.
struct ServerTraits {
  std::string name = "MongoDB";
  /// An index can be told which documents it is for.
  bool partialIndexes = true;
  /// Changes of one document from several connections do not get lost, and each statement of a command fails by itself.
  bool atomicUpdates = true;
  /// Conditions beside an `_id` are tried on its document alone, and not on the whole collection.
  bool narrowsById = true;
  /// An ordered insert of more documents goes on after one that failed.
  std::size_t maxInserts = std::numeric_limits<std::size_t>::max();
};

/// Whether the thread is let past the gate: that of a writer always, any other while it has a client, for a read within
/// a read.
class Passage {
 public:
  Passage() { ++held_; }
  ~Passage() { --held_; }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  static bool isFree() { return held_ > 0; }

 private:
  static thread_local int held_;
};

/// One client of the pool for as long as this lives, with the collections of the store's database.
class Lease {
 public:
  /// On the thread on which it ends, too. `atEnd` is called when the client is back.
  Lease(mongoc_client_pool_t* pool, mongoc_client_t* client, std::string database, std::function<void()> atEnd)
      : pool_(pool), client_(client), database_(std::move(database)), atEnd_(std::move(atEnd)) {}
  ~Lease() {
    mongoc_client_pool_push(pool_, client_);
    atEnd_();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Collection collection(const std::string& name) const {
    return Collection(mongoc_client_get_collection(client_, database_.c_str(), name.c_str()));
  }
  Database database() const { return Database(mongoc_client_get_database(client_, database_.c_str())); }

 private:
  mongoc_client_pool_t* pool_;
  mongoc_client_t* client_;
  std::string database_;
  std::function<void()> atEnd_;
  Passage passage_;
  base::Waiting waiting_;
};

/// A client of its own for what takes longer than the pool's deadlines allow.
class ApartClient {
 public:
  ApartClient(mongoc_client_t* client, std::string database) : client_(client), database_(std::move(database)) {}

  Collection collection(const std::string& name) const {
    return Collection(mongoc_client_get_collection(client_.get(), database_.c_str(), name.c_str()));
  }

 private:
  std::unique_ptr<mongoc_client_t, Destroy<mongoc_client_destroy>> client_;
  std::string database_;
};

/// The connections. libmongoc watches the servers in a thread of its own, finds the primary anew when it changes, and
/// connects again by itself.
class ClientPool {
 public:
  /// Throws Error with a detail for the admin when the options cannot be used or no server answers.
  explicit ClientPool(const MongodbOptions& options);

  /// Waits for its turn; UNAVAILABLE when the others have no answer either. [any thread]
  Lease lend() const;
  /// A new connection whose commands may take as long as that.
  ApartClient apart(Millis socketTimeout) const;

  const ServerTraits& traits() const { return traits_; }
  /// Of the commands and the connections.
  StoreFigures figures() const;
  /// For what the commands alone do not show.
  CommandCounters& counters() const { return monitor_.counters(); }

 private:
  /// libmongoc's own state: made once in a process.
  struct Library {
    Library();
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
  };
  static const Library& library();
  void greet();

  mutable CommandMonitor monitor_;
  mutable std::atomic<std::uint64_t> lent_{0};
  mutable CallGate gate_;
  std::uint64_t connections_;
  Uri uri_;
  std::string database_;
  ServerTraits traits_;
  std::unique_ptr<mongoc_client_pool_t, Destroy<mongoc_client_pool_destroy>> pool_;
};

}  // namespace parley::storage::mongodb
