// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/event.h>
#include <parley/json.h>
#include <parley/time.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parley {

/// Where the store keeps what this header describes, for plugins that ask more than its interfaces answer. They write
/// nothing there but fields of their own on documents that are there: what the host has, it knows by heart. Their names
/// are those of a Mongoose server with the standard models.
namespace collections {
inline constexpr const char* users = "users";
inline constexpr const char* sessions = "chatsessions";
inline constexpr const char* messages = "messages";
}  // namespace collections

/// A user, as the API shows it. Ids come from the integrator's own system (1 to 64 of `A-Z a-z 0-9 _ - . : @`).
struct User {
  std::string id;
  std::string username;
  std::string realName;
  std::string email;
  std::string phone;
  std::string avatar;
  std::string role = "user";
  std::string status = "offline";  ///< online, away, offline: of all the user's devices together
  std::optional<Time> lastSeen;

  JsonObject toJson() const;
};

/// A conversation. `participants` is complete for a private session and empty for others; ask Sessions for their
/// members.
struct Session {
  std::string id;
  std::string type;  ///< "private", "group", one that a plugin has registered
  std::string name;
  std::vector<std::string> participants;
  std::string ownerId;  ///< empty: nobody owns it (private)
  std::int64_t memberCount = 0;
  JsonObject extra;           ///< further members of the stored session, by plugins; the API shows them as they are
  std::string lastMessageId;  ///< empty before the first message
  std::int64_t lastSeq = 0;   ///< of the newest message
  std::optional<Time> lastMessageTime;
  Time createdAt{};
  Time updatedAt{};
};

/// One participant's place in a session.
struct Member {
  std::string userId;
  std::string role = "member";     ///< "owner", "admin", "member"; who is the owner Session::ownerId alone decides
  std::int64_t visibleFrom = 1;    ///< the first `seq` this member may see
  std::optional<Time> mutedUntil;  ///< may not write until then
  Time joinedAt{};
};

/// What somebody wants to send; the `before` hooks of MessageSend may change it.
struct MessageDraft {
  std::string sessionId;  ///< empty: the private session with `receiverId`
  std::string senderId;
  std::string receiverId;
  std::string content;
  std::string messageType = "text";
  std::string fileUrl;
  std::string fileName;
  std::int64_t fileSize = 0;
  std::string clientMessageId;  ///< empty: none
  std::string replyTo;          ///< empty: none
  /// Further members of the stored message, by plugins (`forwardedFrom` …); shown where the message has none so called.
  JsonObject extra;
  std::string fromSocket;  ///< the sending socket, which gets no `message:receive`; empty for REST
  /// Told about `senderId` rather than written by them ("a has left"): they may be muted, or no participant any more.
  bool byServer = false;
};

/// That somebody has read a message, and when.
struct ReadMark {
  std::string userId;
  Time readAt{};
};

/// Adds them as the API's `readBy`.
inline void appendJson(std::string& written, const std::vector<ReadMark>& readBy) {
  written += '[';
  for (const auto& mark : readBy) {
    if (&mark != &readBy.front()) written += ',';
    written.append(R"({"user":)");
    appendJson(written, mark.userId);
    written.append(R"(,"readAt":")").append(toIso8601(mark.readAt)).append("\"}");
  }
  written += ']';
}

/// A stored message.
struct Message {
  std::string id;
  std::string sessionId;
  std::int64_t seq = 0;  ///< 1, 2, 3 … in its session
  std::string senderId;
  std::string receiverId;  ///< empty in a group
  std::string content;
  std::string messageType;
  std::string fileUrl;
  std::string fileName;
  std::int64_t fileSize = 0;
  std::string status = "sent";  ///< sent; in a private session also delivered, read
  std::string clientMessageId;
  std::string replyTo;
  JsonObject extra;
  std::vector<ReadMark> readBy;  ///< oldest first; not listed in groups of more than `chat.readByMembers`
  Time createdAt{};              ///< never before that of an earlier message of the session
  Time updatedAt{};
  bool deleted = false;    ///< blanked and shown nowhere; only hooks and `duplicate` messages meet such a one
  bool duplicate = false;  ///< this clientMessageId was stored before: nothing was delivered now; not shown

  JsonObject toJson() const;
  /// The same, written out, at a fraction of the cost.
  JsonText toText() const;
};

/// The people. [worker: these may ask the store]
class Users {
 public:
  virtual ~Users() = default;
  /// Creates the user or updates what is given and not empty (an empty role is kept, "user" for a new one); returns the
  /// user as stored, with the live status. VALIDATION_FAILED for an invalid id, role, name or avatar.
  virtual User save(const User& user) = 0;
  /// Makes a user with an id of the server's own, whatever `user.id` is; an empty role becomes "user". `more`: further
  /// members to store, by plugins; the API does not show them. CONFLICT, and nothing is made, when one of them has to
  /// be unique (CollectionSpec) and is another's; VALIDATION_FAILED for an invalid role, name or avatar.
  virtual User create(const User& user, const JsonObject& more = {}) = 0;
  /// Saves the user and makes the socket one of their devices, with the UserJoin hooks around it. Failures: what a hook
  /// says, those of `save` and of Sockets::bindUser.
  virtual User join(const User& user, const std::string& socketId) = 0;
  /// The same; `done` runs once: before this returns when nothing is to be stored or it fails early, else on a worker.
  using Joined = std::function<void(Result<User>)>;
  virtual void join(const User& user, const std::string& socketId, Joined done) = 0;
  virtual std::optional<User> find(const std::string& id) = 0;
  /// In the order of `ids`; unknown ones become a User with only the id.
  virtual std::vector<User> findMany(const std::vector<std::string>& ids) = 0;
  struct Page {
    std::vector<User> users;
    std::int64_t total = 0;
  };
  /// Erases a user for good, in the background, and across a restart of the server. When this returns they are refused
  /// everywhere, and nobody can become that user again. Then their connections end, their profile and read states go,
  /// they leave all sessions, what they wrote is emptied as if it was recalled, forwarded copies too, and every plugin
  /// erases its part. Idempotent. NOT_FOUND for somebody who has never been here.
  virtual void erase(const std::string& id) = 0;
  /// Ordered by username; `keyword` is a part of the username or real name, empty for all; limit 0 for all.
  virtual Page list(const std::string& keyword, std::int64_t page, std::int64_t limit) = 0;
};

/// The conversations. Who takes part in one is asked of memory once it is known; NOT_FOUND when there is no such
/// session. Changes of one session are made one after another, and their hooks run in that order; FEATURE_DISABLED
/// while no plugin has registered its type, VALIDATION_FAILED for changes of who takes part in a private session.
/// [worker]
class Sessions {
 public:
  virtual ~Sessions() = default;
  struct Made {
    Session session;
    bool created = false;
  };
  /// The private session of two users; made when there is none, exactly once also under races. The users need not
  /// have joined before. VALIDATION_FAILED for an invalid id, or the same one twice.
  virtual Made openPrivate(const std::string& userId1, const std::string& userId2) = 0;

  struct NewSession {
    std::string type;
    std::string name;
    std::string ownerId = {};  ///< becomes a member too; empty: nobody owns it
    std::vector<std::string> userIds = {};
    JsonObject extra = {};
  };
  /// A session of several; its first members see everything. The users need not have joined before. Afterwards the
  /// `after` hook of SessionCreated.
  virtual Session create(const NewSession& session) = 0;

  struct Change {
    std::optional<std::string> name = {};
    JsonObject extra = {};  ///< members to set; null removes one
    /// A member, who becomes the owner; the former owner stays as an admin.
    std::optional<std::string> ownerId = {};
    /// Refuses the change with CONFLICT unless this user is the owner at that very moment.
    std::optional<std::string> ifOwner = {};
    std::string byUserId = {};
  };
  /// Hook: SessionUpdated.
  virtual Session update(const std::string& id, const Change& change) = 0;

  /// Lets in those of `userIds` who are not in it, and returns them. They see the whole history or what comes from now
  /// on. CONFLICT, and nobody joins, when there would be more than `maxMembers` (0: no limit). Hook: MembersChanged.
  virtual std::vector<std::string> addMembers(const std::string& id, const std::vector<std::string>& userIds,
                                              bool seeHistory, const std::string& byUserId,
                                              std::int64_t maxMembers = 0) = 0;
  /// False when the user was not in it. CONFLICT for the owner, who hands the session over first. Hook: MembersChanged.
  virtual bool removeMember(const std::string& id, const std::string& userId, const std::string& byUserId) = 0;

  struct MemberChange {
    std::optional<std::string> role = {};                ///< "admin" or "member"; not of the owner
    std::optional<std::optional<Time>> mutedUntil = {};  ///< nothing inside: may write again
    std::string byUserId = {};
  };
  /// NOT_FOUND when the user is not in it. Hook: MembersChanged.
  virtual Member updateMember(const std::string& id, const std::string& userId, const MemberChange& change) = 0;

  /// Ends a session for good. It is gone when this returns; its messages and members are removed in the background,
  /// also across a restart. Hook: SessionRemoved, once no message is on its way into it any more.
  virtual void remove(const std::string& id, const std::string& byUserId) = 0;

  virtual std::optional<Session> find(const std::string& id) = 0;
  virtual bool isParticipant(const std::string& sessionId, const std::string& userId) = 0;
  virtual std::vector<std::string> participantsOf(const std::string& sessionId) = 0;
  /// Nothing when the user is not in it.
  virtual std::optional<Member> member(const std::string& sessionId, const std::string& userId) = 0;
  /// In the order in which they came.
  virtual std::vector<Member> members(const std::string& sessionId) = 0;
  /// The first `seq` that the user may see; nothing when they are not in it.
  virtual std::optional<std::int64_t> visibleFrom(const std::string& sessionId, const std::string& userId) = 0;
  struct Place {
    std::string sessionId;
    std::int64_t visibleFrom = 1;
  };
  /// Every session that the user is in, with the first `seq` they may see there, in no order.
  virtual std::vector<Place> placesOf(const std::string& userId) = 0;
  struct Page {
    std::vector<Session> sessions;
    std::int64_t total = 0;
  };
  /// The user's conversations, newest first: by their last message, while there is none by when they were made.
  virtual Page listFor(const std::string& userId, std::int64_t page, std::int64_t limit) = 0;
  /// The API's session object for `viewer`: participants as users, last message, unread count; of one that is not
  /// private also `ownerId`, `memberCount` and what plugins have added. `participants` are at most
  /// `chat.shownParticipants` then, the owner first.
  virtual JsonArray toJson(const std::vector<Session>& sessions, const std::string& viewer) = 0;
};

/// The messages.
class Messages {
 public:
  virtual ~Messages() = default;

  using Sent = std::function<void(Result<Message>)>;
  /// Checks the session's rules, runs the `before` hooks, gives the message its `seq` and stores it; `done` is
  /// called after the durable commit, in the order of `seq` inside a session, before `message:receive` goes to the
  /// other sockets of the participants. Failures: FORBIDDEN, NOT_FOUND, VALIDATION_FAILED, what a hook says,
  /// UNAVAILABLE. Does not hold the thread while the commit is pending. `done` runs on a worker, once. [worker]
  virtual void send(MessageDraft draft, Sent done) = 0;
  /// The same, waiting for the durable commit (not for the delivery); throws the failure. UNAVAILABLE when it takes too
  /// long: the message may be stored then, a clientMessageId tells. [worker]
  virtual Message send(MessageDraft draft) = 0;

  /// Nothing for a deleted message as well. [worker: all of these may ask the store]
  virtual std::optional<Message> find(const std::string& messageId) = 0;
  /// Those there are, in the order of `ids`.
  virtual std::vector<Message> findMany(const std::vector<std::string>& ids) = 0;

  /// What changes of a stored message; what is not named stays.
  struct Change {
    std::string kind = {};  ///< for observers: "recalled", "edited", a plugin's own word
    std::string byUserId = {};
    std::optional<std::string> content = {};
    std::optional<std::string> fileUrl = {};
    std::optional<std::string> fileName = {};
    std::optional<std::int64_t> fileSize = {};
    JsonObject extra = {};  ///< members to set; null takes one away
    /// A member of `extra`: a message that has it at that very moment is not changed; it is returned as it is.
    std::string unless = {};
  };
  /// Changes it in one atomic step; `updatedAt` becomes now. Who may is for the caller to decide. The `after` hook of
  /// MessageChanged runs behind what the message's own sending has still to tell. NOT_FOUND, VALIDATION_FAILED.
  virtual Message change(const std::string& messageId, const Change& change) = 0;
  /// Blanks it for good: it keeps its `seq` and is shown nowhere. Idempotent; the hook (kind "deleted") runs for the
  /// first call alone. NOT_FOUND.
  virtual Message remove(const std::string& messageId, const std::string& byUserId) = 0;

  struct HistoryQuery {
    std::string sessionId = {};
    std::int64_t page = 1;  ///< page 1 holds the newest; ignored with a cursor
    std::int64_t limit = 50;
    std::optional<std::int64_t> beforeSeq = {};  ///< the newest ones below it
    std::optional<std::int64_t> afterSeq = {};   ///< the oldest ones above it
    std::string viewer = {};                     ///< only what this user may see; empty: everything
  };
  struct History {
    std::vector<Message> messages;  ///< oldest first
    Pagination pagination;  ///< its total counts what is shown: not the deleted, not what came before the viewer
  };
  /// Costs a page and, for a numbered page, the deletions above it, however deep it is. FORBIDDEN when the viewer is
  /// not a participant.
  virtual History history(const HistoryQuery& query) = 0;

  struct WrittenHistory {
    JsonText messages;  ///< the array of them
    Pagination pagination;
    std::vector<Message> undelivered;  ///< those of them that no device of the viewer's, their receiver, had got before
  };
  /// The same, written out as Message::toText does it, at a fraction of the cost.
  virtual WrittenHistory writtenHistory(const HistoryQuery& query) = 0;

  /// A device of the receiver's has got private messages in another way than by `message:receive`. Those whose status
  /// is "sent" are delivered by it, and their senders get `message:status`.
  virtual void delivered(const std::vector<Message>& messages) = 0;
};

/// What everybody has read, exactly: `status` and `readBy` of messages, and all counts of unread ones, come from here.
/// A user's own messages count as read; system messages and deleted ones are never unread. [worker]
class Reads {
 public:
  virtual ~Reads() = default;
  struct Range {
    std::int64_t from = 0;
    std::int64_t to = 0;
  };
  /// What a mark has changed.
  struct Marked {
    std::string sessionId;
    std::string userId;
    std::vector<Range> ranges;  ///< of `seq`: what was unread and now is read
    Time readAt{};              ///< of one message: when it was first read
    std::string senderId;       ///< of the one message that was marked; empty after markUpTo
    std::string receiverId;     ///< likewise; empty in a group
    bool any() const { return !ranges.empty(); }
  };
  using Done = std::function<void(Result<Marked>)>;

  /// Marks one message, or all up to a `seq` (nothing: all there are). Idempotent. Waits for the durable commit.
  /// NOT_FOUND (also for a message from before the user's time), FORBIDDEN for a user who is not a participant,
  /// UNAVAILABLE. The `after` hook of MessagesRead follows when something was unread.
  virtual Marked markMessage(const std::string& messageId, const std::string& userId) = 0;
  virtual Marked markUpTo(const std::string& sessionId, const std::string& userId,
                          std::optional<std::int64_t> upToSeq) = 0;
  /// The same without waiting: marks of one user and session that come while one is being stored meet in the next
  /// write. Throws what is wrong with the call; `done` runs on a worker, once, before the hook.
  virtual void markMessage(const std::string& messageId, const std::string& userId, Done done) = 0;
  virtual void markUpTo(const std::string& sessionId, const std::string& userId, std::optional<std::int64_t> upToSeq,
                        Done done) = 0;

  struct Unread {
    std::int64_t total = 0;
    std::map<std::string, std::int64_t> sessions;  ///< only those with some
  };
  /// A few queries for all sessions, and one in each group that has news.
  virtual Unread unread(const std::string& userId) = 0;

  /// The messages of all sessions that the user is in, system messages and deleted ones left out.
  struct Totals {
    std::int64_t sessions = 0;
    std::int64_t sent = 0;
    std::int64_t received = 0;  ///< of others, visible to the user
    std::int64_t unread = 0;
  };
  /// A few queries for all sessions, and one or two in each group.
  virtual Totals totals(const std::string& userId) = 0;
};

/// Who is there, over all of a user's devices.
class Presence {
 public:
  virtual ~Presence() = default;
  /// "online", "away" or "offline". [any thread]
  virtual std::string statusOf(const std::string& userId) const = 0;
  /// What the user says of themselves. "online" and "away" are said of the device `fromSocket`, or of all when it is
  /// empty or not the user's; a user is away when all devices are. "offline" hides the user, over all devices, until
  /// one of them says otherwise or the last has gone. Observed by the `after` hook of PresenceChanged, which gets
  /// `fromSocket`. Without effect for a user who has no socket. [worker]
  virtual void setStatus(const std::string& userId, const std::string& status, const std::string& fromSocket = {}) = 0;
  /// Ids of the users that show as online or away. [any thread]
  virtual std::vector<std::string> onlineUsers() const = 0;
  /// How many they are. [any thread]
  virtual std::size_t onlineCount() const = 0;
};

inline JsonObject User::toJson() const {
  return {
      {"_id", id},      {"username", username}, {"realName", realName},
      {"email", email}, {"phone", phone},       {"avatar", avatar},
      {"role", role},   {"status", status},     {"lastSeen", lastSeen ? Json(toIso8601(*lastSeen)) : Json(nullptr)}};
}

/// The members in the order of toJson.
inline JsonText Message::toText() const {
  if (!extra.empty()) return {boost::json::serialize(toJson())};  // its members give way to those there are
  std::string text;
  text.reserve(512 + content.size());
  const auto add = [&text](std::string_view name, std::string_view value) {
    text.append(text.empty() ? "{\"" : ",\"").append(name).append("\":");
    appendJson(text, value);
  };
  const auto addWritten = [&text](std::string_view name, std::string_view value) {
    text.append(",\"").append(name).append("\":").append(value);
  };
  add("_id", id);
  add("sessionId", sessionId);
  addWritten("seq", std::to_string(seq));
  add("sender", senderId);
  if (receiverId.empty())
    addWritten("receiver", "null");
  else
    add("receiver", receiverId);
  add("content", content);
  add("messageType", messageType);
  add("fileUrl", fileUrl);
  add("fileName", fileName);
  addWritten("fileSize", std::to_string(fileSize));
  add("status", status);
  appendJson(text += ",\"readBy\":", readBy);
  const auto created = toIso8601(createdAt);
  add("createdAt", created);
  add("updatedAt", updatedAt == createdAt ? created : toIso8601(updatedAt));
  if (!clientMessageId.empty()) add("clientMessageId", clientMessageId);
  if (!replyTo.empty()) add("replyTo", replyTo);
  text += '}';
  return {std::move(text)};
}

inline JsonObject Message::toJson() const {
  auto orNull = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  JsonArray readers;
  for (const auto& mark : readBy)
    readers.push_back(JsonObject{{"user", mark.userId}, {"readAt", toIso8601(mark.readAt)}});
  JsonObject json{{"_id", id},
                  {"sessionId", sessionId},
                  {"seq", seq},
                  {"sender", senderId},
                  {"receiver", orNull(receiverId)},
                  {"content", content},
                  {"messageType", messageType},
                  {"fileUrl", fileUrl},
                  {"fileName", fileName},
                  {"fileSize", fileSize},
                  {"status", status},
                  {"readBy", std::move(readers)},
                  {"createdAt", toIso8601(createdAt)},
                  {"updatedAt", toIso8601(updatedAt)}};
  if (!clientMessageId.empty()) json["clientMessageId"] = clientMessageId;
  if (!replyTo.empty()) json["replyTo"] = replyTo;
  for (const auto& member : extra)
    if (member.key() != "clientMessageId" && member.key() != "replyTo") json.emplace(member.key(), member.value());
  return json;
}

}  // namespace parley
