// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/websocket_handshake.h"

#include "realtime/engine/base64.h"

#include <openssl/sha.h>

#include <array>

namespace parley::realtime {

namespace {

constexpr std::string_view protocolVersion = "13";
constexpr std::string_view handshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

http::Response refusal(int status, std::string text) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=UTF-8");
  response.body = std::move(text);
  return response;
}

}  // namespace

std::string acceptKey(std::string_view key) {
  const std::string text = std::string(key).append(handshakeGuid);
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return toBase64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::optional<http::Response> checkHandshake(const http::Request& request) {
  const auto& headers = request.headers;
  if (request.method != "GET") return refusal(400, "A WebSocket handshake is a GET request");
  if (!headers.hasToken("Upgrade", "websocket") || !headers.hasToken("Connection", "upgrade")) {
    return refusal(400, "Not a WebSocket handshake");
  }
  if (headers.get("Sec-WebSocket-Version") != protocolVersion) {
    auto response = refusal(426, "WebSocket version 13 is spoken here");
    response.headers.add("Sec-WebSocket-Version", std::string(protocolVersion));
    return response;
  }
  const auto key = fromBase64(headers.get("Sec-WebSocket-Key"));
  if (!key || key->size() != 16) return refusal(400, "Sec-WebSocket-Key must be 16 bytes in base64");
  return std::nullopt;
}

std::string handshakeAnswer(const http::Request& request) {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         acceptKey(request.headers.get("Sec-WebSocket-Key")) + "\r\nX-Request-Id: " + request.requestId + "\r\n\r\n";
}

}  // namespace parley::realtime
