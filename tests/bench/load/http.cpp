// SPDX-License-Identifier: Apache-2.0
#include "client.h"
#include "scenarios.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <vector>

namespace bench {

namespace {

constexpr int messagesInSession = 100;

/// One request after another on a connection that is kept alive.
class Reader {
 public:
  Reader(int port, int epoll, const std::string& request) : request_(request), fd_(connectTo(port)) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &event) < 0) die("epoll_ctl");
    ask();
  }
  ~Reader() { ::close(fd_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// Whether an answer is complete; then the next request is on its way.
  bool onReadable(double& after) {
    static std::array<char, 256 * 1024> buffer;
    const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (size <= 0) die("the server closed a connection");
    input_.append(buffer.data(), static_cast<std::size_t>(size));
    const auto end = input_.find("\r\n\r\n");
    if (end == std::string::npos || input_.size() < end + 4 + bodySize(end)) return false;
    if (input_.compare(9, 3, "200") != 0) die(input_);
    after = millisecondsSince(askedAt_);
    input_.clear();
    ask();
    return true;
  }

 private:
  std::size_t bodySize(std::size_t headEnd) const {
    constexpr std::string_view name = "Content-Length: ";
    const auto head = std::string_view(input_).substr(0, headEnd);
    const auto at = head.find(name);
    if (at == std::string_view::npos) die("no Content-Length: " + std::string(head));
    std::size_t size = 0;
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), size);
    return size;
  }

  void ask() {
    askedAt_ = Steady::now();
    if (::send(fd_, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size()))
      die("send");
  }

  const std::string& request_;
  int fd_;
  std::string input_;
  Steady::time_point askedAt_;
};

/// Two chat; the id of their session.
class Talk : private Scenario {
 public:
  explicit Talk(int port) : load_(port, this) {
    load_.add("reader", toUser("writer"));
    load_.add("writer", toUser("reader"));
    load_.untilReady();
    for (int i = 0; i < messagesInSession; ++i) load_[0].sendMessage();
    while (load_.underWay() > 0) load_.turn(std::chrono::seconds(1));
    load_.untilQuiet();
  }

  const std::string& session() const { return session_; }

 private:
  void acknowledged(Client& /*client*/, std::string_view answer, double /*after*/) override {
    if (session_.empty()) session_ = fieldOf(answer, "sessionId");
  }

  std::string session_;
  Load load_;
};

}  // namespace

void http(const Target& target, const std::string& path, int connections) {
  const auto session = Talk(target.port).session();
  auto wanted = path;
  if (const auto at = wanted.find("{session}"); at != std::string::npos) wanted.replace(at, 9, session);
  const auto request = "GET " + wanted + " HTTP/1.1\r\nHost: localhost\r\n\r\n";

  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < connections; ++i) readers.push_back(std::make_unique<Reader>(target.port, epoll, request));
  std::vector<double> times;
  const auto runFor = [&](double seconds) {
    const auto begin = Steady::now();
    std::array<epoll_event, 256> events;
    while (millisecondsSince(begin) < seconds * 1000) {
      const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 10);
      for (int i = 0; i < count; ++i) {
        double after = 0;
        if (static_cast<Reader*>(events[static_cast<std::size_t>(i)].data.ptr)->onReadable(after))
          times.push_back(after);
      }
    }
    return millisecondsSince(begin) / 1000;
  };
  runFor(target.warmUp);
  times.clear();
  const auto cpu = target.process.cpuSeconds();
  const auto taken = runFor(target.seconds);
  const auto count = static_cast<double>(times.size());
  Figures()
      .add("perSecond", count / taken)
      .add("cpuMicros", (target.process.cpuSeconds() - cpu) * 1e6 / count)
      .addLatencies("", times)
      .print();
  readers.clear();
  ::close(epoll);
}

}  // namespace bench
