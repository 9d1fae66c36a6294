// SPDX-License-Identifier: Apache-2.0
#include "realtime/line.h"

#include <algorithm>
#include <utility>

namespace parley::realtime {

namespace {

constexpr std::uint16_t protocolError = 1002;  // RFC 6455 section 7.4.1

Caller callerOf(const http::Request& handshake, const base::Locale& locale) {
  constexpr std::size_t maxUserAgent = 256;
  Caller caller;
  caller.address = handshake.peerAddress;
  caller.userAgent = handshake.headers.get("User-Agent").substr(0, maxUserAgent);
  std::replace_if(
      caller.userAgent.begin(), caller.userAgent.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  caller.locale = locale.name;
  return caller;
}

}  // namespace

Line::Line(Session& session, const base::Locale& fallback)
    : session_(&session),
      loop_(session.loop()),
      locale_(base::chooseLocale(session.handshake().headers.get("Accept-Language"), fallback)),
      caller_(callerOf(session.handshake(), locale_)) {}

void Line::run(std::function<void()> task) {
  loop_.dispatch(std::move(task));
}

void Line::send(const SharedMessage& message, bool isVolatile, std::function<void()> written) {
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
