// SPDX-License-Identifier: Apache-2.0
// The clients of tests/bench/run: Socket.IO over WebSocket, by hand, so that the client costs little beside the server.
//   load PORT idle N             N joined users; prints "ready", stays until standard input ends
//   load PORT pairs N WINDOW S   N pairs, each user with WINDOW messages under way, for S seconds; prints one line
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Steady = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& what) {
  std::perror(what.c_str());
  std::exit(1);
}

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

/// One user on one connection.
class Client {
 public:
  enum class State { Upgrading, Opening, Entering, Joining, Ready };

  Client(std::string id, std::string peer) : id_(std::move(id)), peer_(std::move(peer)) {}

  void connect(int port, int epoll) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) die("connect");
    const int yes = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event) < 0) die("epoll_ctl");
    write(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  }

  void onReadable() {
    std::array<char, 65536> buffer;
    const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size <= 0) die("the server closed " + id_);
    input_.append(buffer.data(), static_cast<std::size_t>(size));
    std::size_t at = 0;
    while (takeOne(at)) {
    }
    input_.erase(0, at);
  }

  /// Keeps `window` messages under way until stop().
  void startSending(std::size_t window) {
    sending_ = true;
    for (std::size_t i = 0; i < window; ++i) sendMessage();
    flush();
  }
  void stop() { sending_ = false; }

  State state() const { return state_; }
  std::uint64_t acknowledged() const { return acknowledged_; }
  std::uint64_t received() const { return received_; }
  std::size_t underWay() const { return sentAt_.size(); }
  const std::vector<double>& latencies() const { return latencies_; }

 private:
  bool takeOne(std::size_t& at) {
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
    if (size == 126) {
      if (rest.size() < 4) return false;
      size = static_cast<std::size_t>(static_cast<unsigned char>(rest[2])) << 8U | static_cast<unsigned char>(rest[3]);
      begin = 4;
    } else if (size == 127) {
      if (rest.size() < 10) return false;
      size = 0;
      for (std::size_t i = 2; i < 10; ++i) size = size << 8U | static_cast<unsigned char>(rest[i]);
      begin = 10;
    }
    if (rest.size() < begin + size) return false;
    onText(rest.substr(begin, size));
    at += begin + size;
    return true;
  }

  void onText(std::string_view text) {
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
    } else if (text.starts_with(R"(42["error")")) {
      die(std::string(text));
    }
    flush();
  }

  void onAcknowledged(std::string_view text) {
    if (text.find(R"("success":true)") == std::string_view::npos) die(std::string(text));
    if (state_ == State::Joining) {
      state_ = State::Ready;
      return;
    }
    ++acknowledged_;
    latencies_.push_back(std::chrono::duration<double, std::milli>(Steady::now() - sentAt_.front()).count());
    sentAt_.pop_front();
    if (sending_) sendMessage();
  }

  void sendMessage() {
    sentAt_.push_back(Steady::now());
    queue("42" + std::to_string(++count_) + R"(["message:send",{"senderId":")" + id_ + R"(","receiverId":")" + peer_ +
          R"(","content":"Hello, this is a message of an ordinary length.","messageType":"text"}])");
  }

  void queue(std::string_view text) { output_ += frameOf(text); }
  void flush() {
    if (output_.empty()) return;
    write(output_);
    output_.clear();
  }
  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) die("send");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  std::string id_;
  std::string peer_;
  int fd_ = -1;
  State state_ = State::Upgrading;
  bool sending_ = false;
  std::string input_;
  std::string output_;
  std::uint64_t count_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t received_ = 0;
  std::deque<Steady::time_point> sentAt_;
  std::vector<double> latencies_;
};

class Load {
 public:
  Load() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  Client& add(int port, const std::string& id, const std::string& peer) {
    clients_.push_back(std::make_unique<Client>(id, peer));
    auto& client = *clients_.back();
    client.connect(port, epoll_);
    return client;
  }

  /// One round of waiting; false when standard input (watched on request) has ended.
  bool turn(int timeoutMs) {
    std::array<epoll_event, 256> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeoutMs);
    for (int i = 0; i < count; ++i) {
      auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (client == nullptr) return false;
      client->onReadable();
    }
    return true;
  }

  void watchInput() {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLHUP;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0) die("standard input");
  }

  /// At most `ahead` clients are on their way at once: a user who joins is announced to the others.
  void untilReady(std::size_t ahead) {
    auto waiting = [this] {
      return static_cast<std::size_t>(std::count_if(clients_.begin(), clients_.end(), [](const auto& client) {
        return client->state() != Client::State::Ready;
      }));
    };
    while (waiting() > ahead) turn(1000);
  }

  std::vector<std::unique_ptr<Client>>& clients() { return clients_; }

 private:
  int epoll_;
  std::vector<std::unique_ptr<Client>> clients_;
};

int idle(int port, int count) {
  Load load;
  for (int i = 0; i < count; ++i) {
    load.add(port, "idle" + std::to_string(i), "");
    if (i % 50 == 49) load.untilReady(0);
  }
  load.untilReady(0);
  std::puts("ready");
  std::fflush(stdout);
  load.watchInput();
  while (load.turn(1000)) {
  }
  return 0;
}

double percentile(std::vector<double>& sorted, double part) {
  return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

int pairs(int port, int count, std::size_t window, int seconds) {
  Load load;
  for (int i = 0; i < count; ++i) {
    const auto a = "a" + std::to_string(i);
    const auto b = "b" + std::to_string(i);
    load.add(port, a, b);
    load.add(port, b, a);
    load.untilReady(0);
  }
  const auto begin = Steady::now();
  for (auto& client : load.clients()) client->startSending(window);
  while (Steady::now() - begin < std::chrono::seconds(seconds)) load.turn(10);
  std::uint64_t acknowledged = 0;
  for (auto& client : load.clients()) {
    client->stop();
    acknowledged += client->acknowledged();
  }
  const std::chrono::duration<double> taken = Steady::now() - begin;

  // Everything that is under way comes to its end: a message that was acknowledged is received, once.
  std::uint64_t all = 0;
  std::uint64_t received = 0;
  for (const auto end = Steady::now() + std::chrono::seconds(30); Steady::now() < end;) {
    load.turn(10);
    all = received = 0;
    std::size_t open = 0;
    for (auto& client : load.clients()) {
      all += client->acknowledged();
      received += client->received();
      open += client->underWay();
    }
    if (open == 0 && received >= all) break;
  }
  if (received != all) die(std::to_string(all) + " acknowledged but " + std::to_string(received) + " received");

  std::vector<double> times;
  for (auto& client : load.clients()) times.insert(times.end(), client->latencies().begin(), client->latencies().end());
  std::sort(times.begin(), times.end());
  std::printf("%.0f messages/s; acknowledged after %.2f ms (median), %.2f ms (99 of 100)\n",
              static_cast<double>(acknowledged) / taken.count(), percentile(times, 0.5), percentile(times, 0.99));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[1] == "idle") return idle(std::atoi(argv[1]), std::atoi(argv[3]));
  if (arguments.size() == 5 && arguments[1] == "pairs")
    return pairs(std::atoi(argv[1]), std::atoi(argv[3]), static_cast<std::size_t>(std::atoi(argv[4])),
                 std::atoi(argv[5]));
  std::fputs("usage: load PORT idle N | load PORT pairs N WINDOW SECONDS\n", stderr);
  return 64;
}
