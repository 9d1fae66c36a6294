// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/event.h>
#include <parley/json.h>
#include <parley/time.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace parley {

/// Something to send to clients. It is encoded once, however many receive it.
struct Emit {
  std::string event;
  Payload payload;
  bool isVolatile = false;      ///< may be dropped for a slow client (typing, presence)
  std::string exceptSocket;     ///< a socket id that does not get it; empty for none
  std::string nameSpace = "/";  ///< Socket.IO namespace
  /// Called once per user of `toUsers` when the bytes have first been handed to the operating system for one of the
  /// user's sockets; one call after another. [worker]
  std::function<void(const std::string& userId)> onDelivered;

  Emit(std::string name, Json data) : event(std::move(name)) { payload.args.push_back(std::move(data)); }
  Emit(std::string name, JsonText data) : event(std::move(name)) { payload.written = std::move(data); }
  Emit(std::string name, Payload arguments) : event(std::move(name)), payload(std::move(arguments)) {}
};

/// The connected clients: Socket.IO sockets and plain /ws connections alike. A socket id names one socket in
/// one namespace. Nothing here blocks; unknown ids are ignored unless a return value says otherwise. VALIDATION_FAILED
/// for an event with a name that Socket.IO keeps for itself ("connect", "disconnect" …), or with a place holder for
/// which there are no bytes. [any thread]
class Sockets {
 public:
  virtual ~Sockets() = default;

  virtual void toSocket(const std::string& socketId, Emit emit) = 0;
  virtual void toUsers(const std::vector<std::string>& userIds, Emit emit) = 0;
  virtual void toRoom(const std::string& room, Emit emit) = 0;
  /// Every socket of the namespace (in "/", also those that have not joined as a user).
  virtual void toEveryone(Emit emit) = 0;

  /// Emits and waits for the client's acknowledgement; `done` gets its arguments, or UNAVAILABLE when the
  /// time is over or the socket is gone. `done` runs on a worker, once.
  virtual void ask(const std::string& socketId, Emit emit, Millis timeout,
                   std::function<void(Result<Payload>)> done) = 0;

  /// RATE_LIMITED when the socket is in as many rooms as `realtime.maxRooms` allows.
  virtual void join(const std::string& socketId, const std::string& room) = 0;
  virtual void leave(const std::string& socketId, const std::string& room) = 0;

  /// Sends a disconnect packet for the socket's namespace; with `closeConnection` the connection under it ends too.
  virtual void disconnect(const std::string& socketId, bool closeConnection) = 0;

  /// Makes the socket one of the user's devices, for its whole life. CONFLICT when it is bound to another user,
  /// NOT_FOUND when it is gone, FORBIDDEN when its token is another's who may not act for the user, RATE_LIMITED when
  /// the user has as many sockets as `realtime.maxSocketsPerUser` allows. True when it is the user's only socket now.
  virtual bool bindUser(const std::string& socketId, const std::string& userId, const std::string& role) = 0;

  /// The socket ids of a user's devices on this node, in no order.
  virtual std::vector<std::string> socketsOf(const std::string& userId) const = 0;
  virtual bool isOnline(const std::string& userId) const = 0;
};

/// A client asks to enter a namespace (Socket.IO CONNECT). `call.payload.args[0]` is the client's `auth` object;
/// throw Error to refuse: the client sees `connect_error` with the detail. [worker]
using ConnectHandler = std::function<void(const EventCall& call)>;

/// A socket left a namespace; `reason` is one of Socket.IO's own ("client namespace disconnect", "ping timeout",
/// "transport close" …). [worker]
using DisconnectHandler = std::function<void(const Caller& caller, const std::string& reason)>;

}  // namespace parley
