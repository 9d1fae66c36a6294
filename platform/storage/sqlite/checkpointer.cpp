// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/checkpointer.h"

#include "base/threads.h"

#include <utility>

namespace parley::storage::sqlite {

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)), thread_([this] { loop(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::begin() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(state_, State::Asked) == State::Asked) return;
  }
  changed_.notify_one();
}

bool Checkpointer::isBusy() const {
  const std::lock_guard lock(mutex_);
  return state_ == State::Asked;
}

bool Checkpointer::hasEnded() {
  const std::lock_guard lock(mutex_);
  if (state_ != State::Ended) return false;
  state_ = State::Idle;
  return true;
}

void Checkpointer::loop() {
  base::nameThread("checkpoint");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || state_ == State::Asked; });
    if (stopping_) return;
    lock.unlock();
    connection_->checkpoint(false, Millis{0});
    lock.lock();
    state_ = State::Ended;
  }
}

}  // namespace parley::storage::sqlite
