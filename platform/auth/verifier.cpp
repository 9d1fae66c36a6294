// SPDX-License-Identifier: Apache-2.0
#include "auth/verifier.h"

#include "auth/token.h"
#include "base/log.h"

#include <strings.h>

#include <utility>
#include <variant>

namespace parley::auth {

struct Verifier::Rules {
  JwtOptions options;
  KeySet fixed;
  std::shared_ptr<RemoteKeys> remote;  ///< instead of `fixed`

  std::shared_ptr<const KeySet> keys(const std::shared_ptr<const Rules>& self) const {
    return remote ? remote->keys() : std::shared_ptr<const KeySet>(self, &fixed);
  }
};

namespace {

const char* detailOf(Refusal::Told told) {
  switch (told) {
    case Refusal::Told::Nothing: break;
    case Refusal::Told::Expired: return "the token has expired";
    case Refusal::Told::NoUserId:
      return "the token's subject (auth.jwt.subjectClaim) is no user id: 1 to 64 characters of A-Z a-z 0-9 _ - . : @";
  }
  return "the token is not valid";
}

Error errorOf(const Refusal& refusal) {
  base::log("auth").debug("a token was refused: {}", refusal.reason);
  return {ErrorCode::Unauthenticated, detailOf(refusal.told)};
}

Result<Identity> resultOf(KeySet::Check check, const Token& token, const JwtOptions& options, Time now) {
  switch (check) {
    case KeySet::Check::NoSuchKey: return errorOf({"its key is not known"});
    case KeySet::Check::Wrong: return errorOf({"its signature is wrong"});
    case KeySet::Check::Right: break;
  }
  auto verdict = identityOf(token.claims, options, now);
  if (const auto* refusal = std::get_if<Refusal>(&verdict)) return errorOf(*refusal);
  return std::get<Identity>(std::move(verdict));
}

}  // namespace

Verifier::Verifier(const JwtOptions& options, base::WorkerPool& pool, const Clock& clock, Fetch fetch,
                   std::shared_ptr<const OwnKey> own, base::RateLimits* limits, const Revocations* takenBack)
    : pool_(pool),
      clock_(clock),
      fetch_(std::move(fetch)),
      own_(std::move(own)),
      limits_(limits),
      takenBack_(takenBack),
      rules_(make(options, nullptr)) {
  if (rules_->remote) rules_->remote->keepFresh();
}

Verifier::~Verifier() {
  if (rules_->remote) rules_->remote->abandon();
}

std::shared_ptr<const Verifier::Rules> Verifier::rules() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

std::shared_ptr<const Verifier::Rules> Verifier::make(const JwtOptions& options, const Rules* before) const {
  auto next = std::make_shared<Rules>();
  next->options = options;
  next->fixed = readKeys(options);
  if (options.jwksUrl.empty() && options.oidcIssuer.empty()) return next;
  const bool same = before != nullptr && before->remote &&
                    before->remote->source() == (options.jwksUrl.empty() ? options.oidcIssuer : options.jwksUrl) &&
                    before->options.algorithm == options.algorithm;
  next->remote =
      std::make_shared<RemoteKeys>(options, pool_, clock_, fetch_, same ? *before->remote->keys() : KeySet());
  return next;
}

void Verifier::reload(const JwtOptions& options) {
  auto next = make(options, rules().get());
  if (next->remote) next->remote->keepFresh();
  const std::lock_guard lock(mutex_);
  rules_.swap(next);
}

void Verifier::addCredential(const std::string& prefix, CredentialCheck check) {
  // The header of a token is a JSON object, whose text in base64url begins with an e.
  if (prefix.size() < 4 || prefix.front() == 'e')
    throw Error(ErrorCode::ValidationFailed, "the prefix of a credential must have 4 characters and not begin with e");
  const std::lock_guard lock(mutex_);
  for (const auto& known : credentials_)
    if (known.prefix.starts_with(prefix) || prefix.starts_with(known.prefix))
      throw Error(ErrorCode::Conflict, "credentials that begin with " + known.prefix + " are another's");
  credentials_.push_back({prefix, std::move(check)});
}

void Verifier::removeCredential(const std::string& prefix) {
  const std::lock_guard lock(mutex_);
  std::erase_if(credentials_, [&prefix](const Credential& one) { return one.prefix == prefix; });
}

Verifier::CredentialCheck Verifier::credentialCheck(std::string_view text) const {
  const std::lock_guard lock(mutex_);
  for (const auto& one : credentials_)
    if (text.starts_with(one.prefix)) return one.check;
  return {};
}

Result<Identity> Verifier::ofCredential(const CredentialCheck& check, const std::string& text,
                                        const JwtOptions& options) const {
  if (text.size() > options.maxTokenBytes) return errorOf({"it is too long"});
  try {
    auto who = check(text);
    if (!who) return errorOf({"it is a credential that is not known"});
    if (clock_.now() >= who->expiresAt) return errorOf({"it is a credential that has ended", Refusal::Told::Expired});
    return *std::move(who);
  } catch (const Error& error) {
    return error;
  }
}

Result<Identity> Verifier::ofOwn(const Token& token, const JwtOptions& options) const {
  JwtOptions own;
  own.issuer = OwnKey::issuer;
  own.clockSkew = options.clockSkew;
  auto who = resultOf(own_->hasSigned(token) ? KeySet::Check::Right : KeySet::Check::Wrong, token, own, clock_.now());
  if (who && takenBack_ != nullptr && takenBack_->covers(who.value().subject, OwnKey::issuedAt(token)))
    return errorOf({"it was taken back"});
  return who;
}

void Verifier::verify(std::string text, Done done, const std::string& address) {
  if (text.empty()) return done(Error(ErrorCode::Unauthenticated, "a token is needed"));
  judge(std::move(text), [this, address, done = std::move(done)](Result<Identity> who) {
    const bool isRefused = !who && who.error().code() == ErrorCode::Unauthenticated;
    if (isRefused) refused_.add();
    const bool isCounted = isRefused && limits_ != nullptr && !address.empty();
    done(isCounted ? limits_->afterFailure(address, who.error()) : std::move(who));
  });
}

void Verifier::judge(std::string text, const Done& done) {
  const auto rules = this->rules();
  if (const auto check = credentialCheck(text)) return done(ofCredential(check, text, rules->options));
  const auto held = std::make_shared<const std::string>(std::move(text));
  const auto token = readToken(*held, rules->options.maxTokenBytes);
  if (!token) return done(errorOf({"it is no token"}));
  if (own_ && own_->isNamedBy(*token)) return done(ofOwn(*token, rules->options));
  if (token->algorithm != rules->options.algorithm) return done(errorOf({"its algorithm is another one"}));
  if (rules->remote) rules->remote->keepFresh();

  const auto check = rules->keys(rules)->check(*token);
  if (!rules->remote || check != KeySet::Check::NoSuchKey)
    return done(resultOf(check, *token, rules->options, clock_.now()));
  const auto decide = [this, rules, held, token, done] {
    const auto now = rules->keys(rules);
    if (now->empty()) return done(Error(ErrorCode::Unavailable, "the keys of the tokens are not at hand"));
    done(resultOf(now->check(*token), *token, rules->options, clock_.now()));
  };
  // A provider that has changed its keys: they are asked for at most once per interval, whoever asks.
  if (!rules->remote->refresh(decide)) decide();
}

std::string bearerOf(std::string_view authorization) {
  constexpr std::string_view scheme = "Bearer ";
  if (authorization.size() <= scheme.size() || strncasecmp(authorization.data(), scheme.data(), scheme.size()) != 0)
    return {};
  const auto token = authorization.substr(scheme.size());
  return std::string(token.substr(std::min(token.find_first_not_of(' '), token.size())));
}

}  // namespace parley::auth
