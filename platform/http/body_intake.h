// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "net/event_loop.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace parley::http {

/// A connection's side of an IncomingBody: what was given and is not yet done with bounds what is read. Everything
/// [loop] but for `take` and `done`.
class BodyIntake final : public IncomingBody, public std::enable_shared_from_this<BodyIntake> {
 public:
  /// `moved` is called when more may be wanted than before; it is dropped with end() or leave().
  BodyIntake(net::EventLoop& loop, std::size_t window, std::function<void()> moved);
  /// A body that is complete before it began.
  explicit BodyIntake(net::EventLoop& loop);

  void take(std::shared_ptr<Taker> taker) override;
  void done(std::size_t bytes) override;

  bool isTaken() const { return taker_ != nullptr; }
  bool wantsMore() const { return taker_ && waiting_ < window_; }
  void give(std::string piece);

  /// The body is complete, or never will be, or it was answered and nobody wants the rest.
  void end();
  void fail();
  void leave();

 private:
  enum class State { Open, Complete, Broken };
  void close(State state);
  void tellMoved() const;

  net::EventLoop& loop_;
  std::size_t window_ = 0;
  std::size_t waiting_ = 0;
  std::function<void()> moved_;
  std::shared_ptr<Taker> taker_;
  State state_ = State::Open;
};

}  // namespace parley::http
