// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/failure.h"
#include "net/event_loop.h"
#include "realtime/event_dispatcher.h"
#include "realtime/plain_client.h"
#include "realtime/registry.h"
#include "realtime/socket_io.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace parley::realtime::test {

/// The text of a message as the client reads it, with the attachments of an Engine.IO one after record separators.
inline std::string textOf(const OutMessage& message) {
  if (message.framing() == OutMessage::Framing::EngineIo) return message.pollingPackets().substr(1);
  const auto& frame = message.webSocketFrames();
  const auto length = static_cast<unsigned char>(frame.at(1));
  return frame.substr(length < 126 ? 2 : length == 126 ? 4 : 10);
}

/// A session without a network. Its methods run on its loop, as the real one's; what the test asks for may be called
/// from the test's thread.
class FakeSession final : public Session {
 public:
  FakeSession(net::EventLoop& loop, OutMessage::Framing framing, http::Request handshake)
      : loop_(loop), framing_(framing), handshake_(std::move(handshake)) {}

  const std::string& id() const override { return id_; }
  net::EventLoop& loop() override { return loop_; }
  OutMessage::Framing framing() const override { return framing_; }
  std::string_view transport() const override { return "websocket"; }
  bool isOpen() const override { return open_; }

  net::SendState send(const SharedMessage& message, bool, std::function<void()>&& written) override {
    if (sendsLeft_ > 0 && --sendsLeft_ == 0) end("transport close");
    if (!open_) return net::SendState::Dropped;
    const std::lock_guard lock(mutex_);
    sent_.push_back(message);
    if (written) unwritten_.push_back(std::move(written));
    return net::SendState::Sent;
  }
  void pauseInput(bool paused) override { paused_ = paused; }
  void leaveNewcomers() override { isNewcomer_ = false; }
  void close(const std::string& reason) override { end(reason); }
  void fail(std::uint16_t, const std::string& reason) override {
    {
      const std::lock_guard lock(mutex_);
      fault_ = reason;
    }
    end("parse error");
  }

  void end(const std::string& reason) {
    if (!open_.exchange(false)) return;
    {
      const std::lock_guard lock(mutex_);
      closed_ = reason;
    }
    handler_->onClose(*this, reason);
  }
  void accept(const SessionFactory& factory) { handler_ = factory(*this, handshake_); }
  void receive(std::string data, bool binary) {
    if (open_) handler_->onMessage(*this, std::move(data), binary);
  }
  void pong() {
    if (open_) handler_->onPong();
  }
  void writeAll() {
    std::vector<std::function<void()>> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(unwritten_);
    }
    for (const auto& written : all) written();
  }

  /// Breaks while it sends for the n-th time.
  void breakAtSend(int n) { sendsLeft_ = n; }
  bool isPaused() const { return paused_; }
  bool isNewcomer() const { return isNewcomer_; }
  std::string fault() const { return locked(fault_); }
  std::string closedWith() const { return locked(closed_); }
  std::vector<SharedMessage> takeMessages() {
    const std::lock_guard lock(mutex_);
    return std::exchange(sent_, {});
  }

 private:
  std::string locked(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    return text;
  }

  const std::string id_ = "session";
  net::EventLoop& loop_;
  OutMessage::Framing framing_;
  http::Request handshake_;
  std::unique_ptr<SessionHandler> handler_;
  std::atomic<bool> open_{true};
  std::atomic<bool> paused_{false};
  std::atomic<bool> isNewcomer_{true};
  std::atomic<int> sendsLeft_{0};
  mutable std::mutex mutex_;
  std::vector<SharedMessage> sent_;
  std::vector<std::function<void()>> unwritten_;
  std::string fault_;
  std::string closed_;
};

class ManualClock final : public Clock {
 public:
  Time now() const override { return {}; }
  Instant steady() const override { return Instant{} + elapsed.load(); }
  std::atomic<Millis> elapsed{Millis{0}};
};

/// Writes down what it is told.
class Watcher final : public SocketObserver {
 public:
  void onUserBound(const std::string& userId, const std::string&, bool first) override {
    note(userId + (first ? " came" : " bound"));
  }
  void onUserGone(const std::string& userId, const std::string&, bool last) override {
    note(userId + (last ? " left" : " gone"));
  }
  void note(std::string text) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(text));
  }
  std::vector<std::string> notes() const {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> notes_;
};

/// One client of a World.
class Client {
 public:
  explicit Client(std::shared_ptr<FakeSession> session) : session_(std::move(session)) {}

  FakeSession& session() const { return *session_; }
  void say(std::string text) const {
    session_->loop().post([session = session_, text = std::move(text)] { session->receive(text, false); });
  }
  void sayBinary(std::string data) const {
    session_->loop().post([session = session_, data = std::move(data)] { session->receive(data, true); });
  }
  void breakOff(const std::string& reason = "transport close") const {
    session_->loop().post([session = session_, reason] { session->end(reason); });
  }
  void pong() const {
    session_->loop().post([session = session_] { session->pong(); });
  }
  void writeAll() const {
    session_->loop().post([session = session_] { session->writeAll(); });
  }
  std::vector<std::string> heard() const {
    std::vector<std::string> texts;
    for (const auto& message : session_->takeMessages()) texts.push_back(textOf(*message));
    return texts;
  }

 private:
  std::shared_ptr<FakeSession> session_;
};

/// What a client learns at its CONNECT, and what followed.
struct Greeting {
  std::string sid;
  std::string pid;
  std::vector<std::string> rest;
};

/// Everything above the sessions, with two loops and two workers.
struct World {
  explicit World(SocketOptions socketOptions = {}, DispatchOptions dispatchOptions = {}, SocketIoOptions ioOptions = {})
      : services{table, registry, pool, socketOptions, {}},
        dispatcher(table, gate, registry, encoder, clock, dispatchOptions),
        io(services, dispatcher, ioOptions) {
    registry.setObserver(watcher);
    loops.start();
  }
  ~World() {
    for (const auto& session : sessions) session->loop().post([session] { session->end("server shutting down"); });
    settle();
    pool.stop();
    loops.stop();
  }

  /// Until nothing is on its way from a client to a handler and back.
  void settle() {
    for (int round = 0; round < 8; ++round) {
      for (std::size_t i = 0; i < loops.size(); ++i) {
        std::promise<void> passed;
        loops.at(i).post([&passed] { passed.set_value(); });
        passed.get_future().wait();
      }
      EXPECT_TRUE(pool.drain(Millis{60'000}));
    }
  }
  template <typename Condition>
  void settleUntil(const Condition& condition) {
    while (!condition()) {
      settle();
      std::this_thread::yield();
    }
  }

  Client connect(std::size_t loop = 0, OutMessage::Framing framing = OutMessage::Framing::EngineIo,
                 http::Request handshake = {}) {
    auto session = std::make_shared<FakeSession>(loops.at(loop), framing, std::move(handshake));
    std::promise<void> accepted;
    loops.at(loop).post([&] {
      session->accept([this, framing](Session& s, const http::Request& request) {
        return framing == OutMessage::Framing::EngineIo ? io.accept(s, request) : plain.accept(s, request);
      });
      accepted.set_value();
    });
    accepted.get_future().wait();
    sessions.push_back(session);
    return Client(session);
  }
  Client connectPlain(http::Request handshake = {}) {
    return connect(0, OutMessage::Framing::Plain, std::move(handshake));
  }

  Greeting greet(const Client& client, const std::string& connectPacket = "0") {
    client.say(connectPacket);
    settle();
    auto heard = client.heard();
    if (heard.empty() || heard.front().front() != '0') {
      ADD_FAILURE() << "no CONNECT but " << (heard.empty() ? "nothing" : heard.front());
      return {};
    }
    const auto data = boost::json::parse(heard.front().substr(heard.front().find('{'))).as_object();
    heard.erase(heard.begin());
    return {std::string(parley::textOf(data, "sid")), std::string(parley::textOf(data, "pid")), heard};
  }

  void emitTo(const std::string& socketId, const Emit& emit) {
    const auto socket = registry.find(socketId);
    ASSERT_NE(socket, nullptr);
    socket->post(encoder.encode(emit, socket->encodings()));
  }

  EventTable::Id on(const std::string& name, EventHandler handler, Access access = Access::anyone(),
                    const std::string& nameSpace = "/") {
    return table.add(
        {nameSpace, name, "tester", std::move(access),
         [handler = std::move(handler)](const EventCall& call, const Reply& reply) { reply(handler(call)); }});
  }

  ManualClock clock;
  Watcher watcher;
  EventTable table;
  base::Gate gate{base::AuthMode::Open, [](const std::string& session, const std::string& user) {
                    if (session == "none") throw Error(ErrorCode::NotFound, "no such session");
                    return user == "ann";
                  }};
  Registry registry;
  EventEncoder encoder;
  std::vector<std::shared_ptr<FakeSession>> sessions;
  net::EventLoops loops{2};
  base::WorkerPool pool{4, 1000};
  SocketServices services;
  EventDispatcher dispatcher;
  SocketIo io;
  PlainClients plain{services, dispatcher, {}};
};

/// The offset at the end of an event's text.
inline std::string offsetOf(const std::string& packet) {
  return std::string(boost::json::parse(packet.substr(packet.find('['))).as_array().back().as_string());
}

/// An event's text without its last argument, the offset.
inline std::string withoutOffset(const std::string& packet) {
  const auto start = packet.find('[');
  auto array = boost::json::parse(packet.substr(start)).as_array();
  array.pop_back();
  return packet.substr(0, start) + boost::json::serialize(array);
}

inline std::vector<std::string> withoutOffsets(std::vector<std::string> packets) {
  for (auto& packet : packets) packet = withoutOffset(packet);
  return packets;
}

}  // namespace parley::realtime::test
