// SPDX-License-Identifier: Apache-2.0
#include "door.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace parley::auth {

namespace {

using namespace test;

const std::string secret = "0123456789abcdef0123456789abcdef";
constexpr const char* noUserId =
    "the token's subject (auth.jwt.subjectClaim) is no user id: 1 to 64 characters of A-Z a-z 0-9 _ - . : @";

std::string with(const std::string& more, std::int64_t exp = now + 60) {
  return R"({"sub":"ann","exp":)" + std::to_string(exp) + more + "}";
}

JwtOptions shared() {
  JwtOptions options;
  options.secret = secret;
  return options;
}

JwtOptions withPem(const char* algorithm, const std::string& pem) {
  JwtOptions options;
  options.algorithm = algorithm;
  options.keyFile = fileWith(std::string(algorithm) + ".pem", pem);
  return options;
}

}  // namespace

TEST(Verifier, TakesTokensOfEachAlgorithm) {
  for (const auto& name : algorithmNames()) {
    const auto& algorithm = *findAlgorithm(name);
    const auto claims = with(R"(,"role":"doctor")");
    std::string token;
    JwtOptions options;
    if (algorithm.isSymmetric()) {
      options.algorithm = name;
      options.secret = std::string(algorithm.bytes, 's');
      token = hmacToken(headerOf(name), claims, options.secret, algorithm.digest);
    } else {
      const auto key = algorithm.kind == Algorithm::Kind::Rsa     ? rsaKey()
                       : algorithm.kind == Algorithm::Kind::Ecdsa ? curveKey(std::string(algorithm.crv).c_str())
                                                                  : edwardsKey();
      options = withPem(name.c_str(), publicPem(key));
      token = keyToken(algorithm, key, headerOf(name), claims);
    }
    Door door(options);
    const auto who = door.ask(token);
    ASSERT_TRUE(who) << name;
    EXPECT_EQ(who.value().subject, "ann");
    EXPECT_EQ(who.value().role, "doctor");
    EXPECT_FALSE(who.value().isService);
    EXPECT_EQ(who.value().expiresAt, Time(std::chrono::seconds(now + 60 + 30)));
    for (const auto part : {token.find('.') - 2, token.find('.') + 3, token.size() - 4}) {
      auto broken = token;
      broken[part] = broken[part] == 'A' ? 'B' : 'A';
      EXPECT_EQ(door.refusal(broken), notValid) << name << " changed at " << part;
    }
    EXPECT_EQ(door.refusal(token.substr(0, token.rfind('.') + 1) + "AAAA"), notValid) << name;
    const auto zeros = std::string(2 * algorithm.bytes, '\0');
    if (!zeros.empty()) {
      EXPECT_EQ(door.refusal(unsignedToken(headerOf(name), claims) + "." + base::toBase64Url(zeros)), notValid) << name;
    }
  }
}

TEST(Verifier, AcceptsTheConfiguredAlgorithmAlone) {
  Door door(shared());
  const auto claims = with("");
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), claims, secret)), "");
  for (const auto* algorithm : {"none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "ES256"})
    EXPECT_EQ(door.refusal(hmacToken(headerOf(algorithm), claims, secret)), notValid) << algorithm;
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS512"), claims, secret, "SHA512")), notValid);
  EXPECT_EQ(door.refusal(unsignedToken(headerOf("none"), claims) + "."), notValid) << "without a signature";
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), claims, secret + "x")), notValid);
}

TEST(Verifier, IsNotConfusedByAPublicKeyAsASecret) {
  const auto key = rsaKey();
  const auto pem = publicPem(key);
  Door door(withPem("RS256", pem));
  EXPECT_EQ(door.refusal(keyToken(*findAlgorithm("RS256"), key, headerOf("RS256"), with(""))), "");
  for (const auto* algorithm : {"HS256", "RS256"})
    EXPECT_EQ(door.refusal(hmacToken(headerOf(algorithm), with(""), pem)), notValid) << algorithm;
  EXPECT_EQ(door.refusal(keyToken(*findAlgorithm("RS512"), key, headerOf("RS512"), with(""))), notValid);
}

TEST(Verifier, TakesNoKeyFromTheToken) {
  Door door(shared());
  for (const auto* kid : {"../../../../dev/null", "/dev/null", "' UNION SELECT 'x", "x\\u0000", "$(id)", "%00"})
    for (const std::string key : {"", "x", "AAAA"})
      EXPECT_EQ(door.refusal(hmacToken(R"({"alg":"HS256","kid":")" + std::string(kid) + "\"}", with(""), key)),
                notValid)
          << kid;
  const auto own = rsaKey();
  auto options = withPem("RS256", publicPem(rsaKey()));
  Door other(options);
  JsonObject header{{"alg", "RS256"},
                    {"jwk", jwkOf(*findAlgorithm("RS256"), own, "mine")},
                    {"jku", "http://127.0.0.1/keys"},
                    {"x5u", "http://127.0.0.1/chain"}};
  EXPECT_EQ(other.refusal(keyToken(*findAlgorithm("RS256"), own, boost::json::serialize(header), with(""))), notValid);
}

TEST(Verifier, ChecksTheTimes) {
  Door door(shared());
  EXPECT_EQ(door.refusalOf(with("", now + 1)), "");
  EXPECT_EQ(door.refusalOf(with("", now - 29)), "") << "within the allowed difference of the clocks";
  EXPECT_EQ(door.refusalOf(with("", now - 30)), "the token has expired");
  EXPECT_EQ(door.refusalOf(with("", 0)), "the token has expired");
  EXPECT_EQ(door.refusalOf(with(R"(,"nbf":1700000030)")), "");
  EXPECT_EQ(door.refusalOf(with(R"(,"nbf":1700000031)")), notValid);
  EXPECT_EQ(door.refusalOf(with(R"(,"iat":1699999999)")), "");
  EXPECT_EQ(door.refusalOf(R"({"sub":"ann"})"), notValid) << "a token must end";
  for (const auto* wrong : {"1700000060.5", "1.7e9", "1e999", "-1", "99999999999999999999", "253402300800",
                            "9223372036854775807", "\"1700000060\"", "null", "true", "[1700000060]", "{}"}) {
    EXPECT_EQ(door.refusalOf(std::string(R"({"sub":"ann","exp":)") + wrong + "}"), notValid) << wrong;
    EXPECT_EQ(door.refusalOf(with(std::string(",\"nbf\":") + wrong)), notValid) << wrong;
    EXPECT_EQ(door.refusalOf(with(std::string(",\"iat\":") + wrong)), notValid) << wrong;
  }
}

TEST(Verifier, ChecksIssuerAndAudience) {
  auto options = shared();
  options.issuer = "https://id.example.org";
  options.audience = "chat";
  Door door(options);
  const std::string issuer = R"(,"iss":"https://id.example.org")";
  EXPECT_EQ(door.refusalOf(with(issuer + R"(,"aud":"chat")")), "");
  EXPECT_EQ(door.refusalOf(with(issuer + R"(,"aud":["mail","chat"])")), "");
  for (const auto* wrong : {"", R"(,"aud":"Chat")", R"(,"aud":["mail"])", R"(,"aud":[["chat"]])", R"(,"aud":[])",
                            R"(,"aud":{"chat":true})", R"(,"aud":null)"})
    EXPECT_EQ(door.refusalOf(with(issuer + wrong)), notValid) << wrong;
  for (const auto* wrong : {"", R"(,"iss":"https://id.example.org/")", R"(,"iss":["https://id.example.org"])"})
    EXPECT_EQ(door.refusalOf(with(std::string(R"(,"aud":"chat")") + wrong)), notValid) << wrong;
  EXPECT_EQ(door.refusalOf(with(R"(,"aud":"mail")", now - 99)), notValid) << "another's token is not even expired";
  Door any(shared());
  EXPECT_EQ(any.refusalOf(with(R"(,"aud":"chat")")), notValid) << "RFC 7519: a token that names others is for others";
}

TEST(Verifier, ReadsWhoItIs) {
  auto options = shared();
  options.roleClaim = "https://example.org/role";
  Door door(options);
  const auto who = [&](const std::string& claims) {
    return door.ask(hmacToken(headerOf("HS256"), claims, secret)).value();
  };
  EXPECT_EQ(who(with("")).role, "user") << "never nothing, which would count as not established";
  EXPECT_EQ(who(with(R"(,"https://example.org/role":"nurse")")).role, "nurse");
  EXPECT_EQ(who(with(R"(,"https://example.org/role":["a","admin"])")).role, "admin");
  EXPECT_EQ(who(with(R"(,"https://example.org/role":["a","b"])")).role, "a");
  EXPECT_EQ(who(with(R"(,"https://example.org/role":[])")).role, "user");
  EXPECT_TRUE(who(with(R"(,"service":true)")).isService);
  EXPECT_EQ(who(with(R"(,"service":true,"https://example.org/role":"admin")")).role, "");
  EXPECT_FALSE(who(with(R"(,"service":false)")).isService);
  for (const auto* wrong : {R"(,"service":"true")", R"(,"service":1)", R"(,"https://example.org/role":1)",
                            R"(,"https://example.org/role":["a",1])", R"(,"https://example.org/role":"")",
                            R"(,"https://example.org/role":"a\u0000b")"})
    EXPECT_EQ(door.refusalOf(with(wrong)), notValid) << wrong;
}

TEST(Verifier, TellsThatTheSubjectIsNoUserId) {
  Door door(shared());
  for (const auto* subject : {"\"\"", "\"a b\"", "\"a\\u0000\"", "\"a/b\"", "\"auth0|abc\"", "1", "null", "[\"ann\"]"})
    EXPECT_EQ(door.refusalOf(R"({"exp":1700000060,"sub":)" + std::string(subject) + "}"), noUserId) << subject;
  EXPECT_EQ(door.refusalOf(R"({"exp":1700000060,"sub":")" + std::string(65, 'a') + "\"}"), noUserId);
  EXPECT_EQ(door.refusalOf(R"({"exp":1700000060})"), noUserId);
  const std::string claims = R"({"exp":1700000060,"sub":"auth0|abc"})";
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), claims, secret + "x")), notValid)
      << "to those who can sign alone";
  EXPECT_EQ(door.refusalOf(R"({"exp":1700000060,"sub":"auth0|abc","aud":"mail"})"), notValid);
}

TEST(Verifier, TakesTheUserIdFromAnotherClaim) {
  auto options = shared();
  options.subjectClaim = "https://example.org/id";
  Door door(options);
  const auto subject = [&](const std::string& claims) {
    return door.ask(hmacToken(headerOf("HS256"), R"({"exp":1700000060,)" + claims + "}", secret)).value().subject;
  };
  EXPECT_EQ(subject(R"("sub":"auth0|abc","https://example.org/id":"ann")"), "ann");
  EXPECT_EQ(subject(R"("sub":"bob","https://example.org/id":"ann")"), "ann");
  EXPECT_EQ(subject(R"("https://example.org/id":"ann")"), "ann");
  for (const auto* wrong : {R"("sub":"ann")", R"("sub":"ann","https://example.org/id":"a|b")",
                            R"("sub":"ann","https://example.org/id":null)", R"("sub":"ann","service":false)",
                            R"("sub":"ann","service":true,"https://example.org/id":7)"})
    EXPECT_EQ(door.refusalOf(R"({"exp":1700000060,)" + std::string(wrong) + "}"), noUserId) << wrong;
  EXPECT_EQ(subject(R"("sub":"crm@clients","service":true)"), "crm@clients") << "a back end is nobody's";
  EXPECT_EQ(subject(R"("sub":"crm@clients","service":true,"https://example.org/id":"crm")"), "crm");
}

TEST(Verifier, RefusesWhatIsNoToken) {
  Door door(shared());
  EXPECT_EQ(door.refusal(""), "a token is needed");
  for (const auto& text : {std::string("x"), std::string("a.b.c"), std::string(100'000, 'a'), std::string(10, '.'),
                           hmacToken(headerOf("HS256"), with(R"(,"x":")" + std::string(8000, 'x') + "\""), secret)})
    EXPECT_EQ(door.refusal(text), notValid);
}

TEST(Verifier, ReadsItsKeysAnewOrKeepsThem) {
  Door door(shared());
  const auto token = hmacToken(headerOf("HS256"), with(""), secret);
  auto options = shared();
  options.secret = "too short";
  EXPECT_THROW(door.verifier.reload(options), KeyFault);
  EXPECT_EQ(door.refusal(token), "");
  options.secret = std::string(32, 'n');
  door.verifier.reload(options);
  EXPECT_EQ(door.refusal(token), notValid);
  EXPECT_EQ(door.refusal(hmacToken(headerOf("HS256"), with(""), options.secret)), "");
}

TEST(Bearer, IsReadFromTheHeader) {
  EXPECT_EQ(bearerOf("Bearer abc"), "abc");
  EXPECT_EQ(bearerOf("bearer  abc"), "abc");
  for (const auto* wrong : {"", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc"}) EXPECT_EQ(bearerOf(wrong), "");
}

}  // namespace parley::auth
