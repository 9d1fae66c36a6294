// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/reader_pool.h"

#include "base/worker_pool.h"

#include <algorithm>
#include <utility>

namespace parley::storage::sqlite {

ReaderPool::ReaderPool(const SqliteOptions& options)
    : wait_(options.readerWait), size_(std::max<std::size_t>(options.readers, 1)) {
  for (std::size_t i = 0; i < size_; ++i)
    free_.push_back(std::make_unique<Connection>(options, Connection::Mode::Read));
}

ReaderPool::Lease::Lease(ReaderPool& pool, std::unique_ptr<Connection> connection)
    : pool_(pool), connection_(std::move(connection)) {}

ReaderPool::Lease::~Lease() {
  {
    const std::lock_guard lock(pool_.mutex_);
    pool_.free_.push_back(std::move(connection_));
  }
  pool_.freed_.notify_one();
}

std::size_t ReaderPool::lent() const {
  const std::lock_guard lock(mutex_);
  return size_ - free_.size();
}

ReaderPool::Lease ReaderPool::lend() {
  std::unique_lock lock(mutex_);
  if (free_.empty()) {
    const base::Waiting waiting;
    if (!freed_.wait_for(lock, wait_, [this] { return !free_.empty(); }))
      throw Error(ErrorCode::Unavailable, "too many reads are running");
  }
  auto connection = std::move(free_.back());
  free_.pop_back();
  return {*this, std::move(connection)};
}

}  // namespace parley::storage::sqlite
