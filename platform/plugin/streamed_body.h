// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/worker_pool.h"
#include "http/message.h"

#include <parley/http.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

// The bodies of plugins' routes between the loops, which never wait, and the workers, which no client may hold.

namespace parley::plugin {

/// Hands the pieces of a request's body to a sink, on workers, one after another. Ends with the body, with a failure of
/// the sink, or with the answer; the sink is destroyed then, on a worker.
class SinkFeeder final : public http::IncomingBody::Taker, public std::enable_shared_from_this<SinkFeeder> {
 public:
  SinkFeeder(base::WorkerPool& workers, std::shared_ptr<http::IncomingBody> body, std::string requestId,
             HttpReply reply);

  /// The request's one answer, to be given to the plugin. [worker]
  HttpReply answerOnce();
  /// Begins. Nothing happens when there is no sink or the answer was given meanwhile. [worker]
  void start(std::shared_ptr<BodySink> sink);
  /// Answers with the failure. [worker]
  void fail(const Error& error);

  void onPiece(std::string piece) override;
  void onEnd() override;
  void onBroken() override;

 private:
  /// Runs a step on the strand; after the last one the sink goes.
  void post(bool last, std::function<void(BodySink&)> step, std::size_t bytes);
  void answer(Result<HttpResponse> result);
  void release();

  base::Strand strand_;
  std::shared_ptr<http::IncomingBody> body_;
  std::string requestId_;
  HttpReply reply_;
  std::atomic<bool> answered_{false};
  std::shared_ptr<BodySink> sink_;  ///< as body_: on the strand alone, once started
};

/// Gives out what a producer reads, on workers, a little ahead of the client.
std::shared_ptr<http::BodySource> pulledSource(base::WorkerPool& workers, std::shared_ptr<BodyProducer> producer);

}  // namespace parley::plugin
