// SPDX-License-Identifier: Apache-2.0
#include "http/response_writer.h"

#include "base/failure.h"
#include "http/text.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace parley::http {

namespace {

ErrorCode codeOf(int status) {
  switch (status) {
    case 401: return ErrorCode::Unauthenticated;
    case 403: return ErrorCode::Forbidden;
    case 404: return ErrorCode::NotFound;
    case 409: return ErrorCode::Conflict;
    case 413:
    case 414:
    case 431: return ErrorCode::PayloadTooLarge;
    case 415: return ErrorCode::UnsupportedType;
    case 429: return ErrorCode::RateLimited;
    case 503: return ErrorCode::Unavailable;
    default: return status == 500 ? ErrorCode::Internal : ErrorCode::ValidationFailed;
  }
}

bool isOwnField(std::string_view name, bool lengthIsKnown) {
  for (const std::string_view own : {"Connection", "Transfer-Encoding", "Date", "X-Request-Id",
                                     "X-Content-Type-Options", "Strict-Transport-Security"})
    if (equalsNoCase(name, own)) return true;
  return lengthIsKnown && equalsNoCase(name, "Content-Length");
}

/// A value that a handler took from elsewhere must not begin a new line.
void appendField(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ");
  for (const char c : value) head += static_cast<unsigned char>(c) < 0x20 && c != '\t' ? ' ' : c;
  head.append("\r\n");
}

bool isFieldName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != ':' && c != 0x7F;
  });
}

/// A handler may loosen those that are about its own content.
void appendSecurityFields(std::string& head, const Response& response, std::chrono::seconds strictTransport) {
  appendField(head, "X-Content-Type-Options", "nosniff");
  if (!response.headers.has("X-Frame-Options")) appendField(head, "X-Frame-Options", "DENY");
  if (!response.headers.has("Referrer-Policy")) appendField(head, "Referrer-Policy", "no-referrer");
  if (!response.headers.has("Cache-Control")) appendField(head, "Cache-Control", "no-store");
  if (strictTransport.count() > 0)
    appendField(head, "Strict-Transport-Security", "max-age=" + std::to_string(strictTransport.count()));
}

}  // namespace

std::string_view reasonPhrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 460: return "Checksum Mismatch";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

bool hasBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string writeHead(const Response& response, const ResponseFrame& frame, Time now) {
  std::string head;
  head.reserve(512);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reasonPhrase(response.status)).append("\r\n");
  const bool body = hasBody(response.status);
  for (const auto& [name, value] : response.headers)
    if (isFieldName(name) && !isOwnField(name, !response.source || !body)) appendField(head, name, value);
  if (body && !response.source) appendField(head, "Content-Length", std::to_string(response.body.size()));
  if (body && frame.chunked) appendField(head, "Transfer-Encoding", "chunked");
  if (!frame.keepAlive) {
    appendField(head, "Connection", "close");
  } else if (!frame.version11) {
    appendField(head, "Connection", "keep-alive");
  }
  appendField(head, "Date", httpDate(now));
  appendField(head, "X-Request-Id", frame.requestId);
  appendSecurityFields(head, response, frame.strictTransport);
  head.append("\r\n");
  return head;
}

Response failureResponse(int status, std::string detail, const base::Locale& locale) {
  auto response = failureResponse(Error(codeOf(status), std::move(detail)), locale);
  response.status = status;
  return response;
}

Response failureResponse(const Error& error, const base::Locale& locale) {
  Response response;
  response.status = httpStatus(error.code());
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  if (error.retryAfter() > 0) response.headers.set("Retry-After", std::to_string(error.retryAfter()));
  response.body = boost::json::serialize(base::failure(error, locale));
  return response;
}

bool isUsableRequestId(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return c > 0x20 && c < 0x7F && c != '"' && c != '\'' && c != '\\';
  });
}

}  // namespace parley::http
