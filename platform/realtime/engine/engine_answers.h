// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"
#include "net/connection.h"

#include <string>

namespace parley::realtime {

/// The errors of Engine.IO's reference server.
enum class EngineError {
  UnknownTransport = 0,
  UnknownSid = 1,
  BadHandshakeMethod = 2,
  BadRequest = 3,
  Forbidden = 4,
  UnsupportedVersion = 5,
};

/// `{"code": …, "message": …}` with 400, or 403 for Forbidden.
http::Response engineError(EngineError error);
/// 503: no room for another session.
http::Response fullAnswer();
/// `ok`, the answer to a POST.
http::Response postAnswer();
/// A polling payload; a large one has a source, which is there until all of it was taken, or the client has gone.
http::Response payloadAnswer(std::string payload);

/// Answers a request to upgrade whose connection its HTTP side has let go of, and ends the connection.
void refuseUpgrade(net::Connection& connection, const http::Request& request, const http::Response& response);

}  // namespace parley::realtime
