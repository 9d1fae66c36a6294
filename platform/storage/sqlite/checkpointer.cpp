// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/checkpointer.h"

#include "base/threads.h"

#include <utility>

namespace parley::storage::sqlite {

namespace {

constexpr int maxRounds = 4;
constexpr int littlePages = 64;

}  // namespace

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
  base::runBehindOthers();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || state_ == State::Asked; });
    if (stopping_) return;
    lock.unlock();
    moveMost();
    lock.lock();
    state_ = State::Ended;
  }
}

/// Until little has been added in the course of it: that is left to the thread that writes.
void Checkpointer::moveMost() {
  int before = 0;
  for (int round = 0; round < maxRounds; ++round) {
    const int moved = connection_->checkpoint(false, Millis{0}).value_or(0);
    if (moved - before < littlePages) return;
    before = moved;
  }
}

}  // namespace parley::storage::sqlite
