// SPDX-License-Identifier: Apache-2.0
// Tokens that the server signs itself, and what else may stand for a token.
#include "auth/own_key.h"

#include "door.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace parley::auth {

namespace {

using namespace test;

const std::string others = "0123456789abcdef0123456789abcdef";
const std::string ownSecret = "the server's own secret, long enough";

JwtOptions beside(const std::string& secret) {
  JwtOptions options;
  options.secret = secret;
  options.ownTokens = true;
  options.roleClaim = "groups";
  options.issuer = secret.empty() ? "" : "https://id.example.org";
  return options;
}

/// A verifier of own tokens, and of those that are signed with `others`.
struct OwnDoor : Door {
  explicit OwnDoor(const std::string& ofOthers = others,
                   std::shared_ptr<const OwnKey> own = std::make_shared<const OwnKey>(ownSecret))
      : Door(beside(ofOthers), own), key(std::move(own)) {}

  std::string issue(const Identity& who) const { return key->sign(who, clock.now()); }

  std::shared_ptr<const OwnKey> key;
};

const Identity ann{"ann", "doctor", false, Time(std::chrono::seconds(now + 60))};

std::string kidOf(const std::string& token) {
  return *readToken(token, 8192)->kid;
}

}  // namespace

TEST(OwnTokens, CountBesideThoseOfOthers) {
  OwnDoor door;
  const auto who = door.ask(door.issue(ann));
  ASSERT_TRUE(who) << who.error().detail();
  EXPECT_EQ(who.value().subject, "ann");
  EXPECT_EQ(who.value().role, "doctor") << "whatever the claim is called in the tokens of others";
  EXPECT_FALSE(who.value().isService);
  EXPECT_EQ(who.value().expiresAt, Time(std::chrono::seconds(now + 60 + 30)));
  EXPECT_TRUE(door.ask(door.issue({"crm", "", true, ann.expiresAt})).value().isService);
  const std::string claims = R"({"iss":"https://id.example.org","sub":"bob","exp":1700000060})";
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), claims, others)), "");
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256", "a kid"), claims, others)), "");
}

TEST(OwnTokens, MayBeTheOnlyOnes) {
  OwnDoor door("");
  EXPECT_EQ(door.refusal(door.issue(ann)), "");
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), R"({"sub":"bob","exp":1700000060})", "")), notValid);
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), R"({"sub":"bob","exp":1700000060})", others)), notValid);
}

TEST(OwnTokens, AreOfTheirKeyAlone) {
  OwnDoor door;
  const auto token = door.issue(ann);
  const auto kid = kidOf(token);
  const std::string claims = R"({"iss":"parley","sub":"ann","role":"admin","exp":1700000060})";
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256", kid), claims, ownSecret)), "") << "what the others lack";
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256", kid), claims, others)), notValid);
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), claims, ownSecret)), notValid);
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), claims, others)), notValid) << "of another issuer";
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS512", kid), claims, ownSecret, "SHA512")), notValid);
  EXPECT_EQ(door.refusal(unsignedToken(headerOf("none", kid), claims) + "."), notValid);
  for (const std::string wrong : {R"({"sub":"ann","exp":1700000060})", R"({"iss":"parley","sub":"ann"})",
                                  R"({"iss":"parley","aud":"x","sub":"ann","exp":1700000060})"})
    EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256", kid), wrong, ownSecret)), notValid) << wrong;
  const OwnKey another(ownSecret + "!");
  EXPECT_EQ(door.refusal(another.sign(ann, door.clock.now())), notValid);
  EXPECT_NE(kidOf(another.sign(ann, door.clock.now())), kid);
  EXPECT_EQ(kid.find(ownSecret.substr(0, 4)), std::string::npos);
  EXPECT_THROW(OwnKey("too short"), std::invalid_argument);
}

TEST(OwnTokens, End) {
  OwnDoor door;
  const auto token = door.issue(ann);
  door.clock.passed = std::chrono::seconds(89);
  EXPECT_EQ(door.refusal(token), "");
  door.clock.passed = std::chrono::seconds(90);
  EXPECT_EQ(door.refusal(token), "the token has expired");
}

TEST(Credentials, StandForATokenWhileTheyAreKnown) {
  OwnDoor door;
  door.verifier.addCredential("key_", [&](const std::string& text) -> std::optional<Identity> {
    if (text == "key_busy") throw Error(ErrorCode::Unavailable, "the store is away");
    if (text != "key_right") return std::nullopt;
    return Identity{"crm", "", true, ann.expiresAt};
  });
  EXPECT_EQ(door.ask("key_right").value().subject, "crm");
  EXPECT_EQ(door.refusal("key_wrong"), notValid);
  EXPECT_EQ(door.ask("key_busy").error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(door.refusal("key_" + std::string(100'000, 'x')), notValid);
  EXPECT_EQ(door.refusal(door.issue(ann)), "");
  door.clock.passed = std::chrono::seconds(60);
  EXPECT_EQ(door.refusal("key_right"), "the token has expired");
  door.clock.passed = {};
  door.verifier.removeCredential("key_");
  EXPECT_EQ(door.refusal("key_right"), notValid);
}

TEST(Credentials, AreToldFromTokensAndFromEachOther) {
  OwnDoor door;
  const auto nobody = [](const std::string&) { return std::optional<Identity>(); };
  const auto codeOf = [&](const std::string& prefix) {
    try {
      door.verifier.addCredential(prefix, nobody);
    } catch (const Error& error) {
      return std::string(codeName(error.code()));
    }
    return std::string();
  };
  for (const auto* prefix : {"", "key", "eyJh"}) EXPECT_EQ(codeOf(prefix), "VALIDATION_FAILED") << prefix;
  EXPECT_EQ(codeOf("key_"), "");
  for (const auto* prefix : {"key_", "key_a"}) EXPECT_EQ(codeOf(prefix), "CONFLICT") << prefix;
  EXPECT_EQ(codeOf("keys_"), "");
}

}  // namespace parley::auth
