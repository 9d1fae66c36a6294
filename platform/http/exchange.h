// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "base/failure.h"
#include "http/message.h"
#include "http/server.h"
#include "net/event_loop.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace parley::http {

/// One request that waits for its answer: what the answer needs of it. Shared with the Responder, which may answer from
/// any thread; only `owner` and what is marked so changes, on the loop alone.
struct Exchange {
  HttpConnection* owner = nullptr;  ///< null when the connection has gone [loop]
  net::EventLoop* loop = nullptr;
  std::shared_ptr<const ServerOptions> options;
  std::function<void()> abort;         ///< [loop]
  base::CallCounter* calls = nullptr;  ///< where the answer is counted; null: with those that have no route
  Instant begun{};
  std::string requestId;
  base::Locale locale;
  std::string origin;
  std::string host;
  std::chrono::seconds strictTransport{0};
  bool secure = false;
  bool isHead = false;
  bool version11 = true;
  bool keepAlive = true;
  bool gzip = false;
  bool close = false;  ///< [loop]

  /// For a request that came with this HTTP version.
  Exchange(const Request& request, bool isVersion11, std::shared_ptr<const ServerOptions> theOptions);

  /// Gives a bare failure its body and compresses, in the thread that answers.
  void finish(Response& response) const;
};

}  // namespace parley::http
