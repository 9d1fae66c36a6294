// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/engine_answers.h"

#include "base/clock.h"
#include "http/response_stream.h"
#include "http/response_writer.h"

#include <utility>

namespace parley::realtime {

namespace {

http::Response answer(int status, const char* type, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.body = std::move(body);
  return response;
}

const char* errorText(EngineError error) {
  switch (error) {
    case EngineError::UnknownTransport: return "Transport unknown";
    case EngineError::UnknownSid: return "Session ID unknown";
    case EngineError::BadHandshakeMethod: return "Bad handshake method";
    case EngineError::BadRequest: return "Bad request";
    case EngineError::Forbidden: return "Forbidden";
    case EngineError::UnsupportedVersion: return "Unsupported protocol version";
  }
  return "Bad request";
}

}  // namespace

http::Response engineError(EngineError error) {
  return answer(
      error == EngineError::Forbidden ? 403 : 400, "application/json",
      R"({"code":)" + std::to_string(static_cast<int>(error)) + R"(,"message":")" + errorText(error) + R"("})");
}

http::Response fullAnswer() {
  return answer(503, "text/plain; charset=UTF-8", "No more sessions are taken now");
}

// As the reference server answers: browsers offer plain text for download.
http::Response postAnswer() {
  return answer(200, "text/html", "ok");
}

http::Response payloadAnswer(std::string payload) {
  constexpr std::size_t largePayload = std::size_t{64} * 1024;
  const auto size = payload.size();
  auto response = answer(200, "text/plain; charset=UTF-8", std::move(payload));
  if (size <= largePayload) return response;
  response.headers.add("Content-Length", std::to_string(size));
  response.source = http::textSource(std::exchange(response.body, {}));
  return response;
}

void refuseUpgrade(net::Connection& connection, const http::Request& request, const http::Response& response) {
  http::ResponseFrame frame;
  frame.keepAlive = false;
  frame.requestId = request.requestId;
  frame.strictTransport = request.strictTransport;
  connection.send(http::writeHead(response, frame, base::SystemClock().now()) + response.body);
  connection.closeAfterFlush();
}

}  // namespace parley::realtime
