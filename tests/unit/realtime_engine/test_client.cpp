// SPDX-License-Identifier: Apache-2.0
#include "test_client.h"

#include "masked_frame.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace parley::realtime {

namespace {
constexpr std::string_view upgradeHeaders =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
}

std::uint16_t TestClient::Frame::closeCode() const {
  if (payload.size() < 2) return close_code::noStatus;
  return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                    static_cast<unsigned char>(payload[1]));
}

TestClient::TestClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("cannot connect");
}

TestClient::~TestClient() {
  close();
}

void TestClient::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void TestClient::sendBytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("cannot send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool TestClient::receive() {
  std::array<char, 65536> buffer;
  const auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("the server is silent");
  if (got <= 0) return false;
  input_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

void TestClient::need(std::size_t bytes) {
  while (input_.size() < bytes) {
    if (!receive()) throw std::runtime_error("the server has ended the connection");
  }
}

bool TestClient::ends() {
  while (receive()) {
  }
  return true;
}

void TestClient::sendRequest(std::string_view method, std::string_view target, std::string_view body,
                             std::string_view headers) {
  std::string text(method);
  text.append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(headers);
  if (!body.empty() || method == "POST")
    text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  sendBytes(text.append("\r\n").append(body));
}

TestClient::Answer TestClient::readAnswer() {
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos) need(input_.size() + 1);
  Answer answer;
  answer.head = input_.substr(0, end + 2);
  input_.erase(0, end + 4);
  answer.status = std::stoi(answer.head.substr(9, 3));
  const auto at = answer.head.find("Content-Length: ");
  const std::size_t length = at == std::string::npos ? 0 : std::stoul(answer.head.substr(at + 16));
  need(length);
  answer.body = input_.substr(0, length);
  input_.erase(0, length);
  return answer;
}

TestClient::Answer TestClient::request(std::string_view method, std::string_view target, std::string_view body,
                                       std::string_view headers) {
  sendRequest(method, target, body, headers);
  return readAnswer();
}

TestClient::Answer TestClient::openWebSocket(std::string_view target, std::string_view headers) {
  return request("GET", target, {}, std::string(headers.empty() ? upgradeHeaders : headers));
}

void TestClient::sendText(std::string_view text) {
  sendFrame(0x81, text);
}

void TestClient::sendFrame(unsigned lead, std::string_view payload) {
  sendBytes(maskedFrame(lead, payload));
}

TestClient::Frame TestClient::readFrame() {
  need(2);
  const auto byteAt = [&](std::size_t at) { return static_cast<unsigned char>(input_[at]); };
  Frame frame;
  frame.lead = byteAt(0);
  std::size_t length = byteAt(1);
  std::size_t header = 2;
  if (length >= 126) {
    const std::size_t extended = length == 126 ? 2 : 8;
    need(2 + extended);
    length = 0;
    for (std::size_t i = 0; i < extended; ++i) length = length << 8 | byteAt(2 + i);
    header += extended;
  }
  need(header + length);
  frame.payload = input_.substr(header, length);
  input_.erase(0, header + length);
  return frame;
}

std::string TestClient::readText() {
  auto frame = readFrame();
  if (frame.lead != 0x81) throw std::runtime_error("a text message was expected, not " + std::to_string(frame.lead));
  return std::move(frame.payload);
}

}  // namespace parley::realtime
