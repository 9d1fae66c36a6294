// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/checkpointer.h"

#include "base/threads.h"

#include <utility>

namespace parley::storage::sqlite {

namespace {

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
    if (state_.exchange(State::Asked) == State::Asked) return;
  }
  changed_.notify_one();
}

bool Checkpointer::hasEnded() {
  auto ended = State::Ended;
  return state_.compare_exchange_strong(ended, State::Idle);
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
    state_ = State::Ended;
    lock.lock();
  }
}

/// Until little has been added in the course of it: that is left to the thread that writes, as is all that comes faster
/// than this thread can move it.
void Checkpointer::moveMost() {
  int before = 0;
  int last = 0;
  do {
    const int moved = connection_->moveLog();
    const int added = moved - std::exchange(before, moved);
    if (last > 0 && added > last / 2) return;
    last = added;
  } while (last > littlePages);
}

}  // namespace parley::storage::sqlite
