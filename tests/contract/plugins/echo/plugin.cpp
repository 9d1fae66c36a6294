// SPDX-License-Identifier: Apache-2.0
// What the contract tests need to reach Socket.IO itself: a namespace that echoes, asks, floods and refuses.
#include <parley/fields.h>
#include <parley/plugin.h>

#include <chrono>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace {

using namespace parley;

constexpr const char* echoNamespace = "/echo";
Json brokenValue() {
  return JsonArray{"no \xFF text", std::numeric_limits<double>::quiet_NaN()};
}

Emit inNamespace(std::string event, Payload payload) {
  Emit emit(std::move(event), std::move(payload));
  emit.nameSpace = echoNamespace;
  return emit;
}

class Echo : public Plugin {
 public:
  void setup(Scope& scope) override {
    scope_ = &scope;
    auto& room = scope.nameSpace(echoNamespace);
    room.onConnect([](const EventCall& call) { admit(call.data()); });
    room.onDisconnect([this](const Caller&, const std::string& reason) { tellLeft(reason); });
    room.event("ask me", Access::anyone(), [this](const EventCall& call) { return askBack(call); });
    room.event("flood", Access::anyone(), [this](const EventCall& call) { return flood(call); });
    room.event("throw", Access::anyone(),
               [](const EventCall&) -> Answer { throw std::runtime_error("secret of the plugin"); });
    room.event("leave me", Access::anyone(), [this](const EventCall& call) { return dismiss(call); });
    room.event("watch", Access::anyone(), [this](const EventCall& call) {
      scope_->sockets().join(call.caller.socketId, "watchers");
      return Answer();
    });
    room.anyEvent(Access::anyone(), [this](const EventCall& call) { return echo(call); });

    // What goes wrong in plugins, and should not for others.
    scope.event("echo:broken", Access::anyone(), [this](const EventCall& call) {
      scope_->sockets().toSocket(call.caller.socketId, Emit("echo:broken", brokenValue()));
      return Answer(brokenValue());
    });
    scope.event("echo:reserved", Access::anyone(), [this](const EventCall&) {
      scope_->sockets().toEveryone(Emit("disconnect", Json(1)));
      return Answer();
    });
    scope.event("echo:placeholder", Access::anyone(), [this](const EventCall&) {
      scope_->sockets().toEveryone(Emit("echo:bytes", Payload{JsonArray{binaryPlaceholder(1)}, {"only one"}}));
      return Answer();
    });
    scope.event("echo:placeholder-answer", Access::anyone(),
                [](const EventCall&) { return Answer(JsonArray{binaryPlaceholder(1)}).with({"only one"}); });
    scope.route("GET", "/api/echo/broken", Access::anyone(),
                [](const HttpCall&) { return HttpResponse::ok(brokenValue()); });
    scope.route("GET", "/api/echo/strange", Access::anyone(), [](const HttpCall&) {
      auto response = HttpResponse::ok({});
      response.status = 1000;
      return response;
    });
    scope.deferredEvent("echo:silent", Access::anyone(), [](const EventCall&, const Reply&) {});
    scope.deferredEvent("echo:twice", Access::anyone(), [](const EventCall&, const Reply& reply) {
      reply(Answer(1));
      reply(Answer(2));
    });
    scope.dataSubject(
        [](const std::string& userId, const std::string&) {
          if (userId == "unlucky") throw std::runtime_error("secret of the plugin");
          return userId == "circling" ? DataPage{JsonArray{"a page"}, "here"} : DataPage{};
        },
        [](const std::string&) {});

    scope.event("echo:say", Access::anyone(), [](const EventCall& call) { return Answer(call.data()); });
    scope.route("GET", "/api/echo", Access::anyone(), [this](const HttpCall&) {
      return HttpResponse::ok(JsonObject{{"greeting", scope_->config().text("greeting")}});
    });
    scope.route("POST", "/api/echo", Access::anyone(), [](const HttpCall& call) {
      return HttpResponse::ok(JsonObject{{"text", Fields(call.jsonBody(), "body").text("text", 1024)}});
    });
  }

  void start() override { std::this_thread::sleep_for(std::chrono::seconds(scope_->config().integer("startSeconds"))); }

 private:
  static void admit(const Json& auth) {
    if (!auth.is_object()) return;
    if (const auto refusal = textOf(auth.get_object(), "refuse"); !refusal.empty())
      throw Error(ErrorCode::Forbidden, std::string(refusal));
  }

  Answer echo(const EventCall& call) {
    scope_->sockets().toSocket(call.caller.socketId, inNamespace(call.name, call.payload));
    return Answer(JsonObject{{"args", call.payload.args.size()}, {"attachments", call.payload.attachments.size()}});
  }

  /// Asks the client the same question and sends it what it answered.
  Answer askBack(const EventCall& call) {
    const auto socketId = call.caller.socketId;
    scope_->sockets().ask(
        socketId, inNamespace("question", call.payload), Millis(1000), [this, socketId](Result<Payload> answer) {
          if (answer.ok()) {
            scope_->sockets().toSocket(socketId, inNamespace("answered", std::move(answer).value()));
          } else {
            const Json code(codeName(answer.error().code()));
            scope_->sockets().toSocket(socketId, inNamespace("unanswered", Payload{JsonArray{code}, {}}));
          }
        });
    return {};
  }

  Answer flood(const EventCall& call) {
    const Fields fields(call.data());
    const auto count = fields.integer("count", 1, 100'000);
    const std::string filling(static_cast<std::size_t>(fields.integer("bytes", 0, 100'000)), 'x');
    for (std::int64_t n = 0; n < count; ++n) {
      auto emit = inNamespace("drop", Payload{JsonArray{n, filling}, {}});
      emit.isVolatile = fields.optionalFlag("volatile").value_or(false);
      scope_->sockets().toSocket(call.caller.socketId, std::move(emit));
    }
    return Answer(count);
  }

  Answer dismiss(const EventCall& call) {
    const auto wholeConnection = Fields(call.data()).optionalFlag("connection").value_or(false);
    scope_->sockets().disconnect(call.caller.socketId, wholeConnection);
    return {};
  }

  void tellLeft(const std::string& reason) {
    scope_->sockets().toRoom("watchers", inNamespace("left", Payload{JsonArray{reason}, {}}));
  }

  Scope* scope_ = nullptr;
};

}  // namespace

PARLEY_PLUGIN(Echo, .name = "echo", .version = "1.0.0", .summary = "What the contract tests talk to")
