// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include <utility>

namespace parley::http {

struct Responder::State {
  explicit State(Send sender) : send(std::move(sender)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (answered.exchange(true)) return;
    Response failed;
    failed.status = 500;
    send(std::move(failed));
  }

  Send send;
  std::atomic<bool> answered{false};
  std::function<void()> gone;  ///< these two on the loop alone
  bool aborted = false;
};

Responder::Responder(Send send) : state_(std::make_shared<State>(std::move(send))) {}

void Responder::operator()(Response response) const {
  if (!state_->answered.exchange(true)) state_->send(std::move(response));
}

void Responder::onAbort(std::function<void()> gone) const {
  if (state_->aborted) return gone();
  state_->gone = std::move(gone);
}

void Responder::abort() const {
  if (std::exchange(state_->aborted, true) || state_->answered) return;
  // Taken out first: it may drop the last copy of the responder.
  if (const auto gone = std::exchange(state_->gone, nullptr)) gone();
}

std::function<void()> Responder::weakAbort() const {
  return [weak = std::weak_ptr(state_)] {
    const auto state = weak.lock();
    if (state) Responder(state).abort();
  };
}

}  // namespace parley::http
