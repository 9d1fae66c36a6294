// SPDX-License-Identifier: Apache-2.0
// A yardstick of tests/bench/compare: the standard API's chat on uWebSockets, in one thread, everything in memory. It
// does what node/server.mjs does for the clients of load/, with WebSocket as the only transport of Socket.IO. Listens
// on a free port of the loopback address and prints its URL; ends with a signal.
#include "chat.h"

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace bench;
using Response = uWS::HttpResponse<false>;

constexpr std::size_t maxBody = 1'000'000;
constexpr int pingMilliseconds = 25'000;
constexpr unsigned short idleSeconds = 48;           // pingInterval and pingTimeout, in the library's steps of 4 s
constexpr unsigned maxWaiting = 4'000'000;           // bytes of a connection that does not read
constexpr std::string_view everySocket = "sockets";  // a topic

std::string shown(const std::exception& error) {
  const auto* failure = dynamic_cast<const Failure*>(&error);
  Json text;
  text.raw(R"({"success":false,"message":"请求无法处理","error":)").text(error.what());
  return text.raw(R"(,"code":)").text(failure != nullptr ? failure->code : "VALIDATION_FAILED").raw("}").take();
}

std::string newSocketId() {
  static std::uint64_t count = 0;
  return "socket" + std::to_string(++count);
}

// ---- Engine.IO and Socket.IO ----

void open(Socket& socket) {
  socket.subscribe(everySocket);
  send(socket, R"(0{"sid":")" + newSocketId() +
                   R"(","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
}

void onEvent(Chat& chat, Socket& socket, std::string_view number, std::string_view list) {
  std::array<unsigned char, 4096> buffer;
  boost::json::monotonic_resource memory(buffer.data(), buffer.size());
  try {
    const auto packet = boost::json::parse(list, &memory);
    const auto data = chat.act(socket, std::string_view(packet.at(0).as_string()), packet.at(1));
    if (number.empty()) return;
    send(socket, Json().raw("43").raw(number).raw(R"([{"success":true,"data":)").raw(data).raw("}]").take());
  } catch (const std::exception& error) {
    send(socket, number.empty() ? eventPacket("error", shown(error))
                                : Json().raw("43").raw(number).raw("[").raw(shown(error)).raw("]").take());
  }
}

void onPacket(Chat& chat, Socket& socket, std::string_view text) {
  const auto list = text.find('[');
  if (text == "40")
    send(socket, R"(40{"sid":")" + newSocketId() + R"("})");
  else if (text == "41" || text == "1")
    socket.end();
  else if (text.starts_with("42") && list != std::string_view::npos)
    onEvent(chat, socket, text.substr(2, list - 2), text.substr(list));
}

void serveSockets(uWS::App& app, Chat& chat) {
  app.ws<Connection>("/socket.io/", {.maxPayloadLength = 1'000'000,
                                     .idleTimeout = idleSeconds,
                                     .maxBackpressure = maxWaiting,
                                     .closeOnBackpressureLimit = true,
                                     .sendPingsAutomatically = false,  // Engine.IO has its own
                                     .open = [](Socket* socket) { open(*socket); },
                                     .message = [&](Socket* socket, std::string_view text,
                                                    uWS::OpCode) { onPacket(chat, *socket, text); },
                                     .close = [&](Socket* socket, int, std::string_view) { chat.leave(*socket); }});
}

void pingForever(uWS::App& app) {
  auto* timer = us_create_timer(reinterpret_cast<us_loop_t*>(app.getLoop()), 0, sizeof(uWS::App*));
  *static_cast<uWS::App**>(us_timer_ext(timer)) = &app;
  const auto ping = [](us_timer_t* due) {
    (*static_cast<uWS::App**>(us_timer_ext(due)))->publish(everySocket, "2", uWS::TEXT);
  };
  us_timer_set(timer, ping, pingMilliseconds, pingMilliseconds);
}

// ---- REST ----

template <typename Work>
void answer(Response& response, const char* status, Work work) {
  std::string text;
  try {
    text = work();
  } catch (const std::exception& error) {
    const auto* failure = dynamic_cast<const Failure*>(&error);
    status = failure != nullptr ? failure->status : "400 Bad Request";
    text = shown(error);
  }
  response.writeStatus(status)->writeHeader("Content-Type", "application/json; charset=utf-8")->end(text);
}

std::string health() {
  return Json().raw(R"({"status":"ok","timestamp":)").time(now()).raw(R"(,"message":"聊天服务器运行正常"})").take();
}

void serveHttp(uWS::App& app, Chat& chat) {
  app.get("/api/health", [](Response* response, uWS::HttpRequest*) { answer(*response, "200 OK", health); });
  app.get("/api/chat/messages/:sessionId", [&](Response* response, uWS::HttpRequest* request) {
    answer(*response, "200 OK", [&] {
      const auto page = chat.history(request->getParameter(0), request->getQuery("page"), request->getQuery("limit"));
      return R"({"success":true,)" + page + '}';
    });
  });
  app.post("/api/chat/sessions/group", [&](Response* response, uWS::HttpRequest*) {
    response->onAborted([] {});
    response->onData([&chat, response, body = std::string()](std::string_view chunk, bool isLast) mutable {
      body += chunk;
      if (body.size() > maxBody)
        response->close();
      else if (isLast)
        answer(*response, "201 Created", [&] { return chat.makeGroup(body); });
    });
  });
}

void onListening(us_listen_socket_t* listener) {
  if (listener == nullptr) std::exit(1);
  auto* socket = reinterpret_cast<us_socket_t*>(listener);
  // The library's own backlog of 512 turns some away when thousands come at once.
  const auto handle = reinterpret_cast<std::intptr_t>(us_socket_get_native_handle(0, socket));
  if (::listen(static_cast<int>(handle), 4096) < 0) std::exit(1);
  std::printf("http://127.0.0.1:%d\n", us_socket_local_port(0, socket));
  std::fflush(stdout);
}

}  // namespace

int main() {
  uWS::App app;
  Chat chat(app);
  serveSockets(app, chat);
  serveHttp(app, chat);
  pingForever(app);
  app.listen("127.0.0.1", 0, onListening);
  app.run();
}
