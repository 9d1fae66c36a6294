// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace parley {

/// What a call counts as where the calls of a user and of an address are limited: `limits.<class>.…` in the settings.
enum class RateClass { Default, Message, Read, Search, Upload, Auth };

/// Who may use an event or a route. There is no default: every registration names one.
///
///     Access::anyone()                                        // public: no identity, no token
///     Access::connected().actingAs("id")                      // a socket before it has joined
///     Access::joined().actingAs("userId")                     // a user; `userId` must be that user
///     Access::joined().actingAs("senderId").participantOf("sessionId")
///     Access::role("admin")
///
/// The host checks it before the handler runs, in this order: identity, acting user, role, participation. In `jwt` mode
/// the identity is a token's; whoever calls with one whose role is `admin`, or with a service's, may act for anyone.
/// Field names are looked up in an event's first argument; for a route in the path parameters, then
/// the query, then the top level of a JSON body. Where a call names a message alone, its handler checks
/// (visibleMessage).
class Access {
 public:
  enum class Level { Anyone, Connected, Joined, Role };

  static Access anyone() { return Access(Level::Anyone); }
  /// For what a socket does to become a user's: who it is is known in `jwt` mode, from the token it came with, and
  /// believed in `open` mode.
  static Access connected() { return Access(Level::Connected); }
  static Access joined() { return Access(Level::Joined); }
  static Access role(std::string role) {
    Access access(Level::Role);
    access.role_ = std::move(role);
    return access;
  }

  /// The field that names the user on whose behalf the call is made. When present it must be the caller, or somebody
  /// for whom the caller may act (FORBIDDEN otherwise): the handler sees that user as the caller then. In `open` mode
  /// an HTTP call has no other identity than this field.
  Access actingAs(std::string field) && {
    actorField_ = std::move(field);
    return std::move(*this);
  }

  /// The field that names a session; when present, the caller must be a participant (FORBIDDEN; NOT_FOUND
  /// when there is no such session). An HTTP call without an acting user passes when it is the trusted back end's: in
  /// `open` mode, and in `jwt` mode with a service token.
  Access participantOf(std::string field) && {
    sessionField_ = std::move(field);
    return std::move(*this);
  }

  /// What the calls count as; without it they are RateClass::Default.
  Access limitedAs(RateClass rateClass) && {
    rateClass_ = rateClass;
    return std::move(*this);
  }

  /// The calls are worth a trace: hooks::CallAnswered tells of each, also of those that were refused.
  Access audited() && {
    isAudited_ = true;
    return std::move(*this);
  }

  /// Of a route: a header that all its answers have, refusals as well.
  Access answeredWith(std::string header, std::string value) && {
    answerHeaders_.emplace_back(std::move(header), std::move(value));
    return std::move(*this);
  }

  Level level() const { return level_; }
  const std::string& requiredRole() const { return role_; }
  const std::string& actorField() const { return actorField_; }
  const std::string& sessionField() const { return sessionField_; }
  RateClass rateClass() const { return rateClass_; }
  bool isAudited() const { return isAudited_; }
  const std::vector<std::pair<std::string, std::string>>& answerHeaders() const { return answerHeaders_; }

 private:
  explicit Access(Level level) : level_(level) {}

  Level level_;
  std::string role_;
  std::string actorField_;
  std::string sessionField_;
  RateClass rateClass_ = RateClass::Default;
  bool isAudited_ = false;
  std::vector<std::pair<std::string, std::string>> answerHeaders_;
};

/// Who is calling, as the host has established it.
struct Caller {
  std::string userId;     ///< for whom the call is made; empty when nobody is identified, and for a trusted back end
  std::string role;       ///< of the caller; empty when nothing has established it
  std::string socketId;   ///< empty for HTTP
  std::string address;    ///< the client's IP address as text; behind a trusted proxy the one that it tells
  std::string userAgent;  ///< as the client sent it, at most 256 bytes
  std::string locale;     ///< the best match for Accept-Language, e.g. "zh-CN"
  std::string requestId;  ///< also in the log
  std::string subject;    ///< whom the token names, in `jwt` mode; empty without one
  bool service = false;   ///< the token is a back end's

  /// Whether a token allows this caller to act for anyone: a service's, or an admin's.
  bool actsForOthers() const { return !subject.empty() && (service || role == "admin"); }
  /// Whether it is `userId` that calls, as far as is known, and nobody who acts for them.
  bool isUser() const { return subject.empty() || (!service && subject == userId); }
};

}  // namespace parley
