// SPDX-License-Identifier: Apache-2.0
#include "auth/algorithm.h"
#include "host/settings_rows.h"

namespace parley::host {

using namespace settings_units;

namespace {

/// The limits of a class of calls, a minute; `what` these are.
void limitRows(SettingsTable& t, const std::string& rateClass, const std::string& what, std::int64_t perUser,
               std::int64_t perAddress, std::int64_t burst, std::int64_t atOnce = 0) {
  constexpr std::int64_t most = 1'000'000'000;
  t.group("limits." + rateClass);
  t.integer("perUser", perUser, 0, most, "calls/min", Apply::Reload,
            what + ": events and requests of one user; more are RATE_LIMITED. 0: no limit.");
  t.integer("perAddress", perAddress, 0, most, "calls/min", Apply::Reload,
            what + ": of one IPv4 address, or IPv6 /64. 0: no limit.");
  t.integer("burst", burst, 1, 3'600, "s", Apply::Reload, what + ": the calls of how many seconds may come at once.");
  t.integer("atOnce", atOnce, 0, 1'000'000, "", Apply::Reload,
            what + ": requests of one user that may run at the same time; more are RATE_LIMITED. 0: no limit.");
}

}  // namespace

void addLimitSettings(SettingsTable& t) {
  limitRows(t, "message", "Sending and forwarding", 60'000, 600'000, 10);
  limitRows(t, "read", "History, lists, what was missed, marks of reading", 60'000, 600'000, 10);
  limitRows(t, "search", "Searches, lists of users", 3'000, 30'000, 10, 8);
  limitRows(t, "upload", "Uploads and their pieces", 6'000, 60'000, 10, 16);
  limitRows(t, "auth", "Logins, and tokens that do not count", 600, 600, 60);
  limitRows(t, "default", "All else", 60'000, 600'000, 10);
  t.group("limits");
  t.list("exempt", Apply::Reload,
         "Networks (`10.0.0.0/8`, `2001:db8::/32`) of back ends, whose addresses are not limited.",
         {"127.0.0.0/8", "::1"});
  t.integer("maxTracked", 100'000, 1'000, 10'000'000, "", Apply::Reload,
            "Users, and addresses, of each class whose calls are remembered; about 100 bytes each.");
}

void addAuthSettings(SettingsTable& t) {
  t.group("auth");
  t.choice(
      "mode", {"open", "jwt"}, Apply::Restart,
      "`open` believes the ids in requests: for a trusted back end or a first try. `jwt` asks everybody for a token.");
  t.flag("allowOpenOnNetwork", false, Apply::Restart,
         "Lets `open` mode listen on an address that other machines can reach.");
  t.flag(
      "ownTokens", false, Apply::Restart,
      "Whether `jwt` mode also takes tokens that the server signs itself, for its own accounts. The key is made at the "
      "first start and kept in the store; `auth.jwt` need not name another then.");
  t.choice("jwt.algorithm", auth::algorithmNames(), Apply::Reload,
           "How tokens are signed; those signed in another way are refused.");
  t.secret("jwt.secret", Apply::Reload, "The shared key of HS256, HS384 or HS512: at least 32, 48 or 64 random bytes.");
  t.text(
      "jwt.keyFile", "", Apply::Reload,
      "PEM file with one or more public keys or certificates, for the other algorithms. SIGHUP reads a changed file.");
  t.text("jwt.jwksFile", "", Apply::Reload, "JSON file with a JWK Set instead. SIGHUP reads a changed file.");
  t.text(
      "jwt.jwksUrl", "", Apply::Reload,
      "`https://` URL of a JWK Set instead; `http://` on this machine alone. A token with a key that is not known has "
      "it fetched anew.");
  t.text("oidc.issuer", "", Apply::Reload,
         "`https://` URL of an OpenID Connect provider instead, `http://` on this machine alone: it tells itself where "
         "its "
         "keys are. Its tokens must have it as `iss`, and `auth.jwt.audience` as `aud`.");
  t.text("jwt.caFile", "", Apply::Reload,
         "PEM file with the authorities that certify the host of `jwksUrl` or `oidc.issuer`; empty: the system's.");
  t.text("jwt.issuer", "", Apply::Reload, "What `iss` of a token must be; empty: anything.");
  t.text("jwt.audience", "", Apply::Reload,
         "What `aud` of a token must be or have in it; empty: a token that has an `aud` is refused.");
  t.text("jwt.subjectClaim", "sub", Apply::Reload,
         "The claim that is the user's id. Another one than `sub` where a provider's subjects are no user ids, such as "
         "`auth0|abc`: one that the provider gives to one user alone, and never to another.");
  t.text("jwt.roleClaim", "role", Apply::Reload,
         "The claim that holds the user's role, a text or a list of texts (`admin` where it is in it, else the first); "
         "without it the role is `user`.");
  t.text("jwt.serviceClaim", "service", Apply::Reload,
         "The claim that is true in the token of a back end, which may act for anyone.");
  t.integer("jwt.clockSkew", 30'000, 0, 10 * minute, "ms", Apply::Reload,
            "How far the clock of who makes the tokens may differ: they count so much longer, and sooner.");
  t.integer("jwt.maxTokenBytes", 8 * kibi, 256, 64 * kibi, "bytes", Apply::Reload, "A longer token is refused.");
  t.integer("jwt.refreshInterval", 30'000, 100, 1 * hour, "ms", Apply::Reload,
            "The least time from one fetch of `jwksUrl` to the next; SIGHUP fetches at once.");
  t.integer(
      "jwt.maxKeyAge", 10 * minute, 1'000, 24 * hour, "ms", Apply::Reload,
      "After that the keys from `jwksUrl` are fetched anew, so that one that was taken back ends. While that fails, "
      "the old ones count.");
  t.integer("jwt.fetchTimeout", 5'000, 100, 1 * minute, "ms", Apply::Reload, "How long a fetch of `jwksUrl` may take.");
  t.integer("jwt.maxKeySetBytes", 256 * kibi, 1 * kibi, 16 * mebi, "bytes", Apply::Reload,
            "The largest key file or JWK Set.");
  t.integer("jwt.maxWaiting", 1'000, 0, 1'000'000, "", Apply::Reload,
            "Tokens that may wait for a fetch of the keys; more are refused.");
}

}  // namespace parley::host
