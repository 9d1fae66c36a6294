// SPDX-License-Identifier: Apache-2.0
#include "realtime/event_dispatcher.h"

#include "base/failure.h"
#include "base/json_text.h"
#include "base/log.h"
#include "base/text_field.h"
#include "realtime/plain_packet.h"
#include "realtime/registry.h"
#include "realtime/token_renewal.h"

#include <atomic>
#include <exception>
#include <utility>

namespace parley::realtime {

/// One event on its way to the handler and back. Answers once; dropped without an answer, it answers INTERNAL.
class EventDispatcher::Pending : public std::enable_shared_from_this<Pending> {
 public:
  Pending(SocketPtr socket, LinePtr line, Packet packet, EventDispatcher& dispatcher)
      : socket_(std::move(socket)),
        line_(std::move(line)),
        ackId_(packet.id),
        encoder_(dispatcher.encoder_),
        registry_(dispatcher.registry_),
        audit_(dispatcher.audit_),
        count_(dispatcher.pending_),
        clock_(dispatcher.clock_),
        begun_(clock_.steady()) {
    ++count_;
    calls = &dispatcher.table_.otherCalls();
    call.name = std::move(packet.event);
    call.payload = std::move(packet.payload);
  }
  ~Pending() { answer(Error(ErrorCode::Internal, "the event was not answered")); }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  const SocketPtr& socket() const { return socket_; }
  const LinePtr& line() const { return line_; }

  void answer(const Result<Answer>& result) {
    if (answered_.exchange(true)) return;
    const auto failure = result ? std::nullopt : std::optional(result.error().code());
    calls->ended(clock_.steady() - begun_, EventTable::outcomeOf(failure));
    if (isAudited && audit_) audit(result);
    send(result);
    --count_;
    hold_.reset();
  }

  /// Until the answer the socket's next events wait.
  void holdNext() { hold_ = socket_->strand().hold(); }

  EventCall call;
  base::CallCounter* calls = nullptr;  ///< where the answer is counted
  bool isAudited = false;

 private:
  void audit(const Result<Answer>& result) const {
    hooks::CallAnswered::Call answered{call.name, call.caller, {}, {}};
    // Who has just joined is somebody only now.
    if (answered.caller.userId.empty()) answered.caller = registry_.identify(socket_->id(), call.caller);
    if (call.data().is_object()) answered.fields = call.data().get_object();
    if (!result) answered.failure = result.error().code();
    audit_(std::move(answered));
  }

  void send(const Result<Answer>& result) {
    if (!result.ok()) {
      auto failure = base::failure(result.error(), line_->locale());
      if (ackId_) return acknowledge(boost::json::serialize(failure));
      failure["event"] = call.name;
      return emitError(std::move(failure));
    }
    if (!ackId_) return;
    const auto& answer = result.value();
    if (!placeholdersFit(answer.body(), answer.attachments().size())) {
      base::log("realtime").error("event {}: its answer has a place holder without bytes", call.name);
      return send(Error(ErrorCode::Internal, "the answer has a place holder without bytes"));
    }
    auto text = answer.toText();
    const bool isOfValues = !answer.body().is_null();
    if (isOfValues && base::mendJson(text))
      base::log("realtime")
          .warn(
              "event {}: its answer had text that is not UTF-8 or a number that is not finite, and has U+FFFD or null "
              "there",
              call.name);
    acknowledge(std::move(text), answer.attachments());
  }

  void acknowledge(std::string body, const std::vector<std::string>& attachments = {}) {
    Payload payload{{}, {}, {std::move(body)}};
    std::string text;
    if (socket_->framing() == OutMessage::Framing::Plain) {
      text = encodePlainAck(*ackId_, payload.written.text);
    } else {
      payload.attachments = attachments;
      text = encodeAck(socket_->nameSpace(), *ackId_, payload);
    }
    socket_->postReply(std::make_shared<const OutMessage>(socket_->framing(), text, payload.attachments), line_);
  }

  void emitError(JsonObject failure) {
    Emit emit("error", Json(std::move(failure)));
    emit.nameSpace = socket_->nameSpace();
    socket_->post(encoder_.encode(emit, socket_->encodings()));
  }

  SocketPtr socket_;
  LinePtr line_;
  std::optional<std::uint64_t> ackId_;
  EventEncoder& encoder_;
  const Registry& registry_;
  const Audit& audit_;
  std::atomic<std::size_t>& count_;
  const Clock& clock_;
  const Instant begun_;
  std::atomic<bool> answered_{false};
  std::shared_ptr<void> hold_;  ///< set before the handler, which may answer, is called
};

EventDispatcher::EventDispatcher(const EventTable& table, const base::Gate& gate, Registry& registry,
                                 EventEncoder& encoder, const Clock& clock, DispatchOptions options, Audit audit)
    : table_(table),
      gate_(gate),
      registry_(registry),
      encoder_(encoder),
      clock_(clock),
      options_(options),
      audit_(std::move(audit)) {}

void EventDispatcher::dispatch(const SocketPtr& socket, const LinePtr& line, Packet packet) {
  auto event = std::make_shared<Pending>(socket, line, std::move(packet), *this);
  if (draining_) return event->answer(Error(ErrorCode::Unavailable, "the server is shutting down"));
  if (socket->strand().lane() == base::Lane::Normal) line->leaveNewcomers();
  auto& inbox = socket->inbox();
  const auto waiting = ++inbox.queued;
  if (!socket->strand().post([this, event] { run(*event); })) {
    --inbox.queued;
    return event->answer(Error(ErrorCode::Unavailable, "too many events are waiting"));
  }
  if (!socket->isFull(waiting) || inbox.paused.exchange(true)) return;
  line->pauseInput(*socket, true);
  // The last of them may have been worked off before `paused` was set.
  if (socket->hasRoom(inbox.queued) && inbox.paused.exchange(false)) line->pauseInput(*socket, false);
}

void EventDispatcher::worked(const SocketPtr& socket) const {
  auto& inbox = socket->inbox();
  if (!socket->hasRoom(--inbox.queued) || !inbox.paused.exchange(false)) return;
  socket->home().post([socket] { socket->resumeInput(); });
}

void EventDispatcher::run(Pending& event) const {
  auto& inbox = event.socket()->inbox();
  auto& call = event.call;
  call.caller = registry_.identify(event.socket()->id(), event.line()->caller());
  call.caller.requestId = event.socket()->id() + '-' + std::to_string(++inbox.taken);
  const base::LogContext context(call.caller.requestId);
  // Each namespace has sockets whose tokens end, and they are renewed in one way.
  const auto& nameSpace = call.name == TokenRenewal::event ? TokenRenewal::nameSpace : event.socket()->nameSpace();
  const auto entry = table_.find(nameSpace, call.name);
  event.isAudited = entry != nullptr && entry->access.isAudited();
  if (entry != nullptr) event.calls = entry->calls;
  try {
    admit(event, entry.get());
    if (entry->next == NextEvents::Wait) event.holdNext();
    entry->handler(call, [shared = event.shared_from_this()](const Result<Answer>& result) { shared->answer(result); });
  } catch (const Error& error) {
    event.answer(error);
  } catch (const std::exception& error) {
    base::log("realtime").error("{} failed at the event {}: {}", entry->owner, call.name, error.what());
    event.answer(Error(ErrorCode::Internal, "the event failed"));
  } catch (...) {
    base::log("realtime").error("{} failed at the event {}: an exception of unknown type", entry->owner, call.name);
    event.answer(Error(ErrorCode::Internal, "the event failed"));
  }
  worked(event.socket());
}

/// Counts the event among those of its socket, of whatever kind.
void EventDispatcher::count(const Pending& event) const {
  if (options_.perSocket.perSecond <= 0) return;
  const auto wait = event.socket()->inbox().rate.take(clock_.steady(), options_.perSocket);
  if (wait.count() == 0) return;
  limited_.add();
  throw Error(ErrorCode::RateLimited, "too many events", {}, base::retryAfter(wait));
}

/// Throws when the event must not reach its handler.
void EventDispatcher::admit(Pending& event, const EventEntry* entry) const {
  auto& call = event.call;
  count(event);
  if (entry == nullptr) throw Error(ErrorCode::NotFound, "there is no event " + call.name);
  if (!entry->handler) throw Error(ErrorCode::FeatureDisabled, entry->owner + " is switched off");
  gate_.check(entry->access, call.caller, [&call](std::string_view field) -> std::optional<std::string> {
    return call.data().is_object() ? base::textField(call.data().get_object(), field) : std::nullopt;
  });
}

}  // namespace parley::realtime
