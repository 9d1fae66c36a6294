// SPDX-License-Identifier: Apache-2.0
#include "net/listener.h"

#include <parley/error.h>

#include "base/address_count.h"
#include "base/counters.h"
#include "base/episode.h"
#include "base/log.h"
#include "net/proxy_prelude.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

namespace parley::net {

namespace {

constexpr int acceptsPerEvent = 64;
constexpr Millis retryAfter{100};
constexpr std::chrono::seconds complainEvery{10};

/// How many connections there are, in all and per address.
class Census {
 public:
  base::AddressCount addresses;

  /// False when the limit is reached (0: no limit).
  bool enter(std::size_t limit) {
    const std::lock_guard lock(mutex_);
    if (limit != 0 && total_ >= limit) return false;
    ++total_;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    --total_;
  }
  std::size_t total() const {
    const std::lock_guard lock(mutex_);
    return total_;
  }

 private:
  mutable std::mutex mutex_;
  std::size_t total_ = 0;
};

/// The place of one connection, counted as long as it lives.
class Ticket {
 public:
  /// Null when the limit is reached.
  static std::shared_ptr<Ticket> take(const std::shared_ptr<Census>& census, std::size_t limit) {
    return census->enter(limit) ? std::make_shared<Ticket>(census) : nullptr;
  }
  /// Of one that has been entered.
  explicit Ticket(std::shared_ptr<Census> census) : census_(std::move(census)) {}
  ~Ticket() {
    if (!address_.empty()) census_->addresses.leave(address_);
    census_->leave();
  }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  /// What it is counted for; owns the ticket.
  static std::shared_ptr<const std::string> address(std::shared_ptr<Ticket> ticket) {
    const auto& address = ticket->address_;
    return {std::move(ticket), &address};
  }

  /// Counts it for its address, too; false when that limit is reached.
  bool countFor(const std::string& address, std::size_t limit) {
    if (!census_->addresses.enter(address, limit)) return false;
    address_ = address;
    return true;
  }

 private:
  const std::shared_ptr<Census> census_;
  std::string address_;
};

using TicketPtr = std::shared_ptr<Ticket>;

std::string addressText(const sockaddr_storage& address) {
  const bool v6 = address.ss_family == AF_INET6;
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address);
  const auto* in4 = reinterpret_cast<const sockaddr_in*>(&address);
  char text[INET6_ADDRSTRLEN] = "";
  if (!v6) {
    ::inet_ntop(AF_INET, &in4->sin_addr, text, sizeof text);
  } else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
    // A v4 client of a v6 socket is known by its v4 address.
    ::inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
  }
  return text;
}

/// The size of the address that `text` stands for; 0 when it is none.
socklen_t parseAddress(const std::string& text, std::uint16_t port, sockaddr_storage& address) {
  auto* in4 = reinterpret_cast<sockaddr_in*>(&address);
  auto* in6 = reinterpret_cast<sockaddr_in6*>(&address);
  if (::inet_pton(AF_INET, text.c_str(), &in4->sin_addr) == 1) {
    in4->sin_family = AF_INET;
    in4->sin_port = htons(port);
    return sizeof *in4;
  }
  if (::inet_pton(AF_INET6, text.c_str(), &in6->sin6_addr) != 1) return 0;
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons(port);
  return sizeof *in6;
}

FileDescriptor listenOn(const ListenerOptions& options, std::uint16_t& port) {
  sockaddr_storage address{};
  socklen_t size = parseAddress(options.address, options.port, address);
  if (size == 0) throw Error(ErrorCode::ValidationFailed, "not an IP address to listen on: " + options.address);
  FileDescriptor socket(::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  const int off = 0;
  if (socket) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.ss_family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (!socket || ::bind(socket.get(), raw, size) != 0 || ::listen(socket.get(), options.backlog) != 0)
    throw Error(ErrorCode::Unavailable, "cannot listen on " + options.address + " port " +
                                            std::to_string(options.port) + ": " + std::strerror(errno));
  size = sizeof address;
  ::getsockname(socket.get(), raw, &size);
  port = ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
  return socket;
}

FileDescriptor openReserve() {
  return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

/// Lives on the first loop; shared with the tasks that concern it.
class Listener::Acceptor : public Pollable, public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(EventLoops& loops, const ListenerOptions& options, MakeHandler makeHandler)
      : loops_(loops),
        makeHandler_(std::move(makeHandler)),
        socket_(listenOn(options, port_)),
        reserve_(openReserve()) {
    reload(options);
  }

  void reload(const ListenerOptions& options) {
    auto settings = std::make_shared<Settings>();
    settings->options = options;
    if (!options.tlsCertificate.empty()) settings->tls = TlsContext::load(options.tlsCertificate, options.tlsKey);
    std::atomic_store(&settings_, std::shared_ptr<const Settings>(std::move(settings)));
  }

  void start() {
    if (!socket_ || watching_) return;
    loop().keep(shared_from_this());
    watch(true);
  }

  void stop() {
    if (!socket_) return;
    watch(false);
    loop().cancel(retry_);
    socket_.reset();
    loop().release(this);
  }

  std::uint16_t port() const { return port_; }
  std::size_t connectionCount() const { return census_->total(); }
  ListenerFigures figures() const {
    return {accepted_.get(), overLimit_.get(), overAddressLimit_.get(), outOfFiles_.get(), notTrusted_.get()};
  }
  EventLoop& loop() { return loops_.at(0); }

  void onEvents(std::uint32_t /*events*/) override {
    for (int i = 0; i < acceptsPerEvent && acceptOne(); ++i) {
    }
  }
  void onLoopEnd() override { stop(); }

 private:
  struct Settings {
    ListenerOptions options;
    std::shared_ptr<TlsContext> tls;
  };

  void watch(bool on) {
    if (on == watching_) return;
    watching_ = on;
    if (on) {
      loop().add(socket_.get(), EPOLLIN, this);
    } else {
      loop().remove(socket_.get(), this);
    }
  }

  bool acceptOne() {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    FileDescriptor accepted(
        ::accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted) return acceptFailed(errno);
    if (const auto failures = trouble_.ended())
      base::log("net").info("connections are accepted again; {} times they were not", *failures);
    const auto settings = std::atomic_load(&settings_);
    const auto& options = settings->options;
    auto ticket = Ticket::take(census_, options.maxConnections);
    if (!ticket) {
      overLimit_.add();
      complain("the connection limit is reached; closing new connections");
      return true;
    }
    const int on = 1;
    ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto& target = loops_.at(next_++ % loops_.size());
    const auto address = addressText(peer);
    if (options.proxyProtocol) {
      awaitHeader(target, std::move(accepted), address, std::move(ticket), settings);
    } else {
      open(target, std::move(accepted), address, std::move(ticket), *settings);
    }
    return true;
  }

  void awaitHeader(EventLoop& target, FileDescriptor socket, const std::string& proxy, TicketPtr ticket,
                   std::shared_ptr<const Settings> settings) {
    const auto& options = settings->options;
    if (!options.trustedProxies.contains(proxy)) {
      notTrusted_.add();
      complain("closing a connection of " + proxy + ", which is not a trusted proxy");
      return;
    }
    auto prelude = std::make_shared<ProxyPrelude>(
        target, std::move(socket), options.proxyDeadline,
        [self = shared_from_this(), &target, proxy, ticket = std::move(ticket), settings = std::move(settings)](
            FileDescriptor ready, std::optional<base::IpAddress> client) {
          self->open(target, std::move(ready), client ? client->text() : proxy, ticket, *settings);
        });
    target.dispatch([prelude] { prelude->start(); });
  }

  /// On the listener's loop, or on the target.
  void open(EventLoop& target, FileDescriptor socket, const std::string& address, TicketPtr ticket,
            const Settings& settings) {
    const auto& options = settings.options;
    if (!ticket->countFor(address, options.maxConnectionsPerAddress)) {
      overAddressLimit_.add();
      return loop().dispatch([self = shared_from_this(), address] {
        self->complain("the connection limit of " + address + " is reached; closing its new connections");
      });
    }
    accepted_.add();
    auto tls = settings.tls ? std::make_unique<TlsStream>(settings.tls, socket.get()) : nullptr;
    auto connection = std::make_shared<TcpConnection>(
        target, std::move(socket), Ticket::address(std::move(ticket)), std::move(tls),
        ConnectionOptions{options.inputLimit, options.outputLimit, options.writeDeadline, options.lingerDeadline});
    target.dispatch([self = shared_from_this(), connection] {
      connection->setHandler(self->makeHandler_(*connection));
      connection->start();
    });
  }

  /// True when accepting may go on at once.
  bool acceptFailed(int error) {
    if (error == EINTR || error == ECONNABORTED || error == EPROTO) return true;
    if (error == EAGAIN) return false;
    if (const auto failures = trouble_.failed(loop().now()))
      base::log("net").warn("cannot accept connections: {}; failures: {}", std::strerror(error), *failures);
    if ((error == EMFILE || error == ENFILE) && reserve_) {
      // Turn the waiting client away instead of leaving it, and epoll, knocking.
      reserve_.reset();
      if (FileDescriptor(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC))) outOfFiles_.add();
      reserve_ = openReserve();
      if (reserve_) return true;
    }
    watch(false);
    retry_ = loop().after(retryAfter, [this] {
      if (!reserve_) reserve_ = openReserve();
      watch(true);
    });
    return false;
  }

  void complain(const std::string& what) {
    const auto now = loop().now();
    if (complained_ != Instant{} && now - complained_ < complainEvery) return;
    complained_ = now;
    base::log("net").warn("{}", what);
  }

  EventLoops& loops_;
  MakeHandler makeHandler_;
  std::uint16_t port_ = 0;
  FileDescriptor socket_;
  FileDescriptor reserve_;  ///< given up for a moment when there are no descriptors left
  std::shared_ptr<Census> census_ = std::make_shared<Census>();
  std::shared_ptr<const Settings> settings_;  ///< read and written with std::atomic_load / atomic_store
  EventLoop::TimerId retry_ = 0;
  Instant complained_{};
  base::Episode trouble_;  ///< with accepting
  base::Counter accepted_;
  base::Counter overLimit_;
  base::Counter overAddressLimit_;
  base::Counter outOfFiles_;
  base::Counter notTrusted_;
  std::size_t next_ = 0;
  bool watching_ = false;
};

Listener::Listener(EventLoops& loops, const ListenerOptions& options, MakeHandler makeHandler)
    : acceptor_(std::make_shared<Acceptor>(loops, options, std::move(makeHandler))) {}

Listener::~Listener() {
  stopAccepting();
}

void Listener::start() {
  acceptor_->loop().dispatch([acceptor = acceptor_] { acceptor->start(); });
}

void Listener::stopAccepting() {
  acceptor_->loop().runAndWait([acceptor = acceptor_] { acceptor->stop(); });
}

std::uint16_t Listener::port() const {
  return acceptor_->port();
}

std::size_t Listener::connectionCount() const {
  return acceptor_->connectionCount();
}

ListenerFigures Listener::figures() const {
  return acceptor_->figures();
}

void Listener::reload(const ListenerOptions& options) {
  acceptor_->reload(options);
}

}  // namespace parley::net
