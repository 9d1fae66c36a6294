// SPDX-License-Identifier: Apache-2.0
#include "plugin/route_adapter.h"

#include "base/failure.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text_field.h"
#include "base/utf8.h"
#include "plugin/streamed_body.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

namespace parley::plugin {

namespace {

constexpr std::size_t maxUserAgent = 256;
constexpr const char* jsonType = "application/json; charset=utf-8";

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool isJson(std::string_view contentType) {
  auto type = lower(contentType.substr(0, contentType.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

Json parseBody(const std::string& body, std::size_t maxDepth) {
  auto read = base::parseJson(body, maxDepth);
  if (!read) throw Error(read.error().code(), "the body is not valid JSON: " + read.error().detail());
  return std::move(read).value();
}

/// Of the path, the query, and the top level of a JSON body; FORBIDDEN when they contradict each other: the handler may
/// look at another one than the gate.
std::optional<std::string> field(const HttpCall& call, std::string_view name) {
  std::optional<std::string> found;
  const auto take = [&](std::optional<std::string> value) {
    if (found && value && *found != *value)
      throw Error(ErrorCode::Forbidden, std::string(name) + " is not the same in all places that give it");
    if (!found) found = std::move(value);
  };
  take(call.param(name));
  take(call.queryParam(name));
  if (call.json.is_object()) take(base::textField(call.json.get_object(), name));
  return found;
}

std::string agentOf(const http::Request& request) {
  return std::string(request.headers.get("user-agent").substr(0, maxUserAgent));
}

base::Locale localeOf(const http::Request& request, const RouteOptions& options) {
  return base::chooseLocale(request.headers.get("accept-language"), options.locale);
}

bool isSafeHeader(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return (c < ' ' && c != '\t') || c == 127; });
}

/// The place of a running call, given up with its answer, or with the last who could give one.
class Place {
 public:
  HttpReply on(HttpReply reply) const {
    return [ticket = ticket_, reply = std::move(reply)](Result<HttpResponse> result) {
      std::atomic_store(ticket.get(), std::shared_ptr<void>());
      reply(std::move(result));
    };
  }
  void take(std::shared_ptr<void> ticket) const { std::atomic_store(ticket_.get(), std::move(ticket)); }

 private:
  std::shared_ptr<std::shared_ptr<void>> ticket_ = std::make_shared<std::shared_ptr<void>>();
};

/// Runs the worker's part of a request; what fails is the answer.
template <typename F>
void answering(const HttpReply& reply, F&& run) {
  try {
    run();
  } catch (const Error& error) {
    reply(error);
  } catch (const std::exception& error) {
    base::log("routes").error("a request failed: {}", error.what());
    reply(Error(ErrorCode::Internal, "the request failed"));
  }
}

/// No plugin needs the token itself, and what nobody has nobody can write to a log.
void setCaller(HttpCall& call, const auth::Identity* who) {
  if (who == nullptr) return;
  call.headers.erase("authorization");
  call.caller.subject = who->subject;
  call.caller.service = who->isService;
  call.caller.role = who->role;
  if (!who->isService) call.caller.userId = who->subject;
}

/// Notes who has called what, for the trace of an audited route; does nothing for others.
class Trace {
 public:
  Trace(std::string name, const http::Request& request, RouteAdapter::Audit audit)
      : call_(std::make_shared<hooks::CallAnswered::Call>()), audit_(std::move(audit)) {
    call_->call = std::move(name);
    call_->caller.address = request.peerAddress;
    call_->caller.userAgent = agentOf(request);
    call_->caller.requestId = request.requestId;
    for (const auto& [parameter, value] : request.params) call_->fields[parameter] = value;
  }
  Trace() = default;

  /// The reply that tells the trace, too.
  HttpReply on(HttpReply reply) const {
    if (!call_) return reply;
    return [call = call_, audit = audit_, reply = std::move(reply)](Result<HttpResponse> result) {
      if (!result)
        call->failure = result.error().code();
      else if (call->caller.userId.empty())
        call->caller.userId = result.value().userId;
      if (!call->call.empty()) audit(std::exchange(*call, {}));  // once, as the answer
      reply(std::move(result));
    };
  }
  void note(const HttpCall& call) const {
    if (!call_) return;
    call_->caller = call.caller;
    // A query beside a body, which the handlers read, would stand in the trail for what was never done.
    if (call.json.is_object())
      call_->fields = call.json.get_object();
    else
      for (const auto& [name, value] : call.query) call_->fields[name] = value;
    for (const auto& [name, value] : call.params) call_->fields[name] = value;
  }
  void note(const Caller& caller) const {
    if (call_) call_->caller = caller;
  }

 private:
  std::shared_ptr<hooks::CallAnswered::Call> call_;
  RouteAdapter::Audit audit_;
};

Error tooMany() {
  return {ErrorCode::Unavailable, "too many requests are waiting"};
}

/// What a handler of either kind needs; shared by its calls.
struct Route {
  std::string name;
  Access access;
  RouteOptions options;
  base::WorkerPool& workers;
  const base::Gate& gate;
  auth::Verifier* tokens;
  RouteAdapter::Audit audit;

  Trace trace(const http::Request& request) const {
    return access.isAudited() && audit ? Trace(name, request, audit) : Trace();
  }
};

http::Response responseOf(const Route& route, HttpResponse answer, const base::Locale& locale) {
  if (isJson(answer.contentType) && base::mendJson(answer.body))
    base::log("routes").warn(
        "{}: its answer had text that is not UTF-8 or a number that is not finite, and has U+FFFD or null there",
        route.name);
  return toResponse(std::move(answer), locale, route.workers);
}

/// The one answer to one request: the first counts.
HttpReply replyWith(std::shared_ptr<const Route> route, http::Responder respond, base::Locale locale) {
  return [route = std::move(route), respond = std::move(respond),
          locale = std::move(locale)](Result<HttpResponse> result) {
    auto response = result ? responseOf(*route, std::move(result).value(), locale) : toResponse(result.error(), locale);
    for (const auto& [name, value] : route->access.answerHeaders()) response.headers.set(name, value);
    respond(std::move(response));
  };
}

/// Finds out whose token the request has, before anything else of it is read; then runs the rest, which may throw.
void identify(const std::shared_ptr<const Route>& route, const std::shared_ptr<http::Request>& request,
              const HttpReply& reply, std::function<void(const auth::Identity*)> run) {
  const auto go = [requestId = request->requestId, reply, run = std::move(run)](const auth::Identity* who) {
    const base::LogContext context(requestId);
    answering(reply, [&] { run(who); });
  };
  if (route->tokens == nullptr || route->access.level() == Access::Level::Anyone) return go(nullptr);
  route->tokens->verify(
      auth::bearerOf(request->headers.get("authorization")),
      [route, reply, go](const Result<auth::Identity>& who) {
        if (who) return go(&who.value());
        route->gate.countRefusal(route->access, who.error());
        reply(who.error());
      },
      request->peerAddress);
}

/// Gives `run` the checked call, on this worker or a later one; what keeps it from being made is the answer.
void check(const std::shared_ptr<const Route>& route, const std::shared_ptr<http::Request>& request, const Trace& trace,
           const Place& place, const HttpReply& reply, std::function<void(const HttpCall&)> run) {
  identify(route, request, reply, [route, request, trace, place, run = std::move(run)](const auth::Identity* who) {
    auto call = toCall(std::move(*request), route->options);
    setCaller(call, who);
    trace.note(call);
    route->gate.check(route->access, call.caller, [&](std::string_view name) { return field(call, name); });
    trace.note(call.caller);
    place.take(route->gate.enter(route->access, call.caller));
    run(call);
  });
}

}  // namespace

RouteAdapter::RouteAdapter(base::WorkerPool& workers, const base::Gate& gate, auth::Verifier* tokens,
                           RouteOptions options, Audit audit)
    : workers_(workers), gate_(gate), tokens_(tokens), options_(std::move(options)), audit_(std::move(audit)) {}

http::Handler RouteAdapter::handler(std::string name, Access access,
                                    std::function<void(const HttpCall&, HttpReply)> run) const {
  const auto route = std::make_shared<const Route>(
      Route{std::move(name), std::move(access), options_, workers_, gate_, tokens_, audit_});
  return [route, run = std::move(run)](http::Request incoming, const http::Responder& respond) {
    const auto trace = route->trace(incoming);
    const Place place;
    const auto reply = place.on(trace.on(replyWith(route, respond, localeOf(incoming, route->options))));
    auto request = std::make_shared<http::Request>(std::move(incoming));
    const bool accepted = route->workers.post([route, run, request, trace, place, reply] {
      check(route, request, trace, place, reply, [run, reply](const HttpCall& call) { run(call, reply); });
    });
    if (!accepted) reply(tooMany());
  };
}

http::Handler RouteAdapter::streamHandler(std::string name, Access access, StreamOpener open) const {
  const auto route = std::make_shared<const Route>(
      Route{std::move(name), std::move(access), options_, workers_, gate_, tokens_, audit_});
  return [route, open = std::move(open)](http::Request incoming, const http::Responder& respond) {
    const auto trace = route->trace(incoming);
    const Place place;
    const auto reply = place.on(trace.on(replyWith(route, respond, localeOf(incoming, route->options))));
    auto request = std::make_shared<http::Request>(std::move(incoming));
    const auto feeder = std::make_shared<SinkFeeder>(route->workers, request->incoming, request->requestId, reply);
    const bool accepted = route->workers.post([route, open, request, trace, place, feeder] {
      const auto answer = feeder->answerOnce();
      check(route, request, trace, place, answer,
            [open, feeder, answer](const HttpCall& call) { feeder->start(open(call, answer)); });
    });
    if (!accepted) reply(tooMany());
  };
}

http::Handler RouteAdapter::disabled(std::string detail) const {
  return
      [detail = std::move(detail), options = options_](const http::Request& request, const http::Responder& respond) {
        respond(toResponse(Error(ErrorCode::FeatureDisabled, detail), localeOf(request, options)));
      };
}

HttpCall toCall(http::Request request, const RouteOptions& options) {
  HttpCall call;
  for (const auto& [name, value] : request.headers) {
    auto& joined = call.headers[lower(name)];
    joined += joined.empty() ? value : ", " + value;
  }
  for (auto& [name, value] : request.params) call.params[name] = std::move(value);
  for (auto& [name, value] : request.queryParams()) {
    if (!base::isUtf8(name) || !base::isUtf8(value)) throw Error(ErrorCode::ValidationFailed, "the query is not UTF-8");
    call.query[name] = std::move(value);
  }
  call.caller.address = request.peerAddress;
  call.caller.userAgent = agentOf(request);
  call.caller.locale = localeOf(request, options).name;
  call.caller.requestId = request.requestId;
  call.method = std::move(request.method);
  call.path = std::move(request.path);
  call.body = std::move(request.body);
  if (!call.body.empty() && isJson(request.headers.get("content-type")))
    call.json = parseBody(call.body, options.maxJsonDepth);
  return call;
}

http::Response toResponse(const Error& error, const base::Locale& locale) {
  http::Response response;
  response.status = httpStatus(error.code());
  response.headers.set("Content-Type", jsonType);
  if (error.code() == ErrorCode::Unauthenticated) response.headers.set("WWW-Authenticate", "Bearer");  // RFC 6750
  if (error.retryAfter() > 0) response.headers.set("Retry-After", std::to_string(error.retryAfter()));
  response.body = boost::json::serialize(base::failure(error, locale));
  return response;
}

http::Response toResponse(HttpResponse from, const base::Locale& locale, base::WorkerPool& workers) {
  if (from.status < 200 || from.status > 599) {
    base::log("routes").error("a plugin's response has the status {}", from.status);
    return toResponse(Error(ErrorCode::Internal, "the response could not be sent"), locale);
  }
  const bool safe =
      isSafeHeader(from.contentType) && std::all_of(from.headers.begin(), from.headers.end(), [](const auto& header) {
        return !header.first.empty() && isSafeHeader(header.first) && isSafeHeader(header.second);
      });
  if (!safe) {
    base::log("routes").error("a plugin's response has control characters in a header");
    return toResponse(Error(ErrorCode::Internal, "the response could not be sent"), locale);
  }
  http::Response response;
  response.status = from.status;
  if (!from.contentType.empty()) response.headers.set("Content-Type", std::move(from.contentType));
  for (auto& [name, value] : from.headers) response.headers.add(std::move(name), std::move(value));
  response.body = std::move(from.body);
  if (from.producer) {
    if (from.contentLength) response.headers.set("Content-Length", std::to_string(*from.contentLength));
    response.source = pulledSource(workers, std::move(from.producer));
  }
  return response;
}

}  // namespace parley::plugin
