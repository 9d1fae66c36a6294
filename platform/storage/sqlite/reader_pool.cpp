// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/reader_pool.h"

#include "base/worker_pool.h"

#include <algorithm>
#include <utility>

namespace parley::storage::sqlite {

namespace {

thread_local std::size_t leasesHere = 0;  ///< of this thread, of all pools

}  // namespace

ReaderPool::ReaderPool(const SqliteOptions& options)
    : options_(options), size_(std::max<std::size_t>(options.readers, 1)) {
  for (std::size_t i = 0; i < size_; ++i) free_.push_back(open());
}

std::unique_ptr<Connection> ReaderPool::open() const {
  return std::make_unique<Connection>(options_, Connection::Mode::Read);
}

ReaderPool::Lease::Lease(ReaderPool& pool, std::unique_ptr<Connection> connection)
    : pool_(pool), connection_(std::move(connection)) {
  ++leasesHere;
}

ReaderPool::Lease::~Lease() {
  --leasesHere;
  {
    const std::lock_guard lock(pool_.mutex_);
    --pool_.lent_;
    if (pool_.free_.size() + pool_.lent_ < pool_.size_) pool_.free_.push_back(std::move(connection_));
  }
  pool_.freed_.notify_one();
}

std::size_t ReaderPool::lent() const {
  const std::lock_guard lock(mutex_);
  return lent_;
}

ReaderPool::Lease ReaderPool::lend() {
  std::unique_lock lock(mutex_);
  if (free_.empty() && leasesHere == 0) {
    const base::Waiting waiting;
    if (!freed_.wait_for(lock, options_.readerWait, [this] { return !free_.empty(); }))
      throw Error(ErrorCode::Unavailable, "too many reads are running");
  }
  std::unique_ptr<Connection> connection;
  if (free_.empty()) {
    lock.unlock();
    connection = open();
    lock.lock();
  } else {
    connection = std::move(free_.back());
    free_.pop_back();
  }
  ++lent_;
  return {*this, std::move(connection)};
}

}  // namespace parley::storage::sqlite
