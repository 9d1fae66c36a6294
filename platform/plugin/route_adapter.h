// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/verifier.h"
#include "base/failure.h"
#include "base/gate.h"
#include "base/worker_pool.h"
#include "http/router.h"

#include <parley/access.h>
#include <parley/hooks.h>
#include <parley/http.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace parley::plugin {

struct RouteOptions {
  std::size_t maxJsonDepth = 32;
  base::Locale locale;  ///< of failure messages when Accept-Language fits none
};

/// Opens what takes a request's body; nothing when it has answered already. An Error that it throws is the answer.
using StreamOpener = std::function<std::shared_ptr<BodySink>(const HttpCall&, const HttpReply&)>;

/// Makes handlers for the router out of what plugins register: parses, checks access on a worker, runs, answers.
class RouteAdapter {
 public:
  /// What is told of an answered request whose Access is audited. [any thread]
  using Audit = std::function<void(hooks::CallAnswered::Call)>;

  /// `tokens`: whose tokens callers show; null in open mode. The references outlive it.
  RouteAdapter(base::WorkerPool& workers, const base::Gate& gate, auth::Verifier* tokens, RouteOptions options,
               Audit audit);

  /// `run` is called on a worker with a checked call; an Error that it throws is the answer. `name`: of the route, for
  /// traces. [any thread]
  http::Handler handler(std::string name, Access access, std::function<void(const HttpCall&, HttpReply)> run) const;

  /// The same for a route of BodyMode::Stream. [any thread]
  http::Handler streamHandler(std::string name, Access access, StreamOpener open) const;

  /// Answers FEATURE_DISABLED with this detail. [any thread]
  http::Handler disabled(std::string detail) const;

 private:
  base::WorkerPool& workers_;
  const base::Gate& gate_;
  auth::Verifier* tokens_;
  RouteOptions options_;
  Audit audit_;
};

/// The request as plugins see it. Throws VALIDATION_FAILED when a JSON body is not JSON; a body of another type stays
/// text, with `json` null.
HttpCall toCall(http::Request request, const RouteOptions& options);

/// A failure as the standard API shows it.
http::Response toResponse(const Error& error, const base::Locale& locale);
/// INTERNAL when there is no such status, or a header that the plugin set could break out of its line. The workers read
/// what has a producer.
http::Response toResponse(HttpResponse response, const base::Locale& locale, base::WorkerPool& workers);

}  // namespace parley::plugin
