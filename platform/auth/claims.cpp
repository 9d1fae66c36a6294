// SPDX-License-Identifier: Apache-2.0
#include "auth/claims.h"

#include <parley/fields.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace parley::auth {

namespace {

constexpr std::int64_t lastSecond = 253'402'300'799;  // of the year 9999
constexpr std::size_t maxRole = 64;

enum class Given { Absent, Wrong, Right };

struct Moment {
  Given given = Given::Absent;
  Time time{};
};

Moment momentOf(const JsonObject& claims, std::string_view name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr) return {};
  // Digits alone: neither a fraction nor an exponent, which are doubles.
  if (!value->is_int64() || value->get_int64() < 0 || value->get_int64() > lastSecond) return {Given::Wrong, {}};
  return {Given::Right, Time(std::chrono::seconds(value->get_int64()))};
}

bool names(const Json* audience, const std::string& wanted) {
  const auto isWanted = [&wanted](const Json& one) { return one.is_string() && one.get_string() == wanted; };
  if (audience->is_string()) return isWanted(*audience);
  return audience->is_array() && std::any_of(audience->get_array().begin(), audience->get_array().end(), isWanted);
}

/// RFC 7519 section 4.1.3: a token that names an audience is for nobody else.
bool isForUs(const JsonObject& claims, const std::string& wanted) {
  const auto* audience = claims.if_contains("aud");
  return audience == nullptr ? wanted.empty() : !wanted.empty() && names(audience, wanted);
}

bool isRole(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_string();
  return !text.empty() && text.size() <= maxRole &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; });
}

/// A text, or a list: `admin` where it is in it, else the first.
std::optional<std::string> roleOf(const JsonObject& claims, const std::string& name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr || value->is_null()) return "user";
  if (value->is_string()) return isRole(*value) ? std::optional(std::string(value->get_string())) : std::nullopt;
  if (!value->is_array()) return std::nullopt;
  const auto& list = value->get_array();
  if (!std::all_of(list.begin(), list.end(), isRole)) return std::nullopt;
  if (list.empty()) return "user";
  const auto* admin = std::find(list.begin(), list.end(), Json("admin"));
  return std::string((admin == list.end() ? list.front() : *admin).get_string());
}

Given serviceOf(const JsonObject& claims, const std::string& name) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr) return Given::Absent;
  if (!value->is_bool()) return Given::Wrong;
  return value->get_bool() ? Given::Right : Given::Absent;
}

/// Nothing when now is within the token's time.
std::optional<Refusal> timeFault(const Moment& begin, const Moment& end, const JwtOptions& options, Time now) {
  if (end.given != Given::Right) return Refusal{"exp is missing or no time"};
  if (begin.given == Given::Wrong) return Refusal{"nbf is no time"};
  if (begin.given == Given::Right && now + options.clockSkew < begin.time) return Refusal{"nbf is to come"};
  if (now >= end.time + options.clockSkew) return Refusal{"exp has passed", Refusal::Told::Expired};
  return std::nullopt;
}

}  // namespace

Verdict identityOf(const JsonObject& claims, const JwtOptions& options, Time now) {
  const auto end = momentOf(claims, "exp");
  // First who made it for whom: only then is the bearer told that it has expired.
  if (!options.issuer.empty() && textOf(claims, "iss") != options.issuer) return Refusal{"iss is another one"};
  if (!isForUs(claims, options.audience)) return Refusal{"aud is another one"};
  if (momentOf(claims, "iat").given == Given::Wrong) return Refusal{"iat is no time"};
  if (const auto fault = timeFault(momentOf(claims, "nbf"), end, options, now)) return *fault;
  const auto service = serviceOf(claims, options.serviceClaim);
  if (service == Given::Wrong) return Refusal{"the service claim is neither true nor false"};
  const bool isService = service == Given::Right;
  const bool isNamed = !isService || claims.contains(options.subjectClaim);
  const auto subject = textOf(claims, isNamed ? std::string_view(options.subjectClaim) : "sub");
  if (!isValidId(subject)) return Refusal{"its subject is no user id", Refusal::Told::NoUserId};
  const auto role = roleOf(claims, options.roleClaim);
  if (!role) return Refusal{"the role claim is no role"};
  return Identity{std::string(subject), isService ? "" : *role, isService, end.time + options.clockSkew};
}

}  // namespace parley::auth
