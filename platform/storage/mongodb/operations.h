// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/client_pool.h"
#include "storage/mongodb/statement.h"

#include <parley/store.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

namespace parley::storage::mongodb {

/// What became of a list of statements that were sent in order.
struct Outcome {
  std::size_t done = 0;          ///< the first so many were carried out
  std::int64_t affected = 0;     ///< documents that these have inserted, changed or removed
  std::optional<Error> failure;  ///< of the statement after them
  bool all = false;              ///< the failure is of all statements: nothing is known about any of them
};

/// Commands that change documents, on a client of the pool. [any thread]
class Operations {
 public:
  Operations(const ClientPool& pool, Millis retryWithin) : pool_(pool), retryWithin_(retryWithin) {}

  /// Carries out statements of one collection and one kind, in one command where they fit into it, up to the first that
  /// fails. An insert whose outcome is unknown is sent once more: what is found stored then counts as done, since
  /// nobody else has its `_id` and content.
  Outcome perform(std::span<const Statement* const> statements) const;

  std::optional<Document> findAndUpdate(const std::string& collection, const Bson& selector, const Bson& update) const;

  /// As Store::upsert, by an update and an insert when none matched: at once wherever it matters, since an insert that
  /// somebody else was faster with is followed by another update.
  Document upsert(const std::string& collection, const FieldTypes& types, const Filter& filter,
                  const Update& update) const;

 private:
  Outcome performOnce(std::span<const Statement* const> statements) const;
  Outcome performAlone(const Statement& statement) const;
  Outcome send(std::span<const Statement* const> statements, bool& unknown) const;
  Outcome sendAgain(std::span<const Statement* const> statements) const;
  bool isStored(const Statement& insert) const;
  Outcome upsertInTwoSteps(const Statement& statement) const;
  std::size_t commandLimit(const Statement& first) const;

  const ClientPool& pool_;
  Millis retryWithin_;
  /// Held while documents are changed where the server would lose changes that meet; see ServerTraits.
  mutable std::mutex changing_;
};

}  // namespace parley::storage::mongodb
