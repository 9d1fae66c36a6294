// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/engine_answers.h"

namespace parley::realtime {

namespace {

http::Response answer(int status, const char* type, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", type);
  response.headers.add("Cache-Control", "no-store");
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

const char* reasonPhrase(int status) {
  switch (status) {
    case 403: return "Forbidden";
    case 426: return "Upgrade Required";
    case 503: return "Service Unavailable";
    default: return "Bad Request";
  }
}

}  // namespace

http::Response engineError(EngineError error) {
  return answer(error == EngineError::Forbidden ? 403 : 400, "application/json",
                "{\"code\":" + std::to_string(static_cast<int>(error)) + ",\"message\":\"" + errorText(error) + "\"}");
}

http::Response fullAnswer() {
  return answer(503, "text/plain; charset=UTF-8", "No more sessions are taken now");
}

// As the reference server answers: browsers offer plain text for download.
http::Response postAnswer() {
  return answer(200, "text/html", "ok");
}

http::Response payloadAnswer(std::string payload) {
  return answer(200, "text/plain; charset=UTF-8", std::move(payload));
}

void refuseUpgrade(net::Connection& connection, const http::Response& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + ' ' + reasonPhrase(response.status) + "\r\n";
  for (const auto& [name, value] : response.headers) text.append(name).append(": ").append(value).append("\r\n");
  text.append("X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n");
  text.append("Connection: close\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n\r\n");
  connection.send(text.append(response.body));
  connection.closeAfterFlush();
}

}  // namespace parley::realtime
