// SPDX-License-Identifier: Apache-2.0
#include "base/gate.h"

#include <parley/error.h>

#include <gtest/gtest.h>

#include <map>

namespace parley::base {

namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

/// "" when the call passes, else the code of the refusal.
std::string verdict(AuthMode mode, const Access& access, Caller& caller, const Fields& fields) {
  const Gate gate(mode, [](const std::string& session, const std::string& user) {
    if (session == "unknown") throw Error(ErrorCode::NotFound, "no such session");
    return user == "alice";
  });
  try {
    gate.check(access, caller, [&](std::string_view name) -> std::optional<std::string> {
      const auto found = fields.find(name);
      if (found == fields.end()) return std::nullopt;
      return found->second;
    });
    return "";
  } catch (const Error& error) {
    return std::string(codeName(error.code()));
  }
}

Access sending() {
  return Access::joined().actingAs("senderId").participantOf("sessionId");
}

Caller socketOf(const std::string& user) {
  Caller caller;
  caller.socketId = "socket";
  caller.userId = user;
  return caller;
}

/// Whoever shows a token over HTTP.
Caller bearerOf(const std::string& subject, const std::string& role = "user") {
  Caller caller;
  caller.subject = subject;
  caller.userId = subject;
  caller.role = role;
  return caller;
}

Caller backEnd() {
  Caller caller;
  caller.subject = "crm";
  caller.service = true;
  return caller;
}

/// The same over a socket that has not joined.
Caller connected(Caller caller) {
  caller.socketId = "socket";
  caller.userId = "";
  return caller;
}

}  // namespace

TEST(Gate, LetsAnyoneIntoWhatIsForAnyone) {
  Caller nobody;
  EXPECT_EQ(verdict(AuthMode::Jwt, Access::anyone(), nobody, {}), "");
}

TEST(Gate, WantsASocketToHaveJoined) {
  auto stranger = socketOf("");
  EXPECT_EQ(verdict(AuthMode::Open, sending(), stranger, {{"senderId", "alice"}}), "UNAUTHENTICATED");
  EXPECT_EQ(stranger.userId, "") << "a socket does not become whom it names";
}

TEST(Gate, RefusesToActAsAnother) {
  auto alice = socketOf("alice");
  EXPECT_EQ(verdict(AuthMode::Open, sending(), alice, {{"senderId", "bob"}}), "FORBIDDEN");
  EXPECT_EQ(verdict(AuthMode::Open, sending(), alice, {{"senderId", "alice"}, {"sessionId", "s"}}), "");
}

TEST(Gate, KeepsStrangersOutOfASession) {
  auto bob = socketOf("bob");
  EXPECT_EQ(verdict(AuthMode::Open, sending(), bob, {{"sessionId", "s"}}), "FORBIDDEN");
  EXPECT_EQ(verdict(AuthMode::Open, sending(), bob, {{"sessionId", "unknown"}}), "NOT_FOUND");
}

TEST(Gate, BelievesTheIdsOfHttpCallsInOpenModeAlone) {
  Caller http;
  EXPECT_EQ(verdict(AuthMode::Open, sending(), http, {{"senderId", "alice"}, {"sessionId", "s"}}), "");
  EXPECT_EQ(http.userId, "alice");
  Caller stranger;
  EXPECT_EQ(verdict(AuthMode::Open, sending(), stranger, {{"senderId", "bob"}, {"sessionId", "s"}}), "FORBIDDEN");
  Caller backEnd;
  EXPECT_EQ(verdict(AuthMode::Open, sending(), backEnd, {{"sessionId", "s"}}), "") << "the trusted back end";
  Caller unknown;
  EXPECT_EQ(verdict(AuthMode::Jwt, sending(), unknown, {{"senderId", "alice"}}), "UNAUTHENTICATED");
}

TEST(Gate, WantsATokenForAllThatIsNotPublic) {
  for (const auto& access : {Access::connected(), Access::joined(), Access::role("admin"), sending()}) {
    Caller nobody;
    EXPECT_EQ(verdict(AuthMode::Jwt, access, nobody, {{"senderId", "alice"}}), "UNAUTHENTICATED");
    auto socket = socketOf("alice");
    EXPECT_EQ(verdict(AuthMode::Jwt, access, socket, {{"senderId", "alice"}}), "UNAUTHENTICATED")
        << "its token has ended";
  }
}

TEST(Gate, HoldsATokenToItsSubject) {
  auto alice = bearerOf("alice");
  EXPECT_EQ(verdict(AuthMode::Jwt, sending(), alice, {{"senderId", "alice"}, {"sessionId", "s"}}), "");
  EXPECT_EQ(verdict(AuthMode::Jwt, sending(), alice, {{"senderId", "bob"}}), "FORBIDDEN");
  EXPECT_EQ(alice.userId, "alice");
  auto bob = bearerOf("bob");
  EXPECT_EQ(verdict(AuthMode::Jwt, sending(), bob, {{"sessionId", "s"}}), "FORBIDDEN");
}

TEST(Gate, LetsAdminsAndServicesActForOthers) {
  for (const auto& who :
       {bearerOf("root", "admin"), backEnd(), connected(bearerOf("root", "admin")), connected(backEnd())}) {
    auto caller = who;
    EXPECT_EQ(verdict(AuthMode::Jwt, sending(), caller, {{"senderId", "alice"}, {"sessionId", "s"}}), "");
    EXPECT_EQ(caller.userId, "alice");
    caller = who;
    EXPECT_EQ(verdict(AuthMode::Jwt, sending(), caller, {{"senderId", "bob"}, {"sessionId", "s"}}), "FORBIDDEN")
        << "bob is no participant";
  }
  auto admin = bearerOf("root", "admin");
  EXPECT_EQ(verdict(AuthMode::Jwt, sending(), admin, {{"sessionId", "s"}}), "FORBIDDEN")
      << "a session is for its participants alone";
  auto service = backEnd();
  EXPECT_EQ(verdict(AuthMode::Jwt, sending(), service, {{"sessionId", "s"}}), "") << "as the back end of open mode";
  EXPECT_EQ(verdict(AuthMode::Jwt, Access::role("admin"), service, {}), "");
  auto socket = connected(backEnd());
  EXPECT_EQ(verdict(AuthMode::Jwt, sending(), socket, {{"sessionId", "s"}}), "UNAUTHENTICATED") << "for whom?";
}

TEST(Gate, LetsASocketJoinAsItsSubject) {
  const auto joining = [] { return Access::connected().actingAs("id"); };
  auto alice = connected(bearerOf("alice"));
  EXPECT_EQ(verdict(AuthMode::Jwt, joining(), alice, {{"id", "alice"}}), "");
  EXPECT_EQ(verdict(AuthMode::Jwt, joining(), alice, {{"id", "bob"}}), "FORBIDDEN");
  EXPECT_EQ(verdict(AuthMode::Jwt, sending(), alice, {{"senderId", "alice"}}), "UNAUTHENTICATED") << "not joined yet";
  for (const auto& who : {connected(bearerOf("root", "admin")), connected(backEnd())}) {
    auto caller = who;
    EXPECT_EQ(verdict(AuthMode::Jwt, joining(), caller, {{"id", "bob"}}), "");
    EXPECT_EQ(caller.userId, "") << "it is only about to become bob's";
  }
  auto anybody = socketOf("");
  EXPECT_EQ(verdict(AuthMode::Open, joining(), anybody, {{"id", "bob"}}), "");
  Caller http;
  EXPECT_EQ(verdict(AuthMode::Open, joining(), http, {{"id", "bob"}}), "UNAUTHENTICATED");
}

TEST(Gate, DoesNotLetASelfDeclaredAdminActForOthers) {
  auto admin = socketOf("alice");
  admin.role = "admin";
  EXPECT_EQ(verdict(AuthMode::Open, sending(), admin, {{"senderId", "bob"}}), "FORBIDDEN");
}

TEST(Gate, ChecksTheRole) {
  auto alice = socketOf("alice");
  alice.role = "user";
  EXPECT_EQ(verdict(AuthMode::Open, Access::role("admin"), alice, {}), "FORBIDDEN");
  alice.role = "admin";
  EXPECT_EQ(verdict(AuthMode::Open, Access::role("admin"), alice, {}), "");
}

TEST(Gate, CountsWhomItRefuses) {
  const Gate gate(AuthMode::Jwt, [](const std::string&, const std::string&) { return true; });
  Caller nobody;
  const auto none = [](std::string_view) { return std::nullopt; };
  EXPECT_THROW(gate.check(Access::joined().limitedAs(RateClass::Search), nobody, none), Error);
  gate.check(Access::anyone(), nobody, none);
  EXPECT_EQ(gate.refused(RateClass::Search, ErrorCode::Unauthenticated), 1U);
  EXPECT_EQ(gate.refused(RateClass::Default, ErrorCode::Unauthenticated), 0U);
}

TEST(Gate, TheTokenOfAnErasedUserCountsNoMore) {
  const Gate gate(
      AuthMode::Jwt, [](const auto&, const auto&) { return true; }, nullptr,
      [](const std::string& user) { return user == "alice"; });
  const auto codeFor = [&](Caller caller, const Access& access) -> std::string {
    try {
      gate.check(access, caller, [](std::string_view) { return std::nullopt; });
      return "";
    } catch (const Error& error) {
      return std::string(codeName(error.code()));
    }
  };
  EXPECT_EQ(codeFor(bearerOf("alice"), Access::joined()), "UNAUTHENTICATED");
  EXPECT_EQ(codeFor(bearerOf("alice", "admin"), Access::role("admin")), "UNAUTHENTICATED");
  EXPECT_EQ(codeFor(bearerOf("alice"), Access::anyone()), "");
  EXPECT_EQ(codeFor(bearerOf("bob"), Access::joined()), "");
  auto service = backEnd();
  service.subject = "alice";
  EXPECT_EQ(codeFor(service, Access::joined()), "");
}

}  // namespace parley::base
