// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/failure.h"
#include "http/message.h"

#include <parley/error.h>
#include <parley/time.h>

#include <chrono>
#include <string>
#include <string_view>

namespace parley::http {

/// What the head of a response needs to know of its request and connection.
struct ResponseFrame {
  bool version11 = true;  ///< of the request
  bool keepAlive = true;  ///< the connection goes on afterwards
  bool chunked = false;   ///< the body comes from a source of unknown length
  std::string_view requestId;
  std::chrono::seconds strictTransport{0};  ///< 0: no Strict-Transport-Security (RFC 6797)
};

/// Status line and fields, up to the empty line. Fields that the server sets itself are taken out of the response's;
/// what could break out of a field is taken out of its value.
std::string writeHead(const Response& response, const ResponseFrame& frame, Time now);

/// Whether a response of this status has a body at all (RFC 9110 section 6.4.1).
bool hasBody(int status);

/// The failure object as a response.
Response failureResponse(int status, std::string detail, const base::Locale& locale);
/// The same for an Error, with its own status.
Response failureResponse(const Error& error, const base::Locale& locale);

std::string_view reasonPhrase(int status);

/// A client's X-Request-Id is used when it has 1 to 128 printable characters, without spaces, quotes or backslashes.
bool isUsableRequestId(std::string_view id);

}  // namespace parley::http
