// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/counters.h"
#include "realtime/engine/heartbeats.h"
#include "realtime/engine/websocket_line.h"
#include "realtime/session.h"

#include <atomic>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace parley::realtime {

class SessionBase;

/// What holds for sessions whatever carries them.
struct SessionOptions {
  Millis pingInterval{25000};
  Millis pingTimeout{20000};
  std::size_t maxPayload = 1'000'000;  ///< bytes of a message, and of a poll's response
  std::size_t maxSessions = 100'000;
  std::size_t maxPollingPerAddress = 10'000;     ///< 0: no limit
  std::size_t maxPollPackets = 16;               ///< of one poll's response: python-engineio refuses more
  std::size_t maxFragments = 1024;               ///< WebSocket frames of one message
  std::size_t maxQueuedBytes = 1U << 20U;        ///< per session, waiting for the client; beyond it is closed
  std::size_t volatileQueuedBytes = 64U << 10U;  ///< volatile messages are dropped while more than this waits
  Millis closeTimeout{2000};                     ///< for the client's part in an orderly close

  WebSocketLine::Options line() const { return {{maxPayload, maxFragments}, maxQueuedBytes, closeTimeout}; }
};

/// Of the sessions of one endpoint on all loops.
struct SessionCounts {
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> polling{0};  ///< of them
  base::Counter dropped;                ///< volatile messages to clients for whom much was waiting
  base::Counter overflowed;             ///< sessions that were closed, since the client did not read
};

/// Where the sessions of one endpoint on one loop live. [loop]
struct SessionHome {
  SessionHome(net::EventLoop& onLoop, const SessionOptions& itsOptions, SessionCounts& itsCounts)
      : loop(onLoop),
        options(itsOptions),
        counts(itsCounts),
        lineOptions(itsOptions.line()),
        heartbeats(onLoop, itsOptions.pingInterval, itsOptions.pingTimeout) {}

  net::EventLoop& loop;
  const SessionOptions& options;
  SessionCounts& counts;
  const WebSocketLine::Options lineOptions;
  Heartbeats heartbeats;
  std::unordered_map<std::string_view, std::shared_ptr<SessionBase>> sessions;  ///< by their ids
};

/// What every session has, whatever carries it: identity, handler, heartbeat, end; and how messages go over a
/// WebSocket.
class SessionBase : public Session, protected WebSocketLine::Owner, protected Heartbeats::Member {
 public:
  SessionBase(SessionHome& home, std::string id) : home_(home), id_(std::move(id)) {}
  ~SessionBase() override;

  const std::string& id() const override { return id_; }
  net::EventLoop& loop() override { return home_.loop; }
  bool isOpen() const override { return open_; }
  void leaveNewcomers() override;

 protected:
  /// Enters the home, gets its handler, starts the heartbeat.
  void open(const SessionFactory& factory, const http::Request& handshake);
  /// The session is closed from here on; its handler is told, and it leaves its home, at the end of the iteration.
  void end(const std::string& reason);
  /// Leaves the home. Called when it has ended, unless it stays to say goodbye.
  void leave();
  /// Whether it stays in its home after the end for now.
  virtual bool lingers() const { return false; }

  /// A line of this session over a connection whose opening handshake was answered; not started.
  std::shared_ptr<WebSocketLine> makeLine(net::Connection& connection);
  /// Hands a message to the handler.
  void deliver(std::string data, bool binary);
  net::SendState sendOver(WebSocketLine& line, const SharedMessage& message, bool isVolatile,
                          std::function<void()>&& written);
  /// What becomes of a message that finds no room: a volatile one is lost alone, another one with the session.
  net::SendState drop(bool isVolatile);
  /// The client does not read: what is queued is lost with the connection.
  virtual void overflow() = 0;
  virtual void sendPing() = 0;
  /// The client has answered a ping.
  void onPong();
  /// Something came from the client, so that it is alive.
  void onHeard() { heard_ = true; }

  void onLineInput(WebSocketLine& line) override;
  void onLineWritten(WebSocketLine& line) override;
  void onPingDue() override;
  void onPongOverdue() override;

  SessionHome& home_;
  std::shared_ptr<WebSocketLine> line_;  ///< null while on polling, and after the end
  bool inputPaused_ = false;
  bool isNewcomer_ = true;

 private:
  struct Awaited {
    std::uint64_t mark;  ///< of the line's bytesWritten
    std::function<void()> written;
  };
  void finish(const std::string& reason);

  std::string id_;
  std::unique_ptr<SessionHandler> handler_;
  std::list<Awaited> awaited_;
  bool open_ = false;
  bool heard_ = false;
  bool pinged_ = false;  ///< since the last answer
};

}  // namespace parley::realtime
