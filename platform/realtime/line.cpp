// SPDX-License-Identifier: Apache-2.0
#include "realtime/line.h"

#include <algorithm>
#include <utility>

namespace parley::realtime {

namespace {

constexpr std::uint16_t protocolError = 1002;  // RFC 6455 section 7.4.1

std::string shownAgent(const http::Request& handshake) {
  constexpr std::size_t maxBytes = 256;
  std::string agent(handshake.headers.get("User-Agent").substr(0, maxBytes));
  std::replace_if(
      agent.begin(), agent.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return agent;
}

}  // namespace

Line::Line(Session& session, const http::Request& handshake, const base::Locale& fallback)
    : session_(&session),
      loop_(session.loop()),
      locale_(base::chooseLocale(handshake.headers.get("Accept-Language"), fallback)),
      address_(handshake.peerAddress),
      userAgent_(shownAgent(handshake)) {}

/// There are many lines, and few that call.
Caller Line::caller() const {
  Caller caller;
  caller.address = address_;
  caller.userAgent = userAgent_;
  caller.locale = locale_.name;
  return caller;
}

void Line::run(std::function<void()> task) {
  loop_.dispatch(std::move(task));
}

void Line::send(const SharedMessage& message, bool isVolatile, std::function<void()>&& written) {
  if (session_ != nullptr) session_->send(message, isVolatile, std::move(written));
}

void Line::pauseInput(const ClientSocket& socket, bool paused) {
  const bool before = !pausing_.empty();
  std::erase(pausing_, &socket);
  if (paused) pausing_.push_back(&socket);
  if (session_ != nullptr && before == pausing_.empty()) session_->pauseInput(!before);
}

void Line::leaveNewcomers() {
  if (std::exchange(isNewcomer_, false) && session_ != nullptr) session_->leaveNewcomers();
}

void Line::close(const std::string& reason) {
  if (session_ != nullptr) session_->close(reason);
}

void Line::fail(const std::string& reason) {
  if (session_ != nullptr) session_->fail(protocolError, reason);
}

}  // namespace parley::realtime
