// SPDX-License-Identifier: Apache-2.0
// What the kernel allows on one core: an epoll loop that answers the clients of tests/bench with frames made
// beforehand. It stores nothing and checks nothing; a group is everybody. Prints its URL, ends with a signal.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

struct Connection {
  int fd = -1;
  bool webSocket = false;
  bool waiting = false;  ///< its output is flushed at the end of the turn
  bool blocked = false;  ///< the socket's buffer is full
  std::string input;
  std::string output;
};

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

std::string frame(const std::string& text) {
  if (text.size() < 126) return std::string("\x81") + static_cast<char>(text.size()) + text;
  return std::string("\x81\x7e") + static_cast<char>(text.size() >> 8) + static_cast<char>(text.size() & 255) + text;
}

std::string answer(const std::string& json) {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
         "\r\n\r\n" + json;
}

const std::string message =
    R"({"_id":"65a0b1c2d3e4f5a6b7c8d9e0","sessionId":"65a0b1c2d3e4f5a6b7c8d9e1","seq":1000,"sender":"a10","receiver":"b10",)"
    R"("content":"Hello, this is a message of an ordinary length.","messageType":"text","fileUrl":"","fileName":"","fileSize":0,)"
    R"("status":"sent","readBy":[],"createdAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.000Z"})";

std::string page() {
  std::string list;
  for (int i = 0; i < 50; ++i) list += (list.empty() ? "" : ",") + message;
  return answer(R"({"success":true,"data":[)" + list +
                R"(],"pagination":{"page":1,"limit":50,"total":100,"pages":2}})");
}

std::string acceptKey(std::string_view head) {
  constexpr std::string_view name = "Sec-WebSocket-Key: ";
  const auto at = head.find(name);
  if (at == std::string_view::npos) return {};
  const auto rest = head.substr(at + name.size());
  const auto text = std::string(rest.substr(0, rest.find('\r'))) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  ::SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::array<unsigned char, 32> encoded{};
  const auto size = ::EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(encoded.data()), static_cast<std::size_t>(size)};
}

std::string_view fieldOf(std::string_view json, std::string_view key) {
  const auto at = json.find(key);
  if (at == std::string_view::npos) return {};
  const auto rest = json.substr(at + key.size());
  return rest.substr(0, rest.find('"'));
}

class Ceiling {
 public:
  Ceiling() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) < 0 || ::listen(listener_, 4096) < 0) die("listen");
    if (::getsockname(listener_, generic, &size) < 0) die("getsockname");
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
    std::printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 512> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<std::size_t>(i)];
        auto* connection = static_cast<Connection*>(event.data.ptr);
        if (connection == nullptr)
          acceptAll();
        else if ((event.events & EPOLLOUT) != 0)
          wait(*connection);
        else
          read(*connection);
      }
      // Gathers: all that has come up for a connection leaves in one call.
      for (auto* connection : std::exchange(waiting_, {})) flush(*connection);
    }
  }

 private:
  void watch(int operation, int fd, std::uint32_t what, Connection* connection) const {
    epoll_event event{};
    event.events = what;
    event.data.ptr = connection;
    if (::epoll_ctl(epoll_, operation, fd, &event) < 0) die("epoll_ctl");
  }

  void acceptAll() {
    for (int fd = -1; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      const int yes = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      connections_.push_back(std::make_unique<Connection>());
      connections_.back()->fd = fd;
      watch(EPOLL_CTL_ADD, fd, EPOLLIN, connections_.back().get());
    }
  }

  void read(Connection& from) {
    std::array<char, 65536> buffer;
    const auto size = ::recv(from.fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) return close(from);
    from.input.append(buffer.data(), static_cast<std::size_t>(size));
    std::size_t at = 0;
    while (from.webSocket ? takeFrame(from, at) : takeRequest(from, at)) {
    }
    from.input.erase(0, at);
  }

  void close(Connection& connection) {
    ::close(connection.fd);
    connection.fd = -1;
    connection.webSocket = false;
    connection.output.clear();
  }

  bool takeRequest(Connection& from, std::size_t& at) {
    const auto rest = std::string_view(from.input).substr(at);
    const auto end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) return false;
    const auto head = rest.substr(0, end + 2);
    const auto body = static_cast<std::size_t>(std::atoi(std::string(fieldOf(head, "Content-Length: ")).c_str()));
    if (rest.size() < end + 4 + body) return false;
    at += end + 4 + body;
    if (head.starts_with("GET /socket.io/")) {
      from.webSocket = true;
      send(from,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
               acceptKey(head) + "\r\n\r\n" + open_);
    } else {
      send(from, head.starts_with("GET /api/health") ? health_ : head.starts_with("GET ") ? page_ : group_);
      if (head.find("Connection: close") != std::string_view::npos) {
        flush(from);
        ::shutdown(from.fd, SHUT_WR);
      }
    }
    return true;
  }

  bool takeFrame(Connection& from, std::size_t& at) {
    constexpr std::size_t key = 4;
    const auto rest = std::string_view(from.input).substr(at);
    if (rest.size() < 2) return false;
    std::size_t size = static_cast<unsigned char>(rest[1]) & 127U;
    std::size_t begin = 2;
    if (size == 126) {
      if (rest.size() < 4) return false;
      size = static_cast<std::size_t>(static_cast<unsigned char>(rest[2])) << 8U | static_cast<unsigned char>(rest[3]);
      begin = 4;
    }
    if (rest.size() < begin + key + size) return false;
    auto* text = from.input.data() + at + begin + key;
    const auto* mask = text - key;
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(text[i] ^ mask[i % key]);
    onText(from, {text, size});
    at += begin + key + size;
    return true;
  }

  void onText(Connection& from, std::string_view text) {
    if (text == "40") return send(from, connected_);
    const auto quote = text.find('[');
    if (!text.starts_with("42") || quote == std::string_view::npos) return;
    const auto event = fieldOf(text, "[\"");
    if (event == "user:join") joined_[std::string(fieldOf(text, R"("id":")"))] = &from;
    if (quote > 2) send(from, frame("43" + std::string(text.substr(2, quote - 2)) + acknowledgement_));
    if (event != "message:send") return;
    if (const auto receiver = fieldOf(text, R"("receiverId":")"); !receiver.empty()) {
      const auto found = joined_.find(std::string(receiver));
      if (found != joined_.end()) send(*found->second, receive_);
    } else {
      for (const auto& connection : connections_)
        if (connection->webSocket && connection.get() != &from) send(*connection, receive_);
    }
  }

  void send(Connection& to, const std::string& bytes) {
    to.output += bytes;
    wait(to);
  }

  void wait(Connection& connection) {
    if (!std::exchange(connection.waiting, true)) waiting_.push_back(&connection);
  }

  void flush(Connection& to) {
    to.waiting = false;
    if (to.fd < 0) return;
    const auto sent = ::send(to.fd, to.output.data(), to.output.size(), MSG_NOSIGNAL);
    if (sent > 0) to.output.erase(0, static_cast<std::size_t>(sent));
    if (to.blocked == to.output.empty()) {
      to.blocked = !to.blocked;
      watch(EPOLL_CTL_MOD, to.fd, to.blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, &to);
    }
  }

  const std::string open_ = frame(
      R"(0{"sid":"AAAAAAAAAAAAAAAAAAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000})");
  const std::string connected_ = frame(R"(40{"sid":"AAAAAAAAAAAAAAAAAAAB"})");
  const std::string acknowledgement_ = R"([{"success":true,"data":)" + message + "}]";
  const std::string receive_ = frame(R"(42["message:receive",{"message":)" + message + "}]");
  const std::string health_ =
      answer(R"({"status":"ok","timestamp":"2026-01-01T00:00:00.000Z","message":"聊天服务器运行正常"})");
  const std::string group_ = answer(R"({"success":true,"data":{"_id":"65a0b1c2d3e4f5a6b7c8d9e1"}})");
  const std::string page_ = page();

  int epoll_;
  int listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::unordered_map<std::string, Connection*> joined_;
  std::vector<Connection*> waiting_;
};

}  // namespace

int main() {
  Ceiling().run();
}
