// SPDX-License-Identifier: Apache-2.0
#include "plugin/streamed_body.h"

#include "base/log.h"

#include <mutex>
#include <string_view>
#include <utility>

namespace parley::plugin {

SinkFeeder::SinkFeeder(base::WorkerPool& workers, std::shared_ptr<http::IncomingBody> body, std::string requestId,
                       HttpReply reply)
    : strand_(workers, 0), body_(std::move(body)), requestId_(std::move(requestId)), reply_(std::move(reply)) {}

void SinkFeeder::answer(Result<HttpResponse> result) {
  if (!answered_.exchange(true)) reply_(std::move(result));
}

HttpReply SinkFeeder::answerOnce() {
  return [self = shared_from_this()](Result<HttpResponse> result) {
    self->answer(std::move(result));
    self->strand_.postAccepted([self] { self->release(); });
  };
}

void SinkFeeder::fail(const Error& error) {
  answer(error);
}

void SinkFeeder::start(std::shared_ptr<BodySink> sink) {
  if (!sink) return;
  strand_.postAccepted([self = shared_from_this(), sink = std::move(sink)]() mutable {
    if (self->answered_) return;
    self->sink_ = std::move(sink);
    self->body_->take(self);
  });
}

void SinkFeeder::post(bool last, std::function<void(BodySink&)> step, std::size_t bytes) {
  // What waits here is bounded by the window of the body.
  strand_.postAccepted([self = shared_from_this(), last, step = std::move(step), bytes] {
    if (!self->sink_) return;
    const base::LogContext context(self->requestId_);
    bool over = last;
    try {
      if (!self->answered_) step(*self->sink_);
    } catch (const Error& error) {
      self->answer(error);  // first: the sink may answer something else when it goes
      over = true;
    }
    if (bytes > 0) self->body_->done(bytes);
    if (over) self->release();
  });
}

/// Nothing is fed any more: what holds this from both sides is let go. On the strand.
void SinkFeeder::release() {
  sink_.reset();
  body_.reset();
}

void SinkFeeder::onPiece(std::string piece) {
  const auto size = piece.size();
  post(
      false, [piece = std::move(piece)](BodySink& sink) { sink.onData(piece); }, size);
}

void SinkFeeder::onEnd() {
  post(
      true, [](BodySink& sink) { sink.onEnd(); }, 0);
}

void SinkFeeder::onBroken() {
  post(
      true, [](BodySink& sink) { sink.onBroken(); }, 0);
}

namespace {

constexpr std::size_t readSize = std::size_t{64} * 1024;

class PulledSource final : public http::BodySource {
 public:
  PulledSource(base::WorkerPool& workers, std::shared_ptr<BodyProducer> producer)
      : shared_(std::make_shared<Shared>(workers, std::move(producer))) {}
  ~PulledSource() override {
    // The last copy is dropped on a worker: what the plugin does then may block.
    auto& workers = shared_->workers;
    workers.postAccepted([shared = std::move(shared_)] {});
  }
  PulledSource(const PulledSource&) = delete;
  PulledSource& operator=(const PulledSource&) = delete;

  void start(std::function<void()> wake) override {
    shared_->wake = std::move(wake);
    fetch(shared_);
  }

  State read(std::string& out, std::size_t max) override {
    if (at_ == current_.size()) {
      if (const auto state = next(); state != State::More) return state;
    }
    const auto piece = std::string_view(current_).substr(at_, max);
    out.append(piece);
    at_ += piece.size();
    return State::More;
  }

 private:
  struct Shared {
    Shared(base::WorkerPool& theWorkers, std::shared_ptr<BodyProducer> theProducer)
        : workers(theWorkers), producer(std::move(theProducer)) {}
    base::WorkerPool& workers;
    std::shared_ptr<BodyProducer> producer;  ///< used by one worker at a time
    std::function<void()> wake;
    std::mutex mutex;
    std::string ready;
    State state = State::Wait;  ///< More: `ready` is there
  };

  /// Takes what was read ahead, and has more read.
  State next() {
    {
      const std::lock_guard lock(shared_->mutex);
      if (shared_->state != State::More) return shared_->state;
      current_ = std::move(shared_->ready);
      shared_->state = State::Wait;
    }
    at_ = 0;
    fetch(shared_);
    return State::More;
  }

  static void fetch(const std::shared_ptr<Shared>& shared) {
    // The response was begun, so this may not be refused; there is one such task a response.
    shared->workers.postAccepted([shared] {
      std::string piece;
      State state = State::Failed;
      try {
        piece = shared->producer->read(readSize);
        state = piece.empty() ? State::End : State::More;
      } catch (const std::exception& error) {
        base::log("routes").warn("a response body failed: {}", error.what());
      }
      {
        const std::lock_guard lock(shared->mutex);
        shared->ready = std::move(piece);
        shared->state = state;
      }
      shared->wake();
    });
  }

  std::shared_ptr<Shared> shared_;
  std::string current_;
  std::size_t at_ = 0;
};

}  // namespace

std::shared_ptr<http::BodySource> pulledSource(base::WorkerPool& workers, std::shared_ptr<BodyProducer> producer) {
  return std::make_shared<PulledSource>(workers, std::move(producer));
}

}  // namespace parley::plugin
