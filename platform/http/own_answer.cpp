// SPDX-License-Identifier: Apache-2.0
#include "http/own_answer.h"

#include "http/response_writer.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace parley::http {

namespace {

bool isKnownMethod(std::string_view method) {
  constexpr std::array<std::string_view, 7> known{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};
  return std::find(known.begin(), known.end(), method) != known.end();
}

/// Allow for a path: what its routes have, and what the server adds.
std::string allowOf(const Router::Match& match) {
  auto methods = match.allowed;
  if (methods.empty() && match.upgrade) methods = {"GET"};
  methods.emplace_back("OPTIONS");
  std::string text;
  for (const auto& method : methods) text += (text.empty() ? "" : ", ") + method;
  return text;
}

}  // namespace

Response ownAnswer(const Request& request, const Router::Match& match, const Cors& cors, const base::Locale& locale) {
  const bool known = !match.allowed.empty() || match.upgrade || match.handler;
  Response response;
  if (request.method == "OPTIONS" && (known || request.path == "*")) {
    response.status = 204;
    if (Cors::isPreflight(request)) response = cors.preflight(request);
    response.headers.set("Allow", known ? allowOf(match) : "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
  } else if (!isKnownMethod(request.method)) {
    response = failureResponse(501, "unknown method", locale);
  } else if (!known) {
    response = failureResponse(404, "there is nothing at this path", locale);
  } else if (match.allowed.empty() && request.method == "GET") {
    response = failureResponse(426, "this path speaks WebSocket only", locale);
    response.headers.set("Upgrade", "websocket");
  } else {
    response = failureResponse(405, "the method is not allowed here", locale);
    response.headers.set("Allow", allowOf(match));
  }
  return response;
}

}  // namespace parley::http
