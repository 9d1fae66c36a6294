// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/connection.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace parley::storage::sqlite {

/// Read-only connections, lent to one call each. A thread that has one already, and asks for another while it works
/// through the rows of the first, does not wait for others that may do the same: it gets one beyond the pool's size.
/// [any thread]
class ReaderPool {
 public:
  /// Opens all of them; the database must be there.
  explicit ReaderPool(const SqliteOptions& options);

  /// A connection for as long as the lease lives. The pool must outlive it.
  class Lease {
   public:
    Lease(ReaderPool& pool, std::unique_ptr<Connection> connection);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Connection* operator->() const { return connection_.get(); }

   private:
    ReaderPool& pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// Waits for a free one; UNAVAILABLE when there is none in time.
  Lease lend();

  std::size_t size() const { return size_; }
  std::size_t lent() const;  ///< now

 private:
  std::unique_ptr<Connection> open() const;

  const SqliteOptions options_;
  const std::size_t size_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> free_;  ///< at most `size_`
  std::size_t lent_ = 0;
};

}  // namespace parley::storage::sqlite
