// SPDX-License-Identifier: Apache-2.0
#include "auth/jwk.h"
#include "auth/key_set.h"
#include "signer.h"

#include <gtest/gtest.h>

namespace parley::auth {

namespace {

using namespace test;

/// `setting: what`, or "" when the keys can be used.
std::string fault(const JwtOptions& options) {
  try {
    readKeys(options);
    return "";
  } catch (const KeyFault& error) {
    return error.setting() + ": " + error.what();
  }
}

std::string secretFault(const char* algorithm, const std::string& secret) {
  JwtOptions options;
  options.algorithm = algorithm;
  options.secret = secret;
  return fault(options);
}

std::string pemFault(const char* algorithm, const std::string& pem) {
  JwtOptions options;
  options.algorithm = algorithm;
  options.keyFile = fileWith("fault.pem", pem);
  return fault(options);
}

std::string urlFault(const std::string& url) {
  JwtOptions options;
  options.algorithm = "RS256";
  options.jwksUrl = url;
  return fault(options);
}

const Algorithm& rs256 = *findAlgorithm("RS256");
const Algorithm& es256 = *findAlgorithm("ES256");

}  // namespace

TEST(Keys, MustBeStrongEnough) {
  EXPECT_EQ(secretFault("HS256", std::string(32, 's')), "");
  EXPECT_EQ(secretFault("HS256", std::string(31, 's')), "jwt.secret: must have at least 32 bytes for HS256");
  EXPECT_EQ(secretFault("HS384", std::string(47, 's')), "jwt.secret: must have at least 48 bytes for HS384");
  EXPECT_EQ(secretFault("HS512", std::string(63, 's')), "jwt.secret: must have at least 64 bytes for HS512");
  EXPECT_EQ(secretFault("HS256", ""), "jwt.secret: is needed for HS256");
  EXPECT_EQ(pemFault("RS256", publicPem(rsaKey(1024))), "jwt.keyFile: must have 2048 to 8192 bits, not 1024");
}

TEST(Keys, AreOfTheRightKind) {
  const auto rsa = rsaKey();
  const auto curve = curveKey("P-256");
  EXPECT_EQ(pemFault("RS512", publicPem(rsa)), "");
  EXPECT_EQ(pemFault("ES256", publicPem(curve) + "\n" + publicPem(curveKey("P-256"))), "");
  EXPECT_EQ(pemFault("RS256", publicPem(curve)), "jwt.keyFile: is not an RSA key");
  EXPECT_EQ(pemFault("ES256", publicPem(rsa)), "jwt.keyFile: is not a key on the curve P-256");
  EXPECT_EQ(pemFault("ES384", publicPem(curve)), "jwt.keyFile: is not a key on the curve P-384");
  EXPECT_EQ(pemFault("EdDSA", publicPem(curve)), "jwt.keyFile: is not an Ed25519 key");
  EXPECT_EQ(pemFault("RS256", privatePem(rsa)),
            "jwt.keyFile: holds a private key; the server needs the public one alone");
  EXPECT_EQ(pemFault("RS256", "nonsense"), "jwt.keyFile: holds no public key in PEM");
  EXPECT_EQ(pemFault("RS256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
            "jwt.keyFile: is no public key");
  EXPECT_EQ(secretFault("HS256", publicPem(rsa)),
            "jwt.secret: is a key file's content; a shared secret is known to nobody else");
}

TEST(Keys, ComeFromOnePlace) {
  JwtOptions options;
  options.algorithm = "RS256";
  EXPECT_NE(fault(options).find("jwt.keyFile: or jwksFile, jwksUrl or auth.oidc.issuer"), std::string::npos);
  options.keyFile = fileWith("one.pem", publicPem(rsaKey()));
  EXPECT_EQ(fault(options), "");
  options.jwksUrl = "https://id.example.org/keys";
  EXPECT_EQ(fault(options), "jwt.jwksUrl: cannot be used together with auth.jwt.keyFile");
  options.jwksUrl.clear();
  options.secret = std::string(32, 's');
  EXPECT_EQ(fault(options), "jwt.secret: is not used with RS256");
  options.algorithm = "HS256";
  EXPECT_EQ(fault(options), "jwt.keyFile: is not used with HS256");
  options.keyFile = "/no/such/file";
  options.algorithm = "RS256";
  options.secret.clear();
  EXPECT_EQ(fault(options), "jwt.keyFile: the file " + options.keyFile + " cannot be read: No such file or directory");
}

TEST(Keys, AreNotFetchedWhereOthersCanChangeThem) {
  for (const auto* url :
       {"https://id.example.org/keys", "http://127.0.0.1:8080/keys", "http://localhost/keys", "http://[::1]:8080/keys"})
    EXPECT_EQ(urlFault(url), "") << url;
  for (const auto* url : {"http://id.example.org/keys", "http://127.0.0.1.example.org/", "http://127.evil/keys",
                          "http://localhost@example.org/", "http://127.0.0.1:80@example.org/", "file:///etc/keys",
                          "ftp://127.0.0.1/", "keys.json", "http://"})
    EXPECT_NE(urlFault(url), "") << url;
}

TEST(Jwks, GivesTheKeysForSignaturesAlone) {
  const auto key = rsaKey();
  const auto good = jwkOf(rs256, key, "one");
  const auto changed = [&](const char* member, const Json& value) {
    auto jwk = good;
    jwk[member] = value;
    return jwk;
  };
  EXPECT_EQ(keysOfJwks(rs256, jwksOf({good, jwkOf(es256, curveKey("P-256"), "two")})).size(), 1U);
  EXPECT_EQ(keysOfJwks(es256, jwksOf({good, jwkOf(es256, curveKey("P-256"), "two")})).size(), 1U);
  EXPECT_EQ(keysOfJwks(*findAlgorithm("RS512"), jwksOf({good})).size(), 0U) << "it says that it is for RS256";
  for (const JsonObject& wrong :
       {changed("use", "enc"), changed("alg", "RS512"), changed("kty", "oct"), changed("kty", 1), changed("n", "AQAB"),
        changed("n", "!"), changed("e", ""), changed("e", "AA"), changed("key_ops", JsonArray{"sign"}),
        changed("kid", Json(std::string(300, 'k'))), jwkOf(rs256, rsaKey(1024), "weak")})
    EXPECT_EQ(keysOfJwks(rs256, jwksOf({wrong})).size(), 0U) << boost::json::serialize(wrong);
  EXPECT_EQ(keysOfJwks(rs256, jwksOf({changed("key_ops", JsonArray{"verify"})})).size(), 1U);
  for (const auto* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[1,null,{}]})", "<html>"})
    EXPECT_EQ(keysOfJwks(rs256, text).size(), 0U) << text;
}

TEST(Jwks, TakesNoPointOffTheCurve) {
  auto jwk = jwkOf(es256, curveKey("P-256"), "one");
  EXPECT_EQ(keysOfJwks(es256, jwksOf({jwk})).size(), 1U);
  jwk["y"] = base::toBase64Url(std::string(32, '\1'));
  EXPECT_EQ(keysOfJwks(es256, jwksOf({jwk})).size(), 0U);
  jwk["y"] = base::toBase64Url(std::string(31, '\1'));
  EXPECT_EQ(keysOfJwks(es256, jwksOf({jwk})).size(), 0U);
}

TEST(KeySet, WantsTheKeyThatIsNamed) {
  const auto one = rsaKey();
  const auto two = rsaKey();
  JwtOptions options;
  options.algorithm = "RS256";
  options.jwksFile = fileWith("two.json", jwksOf({jwkOf(rs256, one, "one"), jwkOf(rs256, two, "two")}));
  const auto set = readKeys(options);
  const auto check = [&](const PrivateKey& key, const std::string& kid) {
    const auto text = keyToken(rs256, key, headerOf("RS256", kid), "{}");
    return set.check(*readToken(text, 8192));
  };
  EXPECT_EQ(check(one, "one"), KeySet::Check::Right);
  EXPECT_EQ(check(two, "two"), KeySet::Check::Right);
  EXPECT_EQ(check(one, "two"), KeySet::Check::Wrong);
  EXPECT_EQ(check(one, "three"), KeySet::Check::NoSuchKey);
  EXPECT_EQ(check(one, ""), KeySet::Check::NoSuchKey) << "which of them?";
}

}  // namespace parley::auth
