// SPDX-License-Identifier: Apache-2.0
#include "http/body_intake.h"

#include <utility>

namespace parley::http {

BodyIntake::BodyIntake(net::EventLoop& loop, std::size_t window, std::function<void()> moved)
    : loop_(loop), window_(window), moved_(std::move(moved)) {}

BodyIntake::BodyIntake(net::EventLoop& loop) : loop_(loop), state_(State::Complete) {}

void BodyIntake::take(std::shared_ptr<Taker> taker) {
  loop_.dispatch([self = shared_from_this(), taker = std::move(taker)]() mutable {
    if (self->state_ == State::Complete) return taker->onEnd();
    if (self->state_ == State::Broken) return taker->onBroken();
    self->taker_ = std::move(taker);
    self->tellMoved();
  });
}

void BodyIntake::done(std::size_t bytes) {
  loop_.post([self = shared_from_this(), bytes] {
    self->waiting_ -= bytes;
    self->tellMoved();
  });
}

void BodyIntake::tellMoved() const {
  if (const auto moved = moved_) moved();  // a copy: it may end the intake
}

void BodyIntake::give(std::string piece) {
  waiting_ += piece.size();
  taker_->onPiece(std::move(piece));
}

void BodyIntake::close(State state) {
  state_ = state;
  moved_ = nullptr;
}

void BodyIntake::end() {
  close(State::Complete);
  if (const auto taker = std::exchange(taker_, nullptr)) taker->onEnd();
}

void BodyIntake::fail() {
  close(State::Broken);
  if (const auto taker = std::exchange(taker_, nullptr)) taker->onBroken();
}

void BodyIntake::leave() {
  close(State::Broken);
  taker_.reset();
}

}  // namespace parley::http
