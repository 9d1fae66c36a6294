// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/verifier.h"
#include "base/counters.h"
#include "base/token_bucket.h"
#include "base/worker_pool.h"
#include "net/event_loop.h"
#include "realtime/event_table.h"
#include "realtime/line.h"
#include "realtime/out_event.h"
#include "realtime/packet_ring.h"
#include "realtime/recovery.h"

#include <parley/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace parley::realtime {

class Registry;

struct SocketOptions {
  RecoveryOptions recovery;
  std::size_t maxQueuedEvents = 256;   ///< events of one socket that wait for a worker
  std::size_t maxAsks = 256;           ///< questions to one client that wait for its answer
  std::size_t maxBeforeConnect = 256;  ///< events to a socket while its CONNECT is being decided
  base::Locale locale;                 ///< of failures, where Accept-Language names none that exists
};

/// What sockets need where clients come with tokens; the references outlive them.
struct TokenServices {
  auth::Verifier& verifier;
  EventEncoder& encoder;
  const Clock& clock;
};

/// What all sockets need; the references outlive them.
struct SocketServices {
  const EventTable& table;
  Registry& registry;
  base::WorkerPool& pool;
  const SocketOptions options;
  std::atomic<std::size_t> disconnected{0};  ///< sockets that wait to come back
  const TokenServices* tokens = nullptr;     ///< null in open mode
  base::Counter tooEarly{};                  ///< events given up, to sockets on which too many waited to be let in
};

/// One client in one namespace ("/" for a plain client). It has a home loop for life, through which all goes that is
/// sent to it, so that its order is kept; its line may live on another loop after a recovery.
///
/// It is being connected; then live; when its line breaks and it can recover, it waits for the client to come back,
/// and goes on collecting what it misses; then it has ended.
class ClientSocket : public std::enable_shared_from_this<ClientSocket> {
 public:
  struct Identity {
    std::string id;
    std::string pid;  ///< secret; empty: this client cannot recover
    std::string nameSpace = "/";
    OutMessage::Framing framing = OutMessage::Framing::EngineIo;
  };

  /// `offset`: what the client had last, as it said in its CONNECT. [loop of the line, which becomes its home]
  ClientSocket(SocketServices& services, Identity identity, LinePtr line, std::string offset);

  // ---- [any thread] ----
  const std::string& id() const { return identity_.id; }
  const std::string& pid() const { return identity_.pid; }
  const std::string& nameSpace() const { return identity_.nameSpace; }
  OutMessage::Framing framing() const { return identity_.framing; }
  bool recovers() const { return !identity_.pid.empty(); }
  net::EventLoop& home() const { return home_; }
  /// What the socket's events, and news of the socket, run on: among the newcomers until the socket is a user's.
  base::Strand& strand() { return strand_; }

  void post(SharedEvent event);
  /// An acknowledgement for a client's event that came over `line`; lost when the client is on another line by now.
  void postReply(SharedMessage message, LinePtr line);

  /// The encodings of an event that this socket needs.
  Encodings encodings() const;

  /// The client's events on their way to the handlers; see EventDispatcher.
  struct Inbox {
    std::atomic<std::uint32_t> queued{0};
    std::atomic<bool> paused{false};
    base::TokenBucket rate;   ///< [strand]
    std::uint64_t taken = 0;  ///< [strand]
  };
  Inbox& inbox() { return inbox_; }
  /// Whether so many events wait in the inbox that the line's input rests.
  bool isFull(std::size_t queued) const { return queued >= maxQueued() - maxQueued() / 4; }
  /// Whether so few do that it goes on.
  bool hasRoom(std::size_t queued) const { return queued <= maxQueued() / 4; }

  // ---- [home loop] ----
  void deliver(const SharedEvent& event);
  /// `done` gets the client's answer or UNAVAILABLE, on a worker.
  void ask(const Emit& emit, EventEncoder& encoder, Millis timeout, std::function<void(Result<Payload>)> done);
  void acknowledged(std::uint64_t askId, Payload payload);

  /// A client on `line` knows this socket's pid. True: the socket is kept for it, and `open` or `refuse` must follow;
  /// its old line, if it still had one, is closed. False: it cannot recover, and ends.
  bool claim(std::string_view offset, const LinePtr& line);
  /// The namespace's owner has let the client in: the socket is live, and sends what has gathered.
  void open(const LinePtr& line);
  void refuse(const LinePtr& line, const Error& error);

  /// The client's token is good until then; at that time the client is told, and the socket ends without a chance to
  /// come back. Again with another time when the token was renewed.
  void holdUntil(Time end);

  /// The client has answered a ping over its line, which is on the home loop: what it was sent before that ping need
  /// not be kept any longer.
  void confirmSent();
  void lineClosed(const LinePtr& line, const std::string& reason);
  /// The client has left, or is made to leave, over this line; nothing when it is on another one by now.
  void left(const LinePtr& line, const std::string& reason);
  void disconnect(bool closeConnection);
  /// Ends the socket and its line without a chance to come back.
  void shutDown(const std::string& reason);
  void resumeInput();

 private:
  enum class State { Connecting, Live, Waiting, Ended };
  using Asked = std::function<void(Result<Payload>)>;
  struct Ask {
    Asked done;
    net::EventLoop::TimerId timer;
  };
  struct Asks {
    std::unordered_map<std::uint64_t, Ask> open;
    std::uint64_t next = 1;
  };
  /// Its client is coming back.
  struct Claim {
    LinePtr line;
    std::string offset;  ///< of what the client had last
  };

  const RecoveryOptions& recovery() const { return services_.options.recovery; }
  std::size_t maxQueued() const { return services_.options.maxQueuedEvents; }
  /// The line that it is connected, connecting or coming back over; null for none.
  LinePtr anyLine() const { return claim_ ? claim_->line : line_; }
  const SharedMessage& encodingOf(const OutEvent& event) const;
  void keep(const OutEvent& event);
  void transmit(const SharedMessage& message, const std::shared_ptr<Receipt>& receipt = nullptr,
                bool isVolatile = false);
  void startWaiting();
  void stopWaiting();
  void end(const std::string& reason);
  void breakOff(const std::string& reason);
  void finish(Asked done, Result<Payload> result);
  void watchToken();
  void expire();

  SocketServices& services_;
  const Identity identity_;
  net::EventLoop& home_;
  base::Strand strand_;
  Inbox inbox_;

  // [home loop]
  State state_ = State::Connecting;
  bool counted_ = false;            ///< in services_.disconnected
  LinePtr line_;                    ///< that it is connected, or connecting, over; null while it waits
  std::unique_ptr<Claim> claim_;    ///< there while it waits, from claim() on
  std::vector<SharedEvent> early_;  ///< sent while connecting
  PacketRing ring_;
  net::EventLoop::TimerId expiry_ = 0;
  Time tokenEnd_{};
  net::EventLoop::TimerId tokenTimer_ = 0;
  std::unique_ptr<Asks> asks_;  ///< from the first one on: few clients are asked
};

using SocketPtr = std::shared_ptr<ClientSocket>;

}  // namespace parley::realtime
