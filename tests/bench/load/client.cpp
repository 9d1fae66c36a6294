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
#include <system_error>

namespace bench {

namespace {

[[noreturn]] void dieOfErrno(const std::string& what) {
  die(what + ": " + std::generic_category().message(errno));
}

/// A masked text frame (RFC 6455 section 5.2); the key is zero, which leaves the payload as it is.
void appendFrame(std::string& output, std::string_view text) {
  output += '\x81';
  if (text.size() < 126) {
    output += static_cast<char>(0x80 | text.size());
  } else {
    output += static_cast<char>(0x80 | 126);
    output += static_cast<char>(text.size() >> 8);
    output += static_cast<char>(text.size() & 255);
  }
  output.append(4, '\0');
  output.append(text);
}

struct Frame {
  std::string_view text;
  std::size_t size = 0;  ///< with its head; 0: it is not all there
};

Frame frameIn(std::string_view bytes) {
  if (bytes.size() < 2) return {};
  std::size_t size = static_cast<unsigned char>(bytes[1]) & 127U;
  std::size_t begin = 2;
  if (size >= 126) {
    begin += size == 126 ? 2 : 8;
    if (bytes.size() < begin) return {};
    size = 0;
    for (std::size_t i = 2; i < begin; ++i) size = size << 8U | static_cast<unsigned char>(bytes[i]);
  }
  if (bytes.size() < begin + size) return {};
  return {bytes.substr(begin, size), begin + size};
}

void watch(int epoll, int operation, int fd, std::uint32_t events, void* who) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = who;
  if (::epoll_ctl(epoll, operation, fd, &event) < 0) dieOfErrno("epoll_ctl");
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void setNoDelay(int fd) {
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

}  // namespace

void die(const std::string& what) {
  std::fprintf(stderr, "load: %s\n", what.c_str());
  std::exit(1);
}

double millisecondsSince(Steady::time_point begin) {
  return std::chrono::duration<double, std::milli>(Steady::now() - begin).count();
}

std::string toUser(const std::string& id) {
  return R"("receiverId":")" + id + '"';
}

std::string toSession(const std::string& id) {
  return R"("sessionId":")" + id + '"';
}

std::string_view fieldOf(std::string_view json, std::string_view name) {
  const auto key = '"' + std::string(name) + R"(":")";
  const auto at = json.find(key);
  if (at == std::string_view::npos) return {};
  const auto rest = json.substr(at + key.size());
  return rest.substr(0, rest.find('"'));
}

int connectTo(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) dieOfErrno("connect");
  setNoDelay(fd);
  return fd;
}

std::string post(int port, const std::string& path, const std::string& json) {
  const auto request = "POST " + path +
                       " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                       "Content-Type: application/json\r\nContent-Length: " +
                       std::to_string(json.size()) + "\r\n\r\n" + json;
  const int fd = connectTo(port);
  if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    dieOfErrno("send");
  std::string answer;
  std::array<char, 65536> buffer;
  for (ssize_t size = 0; (size = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  ::close(fd);
  return answer;
}

std::string makeGroup(int port, const std::vector<std::string>& members) {
  std::string list;
  for (const auto& member : members) list += (list.empty() ? "\"" : ",\"") + member + '"';
  const auto answer =
      post(port, "/api/chat/sessions/group",
           R"({"sessionName":"group","creatorId":")" + members.front() + R"(","participants":[)" + list + "]}");
  const auto id = fieldOf(answer, "_id");
  if (id.empty()) die("no group: " + answer);
  return std::string(id);
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
  if (fd_ < 0) dieOfErrno("socket");
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0 && errno != EINPROGRESS)
    dieOfErrno("connect");
  setNoDelay(fd_);
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
  static thread_local std::array<char, 256 * 1024> buffer;
  const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
  if (size <= 0) die("the server closed " + id_);
  std::string_view bytes(buffer.data(), static_cast<std::size_t>(size));
  if (!input_.empty()) bytes = input_.append(bytes);
  const auto taken = take(bytes);
  if (input_.empty())
    input_ = bytes.substr(taken);
  else
    input_.erase(0, taken);
}

/// How many of the bytes it took.
std::size_t Client::take(std::string_view bytes) {
  std::size_t at = 0;
  if (state_ == State::Upgrading) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return 0;
    if (bytes.substr(9, 3) != "101") die("no WebSocket: " + std::string(bytes.substr(0, end)));
    at = end + 4;
    state_ = State::Opening;
  }
  for (;;) {
    const auto [text, size] = frameIn(bytes.substr(at));
    if (size == 0) return at;
    onText(text);
    at += size;
  }
}

void Client::onText(std::string_view text) {
  if (text.starts_with(R"(42["message:receive")")) {
    if (load_.scenario_ != nullptr) load_.scenario_->received(*this, text);
  } else if (text.starts_with("43")) {
    onAcknowledged(text);
  } else if (text.starts_with(R"(42["user:status")")) {
    ++statuses_;
  } else if (text.starts_with("0{")) {
    queue("40");
    state_ = State::Entering;
  } else if (text.starts_with("40{")) {
    queue(R"(420["user:join",{"id":")" + id_ + R"(","username":")" + id_ + R"("}])");
    state_ = State::Joining;
  } else if (text == "2") {
    queue("3");
  } else if (text.starts_with(R"(42["error")")) {
    die(std::string(text));
  }
}

void Client::onAcknowledged(std::string_view text) {
  if (text.find(R"("success":true)") == std::string_view::npos) die(std::string(text));
  if (state_ == State::Joining) {
    state_ = State::Ready;
    joinedAfter_ = millisecondsSince(begin_);
    --load_.waiting_;
    return;
  }
  const auto after = millisecondsSince(sentAt_.front());
  sentAt_.pop_front();
  if (load_.scenario_ != nullptr) load_.scenario_->acknowledged(*this, text, after);
}

void Client::sendMessage() {
  sentAt_.push_back(Steady::now());
  queue("42" + std::to_string(++count_) + R"(["message:send",{"senderId":")" + id_ + R"(",)" + target_ +
        R"(,"content":"Hello, this is a message of an ordinary length.","messageType":"text"}])");
}

void Client::emit(std::string_view event, std::string_view data) {
  queue(std::string(R"(42[")").append(event).append(R"(",)").append(data).append("]"));
}

void Client::queue(std::string_view text) {
  if (output_.empty()) load_.toFlush_.push_back(this);
  appendFrame(output_, text);
}

void Client::flush() {
  write(output_);
  output_.clear();
}

/// What is on its way is little: it always fits the socket's buffer.
void Client::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) dieOfErrno("send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// ---- Load ----

Load::Load(int port, Scenario* scenario) : port_(port), epoll_(::epoll_create1(EPOLL_CLOEXEC)), scenario_(scenario) {}

Load::~Load() {
  clients_.clear();
  ::close(epoll_);
}

Client& Load::add(const std::string& id, const std::string& target) {
  clients_.push_back(std::make_unique<Client>(*this, clients_.size(), id, target));
  ++waiting_;
  clients_.back()->connect(port_, epoll_);
  return *clients_.back();
}

void Load::reconnect(std::size_t index) {
  const std::string id = clients_[index]->id();
  std::erase(toFlush_, clients_[index].get());
  clients_[index] = std::make_unique<Client>(*this, index, id, "");
  ++waiting_;
  clients_[index]->connect(port_, epoll_);
}

bool Load::turn(std::chrono::nanoseconds timeout) {
  // What was sent between two turns.
  for (auto* client : toFlush_) client->flush();
  toFlush_.clear();
  std::array<epoll_event, 256> events;
  const timespec wait{static_cast<std::time_t>(timeout.count() / 1'000'000'000), timeout.count() % 1'000'000'000};
  const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
  for (int i = 0; i < count; ++i) {
    const auto& event = events[static_cast<std::size_t>(i)];
    static_cast<Client*>(event.data.ptr)->onEvents(event.events);
  }
  for (auto* client : toFlush_) client->flush();
  toFlush_.clear();
  return count > 0;
}

void Load::run(std::chrono::duration<double> time) {
  const auto end = Steady::now() + std::chrono::duration_cast<Steady::duration>(time);
  while (Steady::now() < end) turn(std::chrono::milliseconds(10));
}

void Load::untilReady(std::size_t ahead) {
  while (waiting_ > ahead) turn(std::chrono::seconds(1));
}

void Load::untilQuiet() {
  while (turn(std::chrono::milliseconds(500))) {
  }
}

void Load::untilAnswered() {
  while (underWay() > 0)
    if (!turn(std::chrono::seconds(60))) die(std::to_string(underWay()) + " messages are not acknowledged");
  untilQuiet();
}

std::size_t Load::underWay() const {
  std::size_t sum = 0;
  for (const auto& client : clients_) sum += client->underWay();
  return sum;
}

}  // namespace bench
