// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace parley::realtime {

/// The Sec-WebSocket-Accept value for a key (RFC 6455 section 4.2.2).
std::string acceptKey(std::string_view key);

/// What is wrong with an opening handshake (RFC 6455 section 4.2.1): 400, or 426 with the version that is spoken.
/// Nothing when it is right.
std::optional<http::Response> checkHandshake(const http::Request& request);

/// The head of the 101 answer. No extension and no subprotocol is accepted.
std::string handshakeAnswer(const http::Request& request);

}  // namespace parley::realtime
