// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/access.h>
#include <parley/chat.h>
#include <parley/error.h>
#include <parley/json.h>
#include <parley/time.h>

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace parley {

/// What a failing `before` hook means for the call.
enum class OnHookFailure {
  /// As Block; and while the plugin is away, the call is refused with UNAVAILABLE. It is away while it is started anew,
  /// which `retryAfter` tells then, and after it was switched off for its failures or could not be started anew, until
  /// it runs again or the admin switches it off. For what must not go unchecked, as in moderation.
  Require,
  Block,  ///< the call is refused with INTERNAL; while the plugin is away it goes on
  Pass,   ///< logged and counted; the call goes on, with what the hook had changed until then
};

struct HookOptions {
  OnHookFailure onFailure = OnHookFailure::Pass;
  int order = 0;         ///< lower runs first; equal ones in the order of registration
  Millis deadline{200};  ///< a run that takes longer is reported (metrics, log)
};

/// The places where plugins may step in. A hook point is a type with a name and a Subject, which is const where there
/// are only `after` hooks; where there are both it also has `isObserved`. To add one is to declare it here and to run
/// it where it happens: nothing else changes.
namespace hooks {

template <typename Point>
concept HasBefore = !std::is_const_v<typename Point::Subject>;
template <typename Point>
concept HasAfter = std::is_const_v<typename Point::Subject> || Point::isObserved;

/// before: change the draft, or throw Error to refuse it. [worker]
struct MessageSend {
  static constexpr const char* name = "message:send";
  using Subject = MessageDraft;
};

/// after: a message is durable and its sender has been answered. The delivery of this message, and the answers to the
/// session's next ones, wait until the hooks have run: take down what is to be done, and do it elsewhere. Not run for
/// duplicates. [worker]
struct MessageStored {
  static constexpr const char* name = "message:stored";
  using Subject = const Message;
};

/// after: a stored message has been changed or deleted, durably; behind MessageStored and `message:receive` of the same
/// message. Calls that began before may still write by what the message was then: ask Messages::find after writing,
/// and mend what you wrote. [worker]
struct MessageChanged {
  static constexpr const char* name = "message:changed";
  struct Change {
    std::string kind;  ///< "deleted", or what Messages::Change named
    Message before;
    Message now;
    std::string byUserId;
  };
  using Subject = const Change;
};

/// after: messages that were unread have been read, durably. [worker]
struct MessagesRead {
  static constexpr const char* name = "messages:read";
  using Subject = const Reads::Marked;
};

/// before: change the user, or throw Error to keep the socket from joining; it joins as `user.id`, with `user.role`.
/// after: it has joined. [worker]
struct UserJoin {
  static constexpr const char* name = "user:join";
  static constexpr bool isObserved = true;
  struct Join {
    User user;
    std::string socketId;
  };
  using Subject = Join;
};

/// after: a call to an event or a route whose Access is `audited` was answered. [worker]
struct CallAnswered {
  static constexpr const char* name = "call:answered";
  struct Call {
    std::string call;  ///< the event, or method and pattern: `DELETE /api/chat/messages/:messageId`
    Caller caller;     ///< as far as it was established
    /// What the call named, as it came: an event's first argument; of a request the top level of the JSON body, the
    /// query and the path. It may hold secrets.
    JsonObject fields;
    std::optional<ErrorCode> failure;  ///< nothing: it was done
  };
  using Subject = const Call;
};

/// after: a user's status, over all devices, has changed. [worker]
struct PresenceChanged {
  static constexpr const char* name = "presence:changed";
  struct Change {
    std::string userId;
    std::string status;
    Time lastSeen;
    std::string socketId;  ///< the socket that came, went or said so; may be empty
  };
  using Subject = const Change;
};

/// after: a session was made. [worker]
struct SessionCreated {
  static constexpr const char* name = "session:created";
  using Subject = const Session;
};

// The following three of one session run one after another, in the order of the changes.

/// after: a session's name, owner or what plugins keep in it has changed. [worker]
struct SessionUpdated {
  static constexpr const char* name = "session:updated";
  struct Update {
    Session session;          ///< as it is then
    Sessions::Change change;  ///< what was asked for
    std::string byUserId;
  };
  using Subject = const Update;
};

/// after: users came or went, or have another role or are muted or no longer so. [worker]
struct MembersChanged {
  static constexpr const char* name = "session:members";
  struct Change {
    Session session;
    std::vector<std::string> joined;
    std::vector<std::string> left;
    std::vector<std::string> changed;
    std::string byUserId;
  };
  using Subject = const Change;
};

/// after: a session is gone for good, and no message is on its way into it any more; drop what you hold of it. Calls
/// that began before may still write: ask for membership again after writing (Sessions::isParticipant, NOT_FOUND then),
/// and take back what you wrote when it is gone. Runs again when the server ended before everything of the session was
/// removed. [worker]
struct SessionRemoved {
  static constexpr const char* name = "session:removed";
  struct Removal {
    Session session;
    std::vector<std::string> userIds;  ///< who was in it
    std::string byUserId;
  };
  using Subject = const Removal;
};

}  // namespace hooks
}  // namespace parley
