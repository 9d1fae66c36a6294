// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/access.h>
#include <parley/error.h>
#include <parley/event.h>
#include <parley/json.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

/// One request, complete with its body (at most `http.maxBody` bytes) but for a stream route. Header names are lower
/// case. Valid until the handler returns, also where the answer comes later or the body streams: copy what that needs.
struct HttpCall {
  std::string method;
  std::string path;
  std::map<std::string, std::string, std::less<>> params;   ///< `:name` segments, percent-decoded
  std::map<std::string, std::string, std::less<>> query;    ///< percent-decoded; the last of equal names
  std::map<std::string, std::string, std::less<>> headers;  ///< joined with ", " where repeated
  std::string body;
  Json json;  ///< the parsed body when the request is application/json, else null
  Caller caller;

  /// `json`, for a route that takes nothing else: throws UNSUPPORTED_TYPE when the body is of another type.
  const Json& jsonBody() const {
    const auto type = headers.find("content-type");
    const bool declared = type != headers.end() && type->second.find("json") != std::string::npos;
    if (json.is_null() && !body.empty() && !declared)
      throw Error(ErrorCode::UnsupportedType, "the body must be application/json");
    return json;
  }

  /// A query or path value; nothing when it is absent.
  std::optional<std::string> param(std::string_view name) const { return lookup(params, name); }
  std::optional<std::string> queryParam(std::string_view name) const { return lookup(query, name); }

 private:
  static std::optional<std::string> lookup(const std::map<std::string, std::string, std::less<>>& map,
                                           std::string_view name) {
    const auto found = map.find(name);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
};

/// Makes the body of a response piece by piece, at the speed of the client: a slow one holds no thread. Destroyed on a
/// worker, when all was read or the client has gone. Calls come one after another. [worker]
class BodyProducer {
 public:
  virtual ~BodyProducer() = default;
  /// The next piece, of at most `max` bytes; empty: the end. May block on a file. Throw to break the response off, so
  /// that the client sees it is not complete.
  virtual std::string read(std::size_t max) = 0;
};

/// What a route gives back.
struct HttpResponse {
  int status = 200;  ///< 200 to 599; with any other INTERNAL is answered
  /// Beyond those that the host sets. Without a Cache-Control among them the answer has `no-store`.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Empty: none. From status 400 on, the answer is then the failure object of that status, and `body` its detail.
  std::string contentType = "application/json; charset=utf-8";
  std::string body;
  std::shared_ptr<BodyProducer> producer;      ///< instead of `body`
  std::optional<std::uint64_t> contentLength;  ///< what `producer` gives in all, when that is known beforehand
  /// Of a route for anyone: for whom it was done, when that is known now. Not sent; for hooks::CallAnswered.
  std::string userId;

  static HttpResponse json(int status, const Json& value) {
    return json(status, JsonText{boost::json::serialize(value)});
  }
  static HttpResponse json(int status, JsonText value) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(value.text);
    return response;
  }
  static HttpResponse answer(int status, Answer answer) { return json(status, JsonText{std::move(answer).toText()}); }
  static HttpResponse ok(Json data) { return answer(200, Answer(std::move(data))); }
  static HttpResponse created(Json data) { return answer(201, Answer(std::move(data))); }
};

/// As Reply, for a route. [any thread], once.
using HttpReply = std::function<void(Result<HttpResponse>)>;

/// Runs on a worker; may block. Throw Error to refuse. [worker]
using RouteHandler = std::function<HttpResponse(const HttpCall&)>;
using DeferredRouteHandler = std::function<void(const HttpCall&, HttpReply)>;

/// Takes the body of one request piece by piece. Calls come one after another; while one runs, no more than
/// `http.bodyWindow` bytes are read ahead of it. The host destroys it, on a worker, after `onEnd` or `onBroken`, when
/// the request was answered, or when a call throws; throw Error to refuse, at any point. [worker]
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Never empty; valid during the call.
  virtual void onData(std::string_view piece) = 0;
  /// The body is complete: answer now, or later through the reply.
  virtual void onEnd() = 0;
  /// It will never be: the client went away, was too slow, or sent nonsense. Whatever is answered reaches nobody.
  virtual void onBroken() {}
};

/// Runs when the head of a request has come and access to the route was given, before any byte of the body is read.
/// Gives what takes the body; nothing when it has answered already. An answer that comes before the body's end ends the
/// connection unless the rest is small. [worker]
using StreamRouteHandler = std::function<std::unique_ptr<BodySink>(const HttpCall&, HttpReply)>;

}  // namespace parley
