// SPDX-License-Identifier: Apache-2.0
#include "auth/discovery.h"

#include "auth/key_set.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace parley::auth {

namespace {

constexpr const char* issuer = "https://id.example.org/realm";

std::string described(const std::string& by, const std::string& keys) {
  return R"({"issuer":")" + by + R"(","jwks_uri":")" + keys + R"(","scopes_supported":["openid"]})";
}

std::string faultOf(const JwtOptions& options) {
  try {
    readKeys(options);
    return "";
  } catch (const KeyFault& fault) {
    return fault.setting();
  }
}

}  // namespace

TEST(Discovery, FindsTheDescription) {
  EXPECT_EQ(discoveryUrlOf(issuer), "https://id.example.org/realm/.well-known/openid-configuration");
  EXPECT_EQ(discoveryUrlOf("https://id.example.org/"), "https://id.example.org/.well-known/openid-configuration");
}

TEST(Discovery, BelievesTheIssuerItself) {
  EXPECT_EQ(keysUrlOf(described(issuer, "https://keys.example.org/v1"), issuer), "https://keys.example.org/v1");
  for (const std::string other :
       {"", "https://id.example.org/realm/", "https://id.example.org", "https://evil.example"})
    EXPECT_THROW(keysUrlOf(described(other, "https://keys.example.org/v1"), issuer), std::runtime_error) << other;
  for (const std::string url : {"", "http://keys.example.org", "file:///etc/keys", "HTTPS://keys.example.org", "keys"})
    EXPECT_THROW(keysUrlOf(described(issuer, url), issuer), std::runtime_error) << url;
  for (const std::string nonsense : {"", "[]", "{}", "<html>", R"({"issuer":5,"jwks_uri":"https://x"})",
                                     R"({"issuer":"https://id.example.org/realm","jwks_uri":["https://x"]})"})
    EXPECT_THROW(keysUrlOf(nonsense, issuer), std::runtime_error) << nonsense;
}

TEST(Discovery, IsSafeOnThisMachineWithoutTls) {
  for (const auto* url : {"https://id.example.org", "http://127.0.0.1:8080/x", "http://localhost/", "http://[::1]:80"})
    EXPECT_TRUE(isSafeUrl(url)) << url;
  for (const auto* url : {"", "http://", "http://id.example.org", "http://localhost@evil.example",
                          "http://127.0.0.1.nip.io", "http://localhost.evil.example:80/", "ftp://127.0.0.1"})
    EXPECT_FALSE(isSafeUrl(url)) << url;
}

TEST(Discovery, NeedsToKnowWhichTokensAreForUs) {
  JwtOptions options;
  options.algorithm = "RS256";
  options.oidcIssuer = options.issuer = issuer;
  EXPECT_EQ(faultOf(options), "jwt.audience");
  options.audience = "chat";
  EXPECT_EQ(faultOf(options), "");
  options.issuer = "https://other.example.org";
  EXPECT_EQ(faultOf(options), "jwt.issuer");
  options.jwksUrl = "https://id.example.org/keys";
  EXPECT_EQ(faultOf(options), "oidc.issuer");
}

}  // namespace parley::auth
