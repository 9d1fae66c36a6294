// SPDX-License-Identifier: Apache-2.0
// Everything that clients can reach: events, routes, a namespace, answers now and later.
#include <parley/plugin.h>

#include <stdexcept>
#include <string>

#ifndef PROBE_NAME
#define PROBE_NAME "clients"
#endif

using namespace parley;

namespace {

class Clients final : public Plugin {
 public:
  void setup(Scope& scope) override {
    events(scope);
    routes(scope);
    ownNamespace(scope);
  }

 private:
  void events(Scope& scope) {
    scope.event("echo", Access::anyone(), [](const EventCall& call) { return Answer(call.data()); });
    scope.event("refuse", Access::anyone(),
                [](const EventCall&) -> Answer { throw Error(ErrorCode::Conflict, "on purpose"); });
    scope.event("throw", Access::anyone(),
                [](const EventCall&) -> Answer { throw std::runtime_error("a secret path"); });
    scope.event("throw:int", Access::anyone(), [](const EventCall&) -> Answer { throw 42; });
    // The test's store keeps this waiting until it is let go.
    scope.event("block", Access::anyone(),
                [&scope](const EventCall&) { return Answer(scope.store().count("block", {})); });
    scope.deferredEvent("later", Access::anyone(),
                        [this](const EventCall&, Reply reply) { later_ = std::move(reply); });
    scope.deferredEvent("later:throw", Access::anyone(), [](const EventCall&, const Reply&) { throw 1; });
    scope.deferredEvent("later:drop", Access::anyone(), [](const EventCall&, const Reply&) {});
    scope.event("now", Access::anyone(), [this](const EventCall& call) {
      later_(Answer(call.data()));
      return Answer();
    });
  }

  void routes(Scope& scope) {
    scope.route("GET", "/probe/:id", Access::anyone(), [](const HttpCall& call) {
      return HttpResponse::ok(JsonObject{
          {"id", *call.param("id")}, {"q", call.queryParam("q").value_or("")}, {"agent", call.caller.userAgent}});
    });
    scope.route("POST", "/probe", Access::anyone(),
                [](const HttpCall& call) { return HttpResponse::created(call.json); });
    scope.route("POST", "/probe/mine", Access::joined().actingAs("userId").answeredWith("X-Probe", "1"),
                [](const HttpCall& call) { return HttpResponse::ok(Json(call.caller.userId)); });
    scope.route("GET", "/probe/session/:sessionId", Access::joined().actingAs("userId").participantOf("sessionId"),
                [](const HttpCall&) { return HttpResponse::ok("in"); });
    scope.route("GET", "/probe/throw", Access::anyone(),
                [](const HttpCall&) -> HttpResponse { throw std::runtime_error("a secret path"); });
    scope.route("GET", "/probe/header", Access::anyone(), [](const HttpCall&) {
      auto response = HttpResponse::ok("x");
      response.headers.emplace_back("X-Bad", "a\r\nSet-Cookie: b");
      return response;
    });
    scope.route("GET", "/probe/status/:status", Access::anyone(),
                [](const HttpCall& call) { return HttpResponse::json(std::stoi(*call.param("status")), "x"); });
    scope.deferredRoute("GET", "/probe/later", Access::anyone(),
                        [](const HttpCall&, const HttpReply& reply) { reply(HttpResponse::ok("later")); });
    scope.deferredRoute("GET", "/probe/drop", Access::anyone(), [](const HttpCall&, const HttpReply&) {});
  }

  void ownNamespace(Scope& scope) {
    auto& left = scope.metric("left", "Sockets that left");
    scope.nameSpace("/probe")
        .onConnect([](const EventCall& call) {
          if (textOf(call.data().as_object(), "token") != "yes") throw Error(ErrorCode::Forbidden, "no token");
        })
        .onDisconnect([&left](const Caller&, const std::string&) { left.add(); })
        .event("known", Access::anyone(), [](const EventCall&) { return Answer("known"); })
        .anyEvent(Access::anyone(), [](const EventCall& call) { return Answer(Json(call.name)); });
  }

  Reply later_;
};

}  // namespace

PARLEY_PLUGIN(Clients, .name = PROBE_NAME, .version = "1.0.0", .summary = "Everything that clients can reach")
