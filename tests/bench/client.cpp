// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace bench {

namespace {

/// A masked text frame (RFC 6455 section 5.2); the key is zero, which leaves the payload as it is.
std::string frameOf(std::string_view text) {
  std::string frame = "\x81";
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 255);
  }
  frame.append(4, '\0');
  return frame.append(text);
}

void watch(int epoll, int operation, int fd, std::uint32_t events, void* who) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = who;
  if (::epoll_ctl(epoll, operation, fd, &event) < 0) die("epoll_ctl");
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

double percentile(const std::vector<double>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

std::string toUser(const std::string& id) {
  return R"("receiverId":")" + id + '"';
}

std::string toSession(const std::string& id) {
  return R"("sessionId":")" + id + '"';
}

std::string post(int port, const std::string& path, const std::string& json) {
  const auto request = "POST " + path +
                       " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                       "Content-Type: application/json\r\nContent-Length: " +
                       std::to_string(json.size()) + "\r\n\r\n" + json;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) die("connect");
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) die("send");
  std::string answer;
  std::array<char, 65536> buffer;
  for (ssize_t size = 0; (size = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  ::close(fd);
  return answer;
}

// ---- Client ----

Client::~Client() {
  if (fd_ >= 0) ::close(fd_);
}

void Client::connect(int port, int epoll) {
  begin_ = Steady::now();
  epoll_ = epoll;
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto address = loopback(port);
  if (fd_ < 0) die("socket");
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 && errno != EINPROGRESS)
    die("connect");
  const int yes = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  watch(epoll_, EPOLL_CTL_ADD, fd_, EPOLLOUT, this);
}

void Client::onEvents(std::uint32_t events) {
  if (state_ == State::Connecting) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) die("the server refused " + id_);
    return onConnected();
  }
  onReadable();
}

void Client::onConnected() {
  state_ = State::Upgrading;
  watch(epoll_, EPOLL_CTL_MOD, fd_, EPOLLIN, this);
  write(
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
}

void Client::onReadable() {
  std::array<char, 65536> buffer;
  const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size <= 0) die("the server closed " + id_);
  input_.append(buffer.data(), static_cast<std::size_t>(size));
  std::size_t at = 0;
  while (takeOne(at)) {
  }
  input_.erase(0, at);
}

void Client::startSending(std::size_t window) {
  sending_ = true;
  for (std::size_t i = 0; i < window; ++i) sendMessage();
  flush();
}

bool Client::takeOne(std::size_t& at) {
  const auto rest = std::string_view(input_).substr(at);
  if (state_ == State::Upgrading) {
    const auto end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    if (rest.substr(9, 3) != "101") die("no WebSocket: " + std::string(rest.substr(0, end)));
    at += end + 4;
    state_ = State::Opening;
    return true;
  }
  if (rest.size() < 2) return false;
  std::size_t size = static_cast<unsigned char>(rest[1]) & 127U;
  std::size_t begin = 2;
  if (size >= 126) {
    const std::size_t digits = size == 126 ? 2 : 8;
    begin = 2 + digits;
    if (rest.size() < begin) return false;
    size = 0;
    for (std::size_t i = 2; i < begin; ++i) size = size << 8U | static_cast<unsigned char>(rest[i]);
  }
  if (rest.size() < begin + size) return false;
  onText(rest.substr(begin, size));
  at += begin + size;
  return true;
}

void Client::onText(std::string_view text) {
  if (text.starts_with("0{")) {
    queue("40");
    state_ = State::Entering;
  } else if (text.starts_with("40{")) {
    queue(R"(420["user:join",{"id":")" + id_ + R"(","username":")" + id_ + R"("}])");
    state_ = State::Joining;
  } else if (text == "2") {
    queue("3");
  } else if (text.starts_with("43")) {
    onAcknowledged(text);
  } else if (text.starts_with(R"(42["message:receive")")) {
    ++received_;
  } else if (text.starts_with(R"(42["user:status")")) {
    ++statuses_;
  } else if (text.starts_with(R"(42["error")")) {
    die(std::string(text));
  }
  flush();
}

void Client::onAcknowledged(std::string_view text) {
  if (text.find(R"("success":true)") == std::string_view::npos) die(std::string(text));
  const auto since = [](Steady::time_point begin) {
    return std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
  };
  if (state_ == State::Joining) {
    state_ = State::Ready;
    joinedAfter_ = since(begin_);
    return;
  }
  ++acknowledged_;
  latencies_.push_back(since(sentAt_.front()));
  sentAt_.pop_front();
  if (sending_) sendMessage();
}

void Client::sendMessage() {
  sentAt_.push_back(Steady::now());
  queue("42" + std::to_string(++count_) + R"(["message:send",{"senderId":")" + id_ + R"(",)" + target_ +
        R"(,"content":"Hello, this is a message of an ordinary length.","messageType":"text"}])");
}

void Client::queue(std::string_view text) {
  output_ += frameOf(text);
}

void Client::flush() {
  if (output_.empty()) return;
  write(output_);
  output_.clear();
}

/// What is on its way is little: it always fits the socket's buffer.
void Client::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) die("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// ---- Load ----

Load::Load() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

Load::~Load() {
  clients_.clear();
  ::close(epoll_);
}

Client& Load::add(int port, const std::string& id, const std::string& target) {
  clients_.push_back(std::make_unique<Client>(id, target));
  auto& client = *clients_.back();
  client.connect(port, epoll_);
  return client;
}

bool Load::turn(int timeoutMs) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeoutMs);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    auto* client = static_cast<Client*>(event.data.ptr);
    if (client == nullptr) return false;
    client->onEvents(event.events);
  }
  return true;
}

void Load::watchInput() {
  watch(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN | EPOLLHUP, nullptr);
}

std::size_t Load::waiting() const {
  return static_cast<std::size_t>(std::count_if(
      clients_.begin(), clients_.end(), [](const auto& client) { return client->state() != Client::State::Ready; }));
}

void Load::untilReady(std::size_t ahead) {
  while (waiting() > ahead) turn(1000);
}

}  // namespace bench
