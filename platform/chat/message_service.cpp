// SPDX-License-Identifier: Apache-2.0
#include "chat/message_service.h"

#include "base/id.h"
#include "base/log.h"
#include "chat/collections.h"
#include "chat/documents.h"

#include <parley/fields.h>

#include <algorithm>
#include <future>
#include <unordered_map>
#include <utility>

namespace parley::chat {

namespace {

constexpr std::size_t maxUrl = 2048;
constexpr std::size_t maxFileName = 255;
constexpr std::size_t maxClientMessageId = 128;

void checkLength(std::string_view name, const std::string& text, std::size_t maxBytes) {
  if (text.size() > maxBytes) Fields::fail(name, "must be at most " + std::to_string(maxBytes) + " bytes");
}

void checkId(std::string_view name, const std::string& id) {
  if (!id.empty() && !isValidId(id)) Fields::fail(name, "must be 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
}

bool beginsWith(std::string_view text, std::string_view lowerCase) {
  return text.size() > lowerCase.size() &&
         std::equal(lowerCase.begin(), lowerCase.end(), text.begin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b); });
}

/// Clients open it: it leads to a web server or to a path of this one, and to no script. Browsers read `\` as `/` and
/// skip control characters, so neither may hide where it leads to.
void checkUrl(std::string_view name, const std::string& url) {
  checkLength(name, url, maxUrl);
  const bool isPlain = std::none_of(
      url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F' || c == '\\'; });
  const bool isPath = url.starts_with('/') && !url.starts_with("//");
  const bool isWeb = beginsWith(url, "http://") || beginsWith(url, "https://");
  if (!url.empty() && (!isPlain || (!isPath && !isWeb)))
    Fields::fail(name, "must be an http or https URL, or a path of this server");
}

/// Of a copy, {messageId, senderId, sessionId} of what it was made of.
JsonObject forwardedFrom(const JsonObject& extra) {
  const auto* from = extra.if_contains("forwardedFrom");
  return from != nullptr && from->is_object() ? from->get_object() : JsonObject();
}

Message toMessage(MessageDraft&& draft, const Members& members, std::string id) {
  Message message;
  message.id = std::move(id);
  message.sessionId = std::move(draft.sessionId);
  if (members.isPrivate)
    for (const auto& userId : members.userIds)
      if (userId != draft.senderId) message.receiverId = userId;
  message.senderId = std::move(draft.senderId);
  message.content = std::move(draft.content);
  message.messageType = std::move(draft.messageType);
  message.fileUrl = std::move(draft.fileUrl);
  message.fileName = std::move(draft.fileName);
  message.fileSize = draft.fileSize;
  message.clientMessageId = std::move(draft.clientMessageId);
  message.replyTo = std::move(draft.replyTo);
  message.extra = std::move(draft.extra);
  return message;
}

}  // namespace

MessageService::MessageService(Core& core, SessionService& sessions, const TypeNames& types,
                               std::shared_ptr<DeliveryMarks> marks)
    : core_(core),
      sessions_(sessions),
      types_(types),
      announcer_(std::make_shared<Announcer>(core, sessions, std::move(marks))) {}

void MessageService::send(MessageDraft draft, Sent done) {
  start(std::move(draft), done, false);
}

/// The answer comes from the store's thread, not from a worker: all workers may be waiting here.
Message MessageService::send(MessageDraft draft) {
  const auto answer = std::make_shared<std::promise<Result<Message>>>();
  auto future = answer->get_future();
  start(
      std::move(draft), [answer](Result<Message> result) { answer->set_value(std::move(result)); }, true);
  const base::Waiting waiting;
  if (future.wait_for(core_.options.sendDeadline) != std::future_status::ready)
    throw Error(ErrorCode::Unavailable, "the message was not stored in time");
  return future.get().value();
}

void MessageService::start(MessageDraft draft, const Sent& done, bool early) {
  std::optional<Error> refused;
  try {
    Outgoing outgoing;
    outgoing.members = admit(draft);
    if (const auto source = std::string(textOf(forwardedFrom(draft.extra), "messageId")); !source.empty()) {
      outgoing.visit = core_.erased.visit();
      outgoing.author = authorOf(source);
    }
    outgoing.fromSocket = std::move(draft.fromSocket);
    outgoing.message = toMessage(std::move(draft), *outgoing.members, base::newObjectId(core_.clock.now()));
    outgoing.document = toDocument(outgoing.message, outgoing.author);
    outgoing.requestId = base::LogContext::current();
    outgoing.done = done;
    outgoing.early = early;
    const auto mailbox = mailboxOf(outgoing.message.sessionId);
    if (!mailbox->add(std::move(outgoing))) refused = Error(ErrorCode::Unavailable, "too many messages are waiting");
  } catch (const Error& error) {
    refused = error;
  }
  if (refused) done(*std::move(refused));
}

/// The rules before the hooks spare them what is refused anyway; after them again, since they may change the draft.
std::shared_ptr<const Members> MessageService::admit(MessageDraft& draft) {
  checkShape(draft);
  core_.erased.refuse(draft.senderId);
  if (!draft.sessionId.empty()) checkSession(draft);
  core_.hooks.before<hooks::MessageSend>(draft);
  if (draft.sessionId.empty()) Fields::fail("sessionId", "is required");
  checkShape(draft);
  auto members = checkSession(draft);
  checkReply(draft, *members);
  return members;
}

void MessageService::checkShape(const MessageDraft& draft) const {
  if (draft.senderId.empty()) Fields::fail("senderId", "is required");
  checkId("senderId", draft.senderId);
  checkId("sessionId", draft.sessionId);
  checkId("receiverId", draft.receiverId);
  checkId("replyTo", draft.replyTo);
  if (!types_.allowed(draft.messageType)) Fields::fail("messageType", "must be one of " + types_.list());
  checkLength("content", draft.content, core_.options.maxContent);
  if (draft.messageType == "text" && draft.content.empty()) Fields::fail("content", "must not be empty");
  checkUrl("fileUrl", draft.fileUrl);
  checkLength("fileName", draft.fileName, maxFileName);
  if (draft.fileSize < 0) Fields::fail("fileSize", "must not be negative");
  checkLength("clientMessageId", draft.clientMessageId, maxClientMessageId);
}

std::shared_ptr<const Members> MessageService::checkSession(const MessageDraft& draft) {
  auto members = sessions_.membersOf(draft.sessionId);
  sessions_.checkType(members->sessionType);
  if (draft.byServer) return members;
  const auto* place = members->find(draft.senderId);
  if (place == nullptr) throw Error(ErrorCode::Forbidden, "the sender is not a participant", {"access.notParticipant"});
  if (members->isClosed) throw Error(ErrorCode::Forbidden, "the other user has been erased", {"session.otherErased"});
  if (place->mutedUntil > core_.clock.now() && draft.senderId != members->ownerId)
    throw Error(ErrorCode::Forbidden, "the sender is muted until " + toIso8601(*place->mutedUntil), {"session.muted"});
  if (members->isPrivate && !draft.receiverId.empty() &&
      (draft.receiverId == draft.senderId || !members->has(draft.receiverId)))
    Fields::fail("receiverId", "must be the other user of the session");
  return members;
}

void MessageService::checkReply(const MessageDraft& draft, const Members& members) {
  if (draft.replyTo.empty()) return;
  const auto* place = members.find(draft.senderId);
  const auto target = core_.store.findOne(
      collections::messages, where("_id") == Json(draft.replyTo) && where("sessionId") == Json(draft.sessionId) &&
                                 where("seq") >= (place == nullptr ? 1 : place->visibleFrom) && notDeleted());
  if (!target) Fields::fail("replyTo", "must be a message of this session");
}

/// Who wrote what is being copied, at first: an erasure finds copies by it when what they were made of is gone. Of a
/// copy from before this was noted, the author of what that one was made of.
std::string MessageService::authorOf(const std::string& messageId) {
  const auto source = core_.store.findOne(collections::messages, where("_id") == messageId && notDeleted());
  if (!source) throw Error(ErrorCode::NotFound, "the message that is to be copied is gone");
  const auto message = chat::toMessage(*source);
  auto author = stringOf(*source, "author");
  if (author.empty()) author = textOf(forwardedFrom(message.extra), "senderId");
  if (author.empty()) author = message.senderId;
  core_.erased.refuse(std::vector{message.senderId, author});
  if (message.extra.contains("recalled")) throw Error(ErrorCode::Conflict, "the message has been recalled");
  return author;
}

/// A mailbox that nobody else holds is idle: its steps and their tasks hold it.
std::shared_ptr<Mailbox> MessageService::mailboxOf(const std::string& sessionId) {
  const std::lock_guard lock(mutex_);
  if (const auto* known = mailboxes_.find(sessionId)) return *known;
  mailboxes_.shrink(core_.options.idleMailboxes, [](const auto& mailbox) { return mailbox.use_count() == 1; });
  return mailboxes_.put(sessionId, std::make_shared<Mailbox>(core_, sessions_, announcer_, sessionId));
}

std::size_t MessageService::mailboxes() const {
  const std::lock_guard lock(mutex_);
  return mailboxes_.size();
}

std::optional<Message> MessageService::find(const std::string& messageId) {
  auto found = findMany({messageId});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<Message> MessageService::findMany(const std::vector<std::string>& ids) {
  if (ids.empty()) return {};
  std::unordered_map<std::string, Message> byId;
  const auto wanted = where("_id").in(JsonArray(ids.begin(), ids.end())) && notDeleted();
  for (const auto& document : core_.store.find(collections::messages, wanted)) {
    auto message = chat::toMessage(document);
    byId.emplace(message.id, std::move(message));
  }
  std::vector<Message> messages;
  for (const auto& id : ids)
    if (const auto found = byId.find(id); found != byId.end()) messages.push_back(found->second);
  sessions_.fillReceipts(messages);
  return messages;
}

Message MessageService::change(const std::string& messageId, const Change& change) {
  if (change.content) checkLength("content", *change.content, core_.options.maxContent);
  if (change.fileUrl) checkUrl("fileUrl", *change.fileUrl);
  if (change.fileName) checkLength("fileName", *change.fileName, maxFileName);
  return told(changeMessage(core_.store, messageId, change, core_.clock.now()));
}

Message MessageService::remove(const std::string& messageId, const std::string& byUserId) {
  return told(removeMessage(core_.store, messageId, byUserId, core_.clock.now()));
}

Message MessageService::told(ChangeResult result) {
  auto now = result.change.now;
  if (result.changed) tell(std::move(result.change));
  return now;
}

void MessageService::blank(const std::vector<Document>& messages, const std::string& userId, base::Task then) {
  std::shared_ptr<Mailbox> last;
  blankWithCopies(core_, messages, userId, [&](hooks::MessageChanged::Change changed) {
    last = mailboxOf(changed.now.sessionId);
    tell(std::move(changed));
  });
  if (last)
    last->afterwards([last, then = std::move(then)] { then(); });
  else
    then();
}

/// Behind `message:receive` of the same message: through its session's mailbox.
void MessageService::tell(hooks::MessageChanged::Change changed) {
  const auto mailbox = mailboxOf(changed.now.sessionId);
  mailbox->afterwards(
      [&core = core_, mailbox, changed = std::move(changed), request = std::string(base::LogContext::current())] {
        const base::LogContext context(request);
        core.hooks.after<hooks::MessageChanged>(changed);
      });
}

Messages::History MessageService::history(const HistoryQuery& query) {
  const auto page = pageOf(query);
  History history{{}, page.pagination};
  history.messages.reserve(page.messages.size());
  for (const auto& stored : page.messages) history.messages.push_back(stored.toMessage());
  sessions_.fillReceipts(history.messages);
  return history;
}

Messages::WrittenHistory MessageService::writtenHistory(const HistoryQuery& query) {
  const auto page = pageOf(query);
  std::vector<Receipt> receipts;
  receipts.reserve(page.messages.size());
  for (const auto& stored : page.messages) receipts.push_back(stored.receipt());
  sessions_.fillReceipts(receipts);
  WrittenHistory history{{"["}, page.pagination, {}};
  auto& text = history.messages.text;
  text.reserve(page.bytes);
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (i > 0) text += ',';
    page.messages[i].appendTo(text, receipts[i]);
    if (!query.viewer.empty() && receipts[i].receiverId == query.viewer && receipts[i].status == "sent")
      history.undelivered.push_back(page.messages[i].toMessage());
  }
  text += ']';
  return history;
}

void MessageService::delivered(const std::vector<Message>& messages) {
  for (const auto& message : messages)
    if (!message.receiverId.empty() && message.status == "sent") announcer_->fetched(message);
}

StoredPage MessageService::pageOf(const HistoryQuery& query) {
  return readHistory(core_.store, query, firstSeqFor(query.sessionId, query.viewer));
}

std::int64_t MessageService::firstSeqFor(const std::string& sessionId, const std::string& viewer) {
  if (viewer.empty()) return 1;
  const auto first = sessions_.visibleFrom(sessionId, viewer);
  if (!first) throw Error(ErrorCode::Forbidden, "the viewer is not a participant");
  return *first;
}

}  // namespace parley::chat
