// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json.h"
#include "store.h"

#include <App.h>

#include <boost/json.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

/// What a connection knows: its user, once joined.
struct Connection {
  User* user = nullptr;
};

using Socket = uWS::WebSocket<false, true, Connection>;

struct Failure : std::runtime_error {
  Failure(const char* httpStatus, const char* name, const char* detail)
      : std::runtime_error(detail), status(httpStatus), code(name) {}
  const char* status;
  const char* code;
};

/// A packet of Engine.IO and Socket.IO: an event.
std::string eventPacket(std::string_view name, std::string_view data);

void send(Socket& to, std::string_view text);

/// What node/server.mjs does for its users. Failures are exceptions; what is no Failure is data of a wrong shape.
class Chat {
 public:
  explicit Chat(uWS::App& app) : app_(app) {}

  /// Does what the event asks for; the data of its acknowledgement.
  std::string act(Socket& socket, std::string_view event, const boost::json::value& data);
  void leave(Socket& socket);

  /// JSON without its braces: `data` and `pagination`. Page and limit may be empty.
  std::string history(std::string_view sessionId, std::string_view page, std::string_view limit);
  std::string makeGroup(std::string_view body);

 private:
  using Data = const boost::json::value&;

  std::string join(Socket& socket, Data data);
  std::string updateStatus(Socket& socket, Data data);
  std::string sendMessage(Socket& socket, Data data);
  std::string markRead(Socket& socket, Data data);
  std::string sendHistory(Socket& socket, Data data);
  std::string sendUnread(Socket& socket);
  static std::string tellTyping(Socket& socket, std::string_view event, Data data);

  Session& sessionFor(const boost::json::object& given, User& sender);
  /// To all connections of the user.
  void emit(const User& to, std::string_view name, std::string_view data);
  void subscribe(const Session& session);
  template <typename Publish>
  void announce(const User& user, Publish publish);

  uWS::App& app_;
  Store store_;
  std::unordered_map<const User*, std::vector<Socket*>> online_;
};

}  // namespace bench
