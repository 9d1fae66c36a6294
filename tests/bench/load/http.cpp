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

constexpr int unacknowledged = 100;  // messages that one may have while a session is filled
constexpr int pageSize = 50;

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

/// Two chat until there are so many messages in their session.
class Talk : private Scenario {
 public:
  Talk(int port, int messages) : left_(messages), load_(port, this) {
    load_.add("reader", toUser("writer"));
    load_.add("writer", toUser("reader"));
    load_.untilReady();
    for (int i = 0; i < unacknowledged; ++i) sendOne();
    load_.untilAnswered();
  }

  const std::string& session() const { return session_; }

 private:
  void acknowledged(Client& /*client*/, std::string_view answer, double /*after*/) override {
    if (session_.empty()) session_ = fieldOf(answer, "sessionId");
    sendOne();
  }

  void sendOne() {
    if (left_-- > 0) load_[0].sendMessage();
  }

  int left_;
  std::string session_;
  Load load_;
};

/// Adds what so many connections that all ask for a path take.
void ask(const Target& target, const std::string& path, int connections, std::string_view prefix, Figures& figures) {
  const auto request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
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
  };
  runFor(target.warmUp);
  times.clear();
  Stopwatch watch(target.process);
  runFor(target.seconds);
  watch.stop();
  figures.addStretch(prefix, watch, static_cast<double>(times.size())).addLatencies(prefix, times);
  readers.clear();
  ::close(epoll);
}

}  // namespace

void http(const Target& target, const std::string& path, int connections) {
  const Talk talk(target.port, 100);
  auto wanted = path;
  if (const auto at = wanted.find("{session}"); at != std::string::npos) wanted.replace(at, 9, talk.session());
  Figures figures;
  ask(target, wanted, connections, "", figures);
  figures.print();
}

void history(const Target& target, int messages, int connections) {
  const Talk talk(target.port, messages);
  const int oldest = messages / pageSize;
  const std::array<std::pair<const char*, int>, 3> pages{
      {{"newest_", 1}, {"middle_", oldest / 2}, {"oldest_", oldest}}};
  Figures figures;
  for (const auto& [prefix, page] : pages)
    ask(target,
        "/api/chat/messages/" + talk.session() + "?page=" + std::to_string(page) + "&limit=" + std::to_string(pageSize),
        connections, prefix, figures);
  figures.print();
}

}  // namespace bench
