// SPDX-License-Identifier: Apache-2.0
#include "realtime/client_socket.h"

#include "base/failure.h"
#include "base/log.h"
#include "realtime/registry.h"

#include <algorithm>
#include <array>
#include <exception>
#include <span>
#include <utility>

namespace parley::realtime {

namespace {

constexpr const char* byServer = "server namespace disconnect";

/// The reasons after which a client may come back; not those in which one side meant to end it.
bool mayComeBack(std::string_view reason) {
  constexpr std::array<std::string_view, 5> reasons = {"transport close", "transport error", "ping timeout",
                                                       "forced close", "forced server close"};
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

void runDisconnectHandler(const NamespaceEntry& entry, const Caller& caller, const std::string& reason) {
  try {
    entry.onDisconnect(caller, reason);
  } catch (const std::exception& error) {
    base::log("realtime").error("{} failed at a disconnect in {}: {}", entry.owner, entry.name, error.what());
  }
}

}  // namespace

ClientSocket::ClientSocket(SocketServices& services, Identity identity, LinePtr line, std::string offset)
    : services_(services),
      identity_(std::move(identity)),
      home_(line->loop()),
      strand_(services.pool, services.options.maxQueuedEvents, base::Lane::Newcomers),
      line_(std::move(line)),
      ring_(services.options.recovery, std::move(offset)) {}

Encodings ClientSocket::encodings() const {
  const bool isPlain = framing() == OutMessage::Framing::Plain;
  return {.recoverable = !isPlain && recovers(), .bare = !isPlain && !recovers(), .plain = isPlain};
}

void ClientSocket::post(SharedEvent event) {
  home_.post([self = shared_from_this(), event = std::move(event)] { self->deliver(event); });
}

void ClientSocket::postReply(SharedMessage message, LinePtr line) {
  home_.post([self = shared_from_this(), message = std::move(message), line = std::move(line)] {
    if (self->line_ != line || self->state_ != State::Live) return;
    const bool hasUser = self->strand().lane() == base::Lane::Normal;
    line->run([line, message, hasUser] {
      if (hasUser) line->leaveNewcomers();
      line->send(message, false);
    });
  });
}

void ClientSocket::deliver(const SharedEvent& event) {
  switch (state_) {
    case State::Connecting:
      if (early_.size() >= services_.options.maxBeforeConnect) return services_.tooEarly.add();
      early_.push_back(event);
      break;
    case State::Waiting: keep(*event); break;
    case State::Live:
      keep(*event);
      transmit(encodingOf(*event), event->receipt, event->isVolatile);
      break;
    case State::Ended: break;
  }
}

const SharedMessage& ClientSocket::encodingOf(const OutEvent& event) const {
  if (framing() == OutMessage::Framing::Plain) return event.plain;
  return recovers() && event.recoverable ? event.recoverable : event.bare;
}

void ClientSocket::keep(const OutEvent& event) {
  if (recovers() && event.recoverable) ring_.add(event.recoverable, event.receipt);
}

void ClientSocket::transmit(const SharedMessage& message, const std::shared_ptr<Receipt>& receipt, bool isVolatile) {
  std::function<void()> written;
  if (receipt)
    written = [self = shared_from_this(), receipt] {
      if (self->home_.isCurrent()) self->ring_.forget(*receipt);
      receipt->written(*self);
    };
  const auto line = line_;  // sending may break it
  if (&line->loop() == &home_) return line->send(message, isVolatile, std::move(written));
  line->run([line, message, isVolatile, written = std::move(written)]() mutable {
    line->send(message, isVolatile, std::move(written));
  });
}

// ---- questions to the client ----

void ClientSocket::ask(const Emit& emit, EventEncoder& encoder, Millis timeout, Asked done) {
  if (state_ != State::Live || (asks_ && asks_->open.size() >= services_.options.maxAsks))
    return finish(std::move(done), Error(ErrorCode::Unavailable, "the client is not there, or has too much to answer"));
  if (!asks_) asks_ = std::make_unique<Asks>();
  const auto askId = asks_->next++;
  const bool isPlain = framing() == OutMessage::Framing::Plain;
  const auto timer = home_.after(timeout, [weak = weak_from_this(), askId] {
    const auto self = weak.lock();
    if (!self) return;
    if (auto asked = self->asks_->open.extract(askId))
      self->finish(std::move(asked.mapped().done), Error(ErrorCode::Unavailable, "the client did not answer in time"));
  });
  asks_->open.emplace(askId, Ask{std::move(done), timer});
  transmit(encodingOf(*encoder.encode(emit, {.bare = !isPlain, .plain = isPlain}, askId)));
}

void ClientSocket::acknowledged(std::uint64_t askId, Payload payload) {
  if (!asks_) return;
  auto asked = asks_->open.extract(askId);
  if (!asked) return;  // too late, or never asked
  home_.cancel(asked.mapped().timer);
  finish(std::move(asked.mapped().done), std::move(payload));
}

/// Not on the socket's strand: a handler there may be waiting for this answer.
void ClientSocket::finish(Asked done, Result<Payload> result) {
  services_.pool.postAccepted([done = std::move(done), result = std::move(result)] { done(result); });
}

// ---- the client's token ----

void ClientSocket::holdUntil(Time end) {
  if (state_ == State::Ended || services_.tokens == nullptr) return;
  tokenEnd_ = end;
  watchToken();
}

/// Looks again now and then, since timers do not follow when the system's time is set.
void ClientSocket::watchToken() {
  constexpr Millis longest = std::chrono::minutes(1);
  home_.cancel(std::exchange(tokenTimer_, 0));
  const auto left = tokenEnd_ - services_.tokens->clock.now();
  if (left <= Millis{0}) return expire();
  tokenTimer_ = home_.after(std::min(longest, left), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->watchToken();
  });
}

void ClientSocket::expire() {
  const Error error(ErrorCode::Unauthenticated, "the token has expired");
  if (state_ == State::Live) {
    auto failure = base::failure(error, line_->locale());
    failure["event"] = "connect";
    Emit emit("error", Json(std::move(failure)));
    emit.nameSpace = nameSpace();
    const bool isPlain = framing() == OutMessage::Framing::Plain;
    transmit(encodingOf(*services_.tokens->encoder.encode(emit, {.bare = !isPlain, .plain = isPlain})));
    return disconnect(false);
  }
  if (const auto line = anyLine()) return refuse(line, error);
  end(byServer);
}

// ---- coming, going, coming back ----

bool ClientSocket::claim(std::string_view offset, const LinePtr& line) {
  if (state_ != State::Live && state_ != State::Waiting) return false;
  const auto oldLine = anyLine();
  const bool known = ring_.forgetUpTo(offset);
  if (!known) {
    end("transport close");
  } else {
    if (state_ == State::Live) breakOff("transport close");
    stopWaiting();
    state_ = State::Waiting;
    claim_ = std::make_unique<Claim>(Claim{line, std::string(offset)});
  }
  if (oldLine) oldLine->run([oldLine] { oldLine->close("transport close"); });
  return known;
}

void ClientSocket::open(const LinePtr& line) {
  const bool recovered = claim_ && claim_->line == line;
  if (!recovered && (state_ != State::Connecting || line_ != line)) return;  // the line is gone by now
  if (recovered && !ring_.isCompleteAfter(claim_->offset)) {
    end("transport close");  // too much came meanwhile; the client comes again and gets a new socket
    return line->run([line] { line->close("transport close"); });
  }
  line_ = line;
  claim_ = nullptr;
  state_ = State::Live;
  services_.registry.setLive(id(), true);
  line->run([line, self = shared_from_this()] { line->opened(self); });
  const auto missed = recovered ? ring_.messages() : std::span<const PacketRing::Kept>{};
  for (const auto& [message, receipt] : std::vector(missed.begin(), missed.end())) {
    if (line_ == line) transmit(message, receipt);
  }
  for (const auto& event : std::exchange(early_, {})) deliver(event);
}

void ClientSocket::refuse(const LinePtr& line, const Error& error) {
  if (anyLine() != line) return;
  end(byServer);
  line->run([line, self = shared_from_this(), error] { line->refused(*self, error); });
}

void ClientSocket::confirmSent() {
  if (state_ == State::Live) ring_.confirm();
}

void ClientSocket::lineClosed(const LinePtr& line, const std::string& reason) {
  if (claim_ && claim_->line == line) {
    claim_ = nullptr;
    return startWaiting();
  }
  if (line_ != line || state_ == State::Ended) return;
  const bool waits = state_ == State::Live && recovers() && mayComeBack(reason) &&
                     services_.disconnected.load() < recovery().maxDisconnected;
  if (!waits) return end(reason);
  breakOff(reason);
  startWaiting();
}

void ClientSocket::left(const LinePtr& line, const std::string& reason) {
  if (line_ == line) end(reason);
}

void ClientSocket::disconnect(bool closeConnection) {
  if (state_ == State::Ended) return services_.registry.forget(id());
  const auto line = anyLine();
  end(byServer);
  if (line)
    line->run([line, self = shared_from_this(), closeConnection] { line->disconnected(*self, closeConnection); });
}

void ClientSocket::shutDown(const std::string& reason) {
  const auto line = anyLine();
  end(reason);
  if (line) line->run([line, reason] { line->close(reason); });
}

void ClientSocket::resumeInput() {
  if (line_) line_->run([line = line_, self = shared_from_this()] { line->pauseInput(*self, false); });
}

void ClientSocket::startWaiting() {
  state_ = State::Waiting;
  services_.registry.setLive(id(), false);
  if (!std::exchange(counted_, true)) ++services_.disconnected;
  expiry_ = home_.after(recovery().maxDisconnection, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->end("transport close");
  });
}

void ClientSocket::stopWaiting() {
  home_.cancel(std::exchange(expiry_, 0));
  if (std::exchange(counted_, false)) --services_.disconnected;
}

/// Off the line, alive or not: nobody answers questions any more, and the namespace's owner is told.
void ClientSocket::breakOff(const std::string& reason) {
  if (asks_) {
    for (auto& [askId, asked] : std::exchange(asks_->open, {})) {
      home_.cancel(asked.timer);
      finish(std::move(asked.done), Error(ErrorCode::Unavailable, "the client is gone"));
    }
  }
  const auto entry = services_.table.findNamespace(nameSpace());
  if (entry && entry->onDisconnect) {
    auto caller = services_.registry.identify(id(), line_->caller());
    strand_.postAccepted([entry, caller = std::move(caller), reason] { runDisconnectHandler(*entry, caller, reason); });
  }
  line_ = nullptr;
}

void ClientSocket::end(const std::string& reason) {
  if (state_ == State::Ended) return;
  if (state_ == State::Live) breakOff(reason);
  stopWaiting();
  home_.cancel(std::exchange(tokenTimer_, 0));
  state_ = State::Ended;
  line_ = nullptr;
  claim_ = nullptr;
  early_ = {};
  ring_.clear();
  services_.registry.remove(id());
  const auto forget = [self = shared_from_this()] { self->services_.registry.forget(self->id()); };
  if (reason == byServer) return forget();
  strand_.postAccepted(forget);  // what the client had sent before it left is still to be done
}

}  // namespace parley::realtime
