// SPDX-License-Identifier: Apache-2.0
#include "signed_urls.h"

#include "digest.h"
#include "http_text.h"

#include <chrono>

using namespace parley;

namespace file_transfer {

namespace {

constexpr const char* keys = "filekeys";
constexpr const char* keyId = "signing";
constexpr std::size_t keyBytes = 32;

std::int64_t secondsOf(Time time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

SignedUrls::SignedUrls(Scope& scope, const Settings& settings) : scope_(scope), settings_(settings) {}

CollectionSpec SignedUrls::collection() {
  return {keys, {}, {}, {}};
}

void SignedUrls::start() {
  const auto stored =
      scope_.store().upsert(keys, where("_id") == keyId, Update().setOnInsert("key", randomHex(keyBytes)));
  key_ = textOf(stored, "key");
}

std::string SignedUrls::signature(const std::string& fileId, const std::string& user,
                                  const std::string& expires) const {
  return base64Url(hmac(key_, fileId + "\n" + user + "\n" + expires));
}

JsonObject SignedUrls::make(const File& file, const std::string& user) const {
  const auto until = std::chrono::floor<std::chrono::seconds>(scope_.clock().now()) + settings_.urlAge;
  const auto expires = std::to_string(secondsOf(until));
  std::string url = file.url() + "/view?expires=" + expires;
  if (!user.empty()) url += "&userId=" + user;  // an id has no character that a query gives a meaning
  url += "&signature=" + signature(file.id, user, expires);
  return {{"url", url}, {"expiresAt", toIso8601(until)}};
}

std::string SignedUrls::check(const HttpCall& call, const std::string& fileId) const {
  auto user = call.queryParam("userId").value_or("");
  const auto expires = call.queryParam("expires").value_or("");
  const auto given = call.queryParam("signature").value_or("");
  if (!sameSecret(given, signature(fileId, user, expires)))
    throw Error(ErrorCode::Forbidden, "the signature does not fit", {"file_transfer.link"});
  const auto until = parseNumber(expires);
  if (!until || secondsOf(scope_.clock().now()) >= static_cast<std::int64_t>(*until))
    throw Error(ErrorCode::Forbidden, "the address has expired", {"file_transfer.link"});
  return user;
}

}  // namespace file_transfer
