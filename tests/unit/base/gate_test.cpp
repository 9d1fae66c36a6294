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

TEST(Gate, ChecksTheRole) {
  auto alice = socketOf("alice");
  alice.role = "user";
  EXPECT_EQ(verdict(AuthMode::Open, Access::role("admin"), alice, {}), "FORBIDDEN");
  alice.role = "admin";
  EXPECT_EQ(verdict(AuthMode::Open, Access::role("admin"), alice, {}), "");
}

}  // namespace parley::base
