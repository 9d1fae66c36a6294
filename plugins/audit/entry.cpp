// SPDX-License-Identifier: Apache-2.0
#include "entry.h"

#include <parley/fields.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>

using namespace parley;

namespace audit {

namespace {

constexpr std::size_t maxItems = 100;

/// The members of calls that say whom or what they are about; no other is looked at.
constexpr std::array<std::string_view, 20> targetFields{
    "id",         "userId",    "userIds",      "userId1",    "userId2",    "username",  "name",
    "operatorId", "creatorId", "senderId",     "receiverId", "sessionId",  "messageId", "tokenId",
    "fileId",     "uploadId",  "participants", "role",       "mutedUntil", "plugin"};

/// What has the form of an id, or of a time; nothing of anything else.
std::optional<Json> named(const Json& value) {
  if (value.is_null() || value.is_bool()) return value;
  if (value.is_string() && isValidId(value.get_string())) return value;
  if (!value.is_array()) return std::nullopt;
  JsonArray items;
  for (const auto& item : value.get_array()) {
    if (items.size() == maxItems) break;
    if (item.is_string() && isValidId(item.get_string())) items.push_back(item);
  }
  return Json(std::move(items));
}

/// An ObjectId, so that the newest entries are found together: the time, what this process has drawn, a count. Opening
/// the source of randomness for each is slow, in a virtual machine above all.
std::string newId(Time now) {
  static constexpr std::size_t digits = 24;
  static const auto process = std::random_device{}();
  static std::atomic<std::uint32_t> count{std::random_device{}()};
  std::array<char, digits + 1> text{};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  std::snprintf(text.data(), text.size(), "%08x%08x%08x", static_cast<unsigned>(seconds), process,
                count.fetch_add(1, std::memory_order_relaxed));
  return text.data();
}

}  // namespace

JsonObject entryOf(const hooks::CallAnswered::Call& call, Time now) {
  JsonObject target;
  for (const auto name : targetFields)
    if (const auto* value = call.fields.if_contains(name))
      if (auto known = named(*value)) target[name] = *std::move(known);
  const auto& caller = call.caller;
  JsonObject entry{{"_id", newId(now)},
                   {"at", toIso8601(now)},
                   {"call", call.call},
                   {"userId", caller.userId},
                   {"role", caller.role},
                   {"service", caller.service},
                   {"address", caller.address},
                   {"userAgent", caller.userAgent},
                   {"requestId", caller.requestId},
                   {"code", call.failure ? codeName(*call.failure) : "OK"},
                   {"target", std::move(target)}};
  if (!caller.subject.empty() && caller.subject != caller.userId) entry["subject"] = caller.subject;
  return entry;
}

}  // namespace audit
