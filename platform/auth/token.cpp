// SPDX-License-Identifier: Apache-2.0
#include "auth/token.h"

#include "base/base64url.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::auth {

namespace {

constexpr std::size_t maxDepth = 16;
constexpr std::size_t maxKid = 256;

/// In valid JSON each colon outside of a text belongs to one member.
std::size_t membersWritten(std::string_view json) {
  std::size_t count = 0;
  bool inText = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (inText && json[i] == '\\')
      ++i;
    else if (json[i] == '"')
      inText = !inText;
    else if (!inText && json[i] == ':')
      ++count;
  }
  return count;
}

std::size_t membersKept(const Json& value) {
  std::size_t count = 0;
  if (value.is_array())
    for (const auto& item : value.get_array()) count += membersKept(item);
  if (value.is_object())
    for (const auto& member : value.get_object()) count += 1 + membersKept(member.value());
  return count;
}

/// RFC 8725 section 3.11: tokens of other uses say so.
bool isMeantForUs(const JsonObject& header) {
  const auto* type = header.if_contains("typ");
  if (type == nullptr) return true;
  if (!type->is_string()) return false;
  std::string name(type->get_string());
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  constexpr std::array<std::string_view, 4> ours = {"jwt", "at+jwt", "application/jwt", "application/at+jwt"};
  return std::find(ours.begin(), ours.end(), name) != ours.end();
}

bool readHeader(const JsonObject& header, Token& token) {
  const auto* algorithm = header.if_contains("alg");
  if (algorithm == nullptr || !algorithm->is_string()) return false;
  if (header.contains("crit") || header.contains("b64") || !isMeantForUs(header)) return false;
  token.algorithm = std::string(algorithm->get_string());
  const auto* kid = header.if_contains("kid");
  if (kid == nullptr) return true;
  if (!kid->is_string() || kid->get_string().size() > maxKid) return false;
  token.kid = std::string(kid->get_string());
  return true;
}

}  // namespace

std::optional<JsonObject> readObject(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = maxDepth;
  boost::system::error_code error;
  auto value = boost::json::parse({text.data(), text.size()}, error, {}, options);
  if (error || !value.is_object() || membersKept(value) != membersWritten(text)) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<Token> readToken(std::string_view text, std::size_t maxBytes) {
  if (text.size() > maxBytes) return std::nullopt;
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto header = base::fromBase64Url(text.substr(0, first));
  const auto payload = base::fromBase64Url(text.substr(first + 1, second - first - 1));
  auto signature = base::fromBase64Url(text.substr(second + 1));  // a third point is none of its characters
  if (!header || !payload || !signature || signature->empty()) return std::nullopt;

  Token token;
  token.signedPart = text.substr(0, second);
  token.signature = *std::move(signature);
  const auto headerObject = readObject(*header);
  if (!headerObject || !readHeader(*headerObject, token)) return std::nullopt;
  auto claims = readObject(*payload);
  if (!claims) return std::nullopt;
  token.claims = *std::move(claims);
  return token;
}

}  // namespace parley::auth
