// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/store_figures.h"

#include <parley/store.h>
#include <parley/time.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace parley::storage {

/// A store as the host holds it: with what only its owner asks.
class ManagedStore : public Store {
 public:
  /// Whether a read and a durable write succeed within the deadline. [any thread but an I/O loop]
  virtual bool ping(Millis deadline) = 0;
  /// Keeps other servers from the same data until the store is destroyed; throws Error UNAVAILABLE that says who has
  /// it. `lost` is called once, on a thread of the store, if another one has taken it over. Once; nothing to do for a
  /// store in a file, which its owner has locked.
  virtual void claim(std::function<void()> lost) = 0;
  /// What it has done and what it is doing. [any thread]
  virtual StoreFigures figures() const = 0;

  /// Adds to what has been defined for the collection: by whoever else since the store was opened, and, of its fields,
  /// ever. Also notes that in the store itself, so that it is known without whoever defines it.
  void define(const CollectionSpec& spec) final;
  /// All that were ever defined, as they were last time, by name.
  std::vector<CollectionSpec> collections();
  std::optional<Document> findOne(const std::string& collection, const Filter& filter,
                                  const FindOptions& options = {}) final;
  std::vector<Document> find(const std::string& collection, const Filter& filter,
                             const FindOptions& options = {}) final;
  /// As forEach, with the JSON text of each document, valid during the call: for who reads many, since making values of
  /// a document costs more than finding it.
  virtual void forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                           const std::function<bool(std::string_view)>& each);
  /// As submitLater, for a document that changes far more often than it is stored: the write is made when it is due, of
  /// what is the newest then: an update of this document. `make` must not call the store. It is called once, on a
  /// thread of the store or before this returns; or never, and let go of, when another write takes its place or the
  /// database takes nothing. [any thread]
  virtual void submitWhenDue(const std::string& collection, const std::string& id, const std::function<Write()>& make);

 protected:
  /// Store::define.
  virtual void makeCollection(const CollectionSpec& spec) = 0;
  /// For a store before another one, which is not to note the definition as well.
  static void makeCollectionIn(ManagedStore& store, const CollectionSpec& spec) { store.makeCollection(spec); }

 private:
  std::mutex definitions_;
  std::map<std::string, CollectionSpec> defined_;  ///< since the store was opened, by name
};

}  // namespace parley::storage
