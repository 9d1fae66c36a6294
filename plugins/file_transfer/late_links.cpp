// SPDX-License-Identifier: Apache-2.0
#include "late_links.h"

#include "access.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

using namespace parley;

namespace file_transfer {

namespace {

constexpr const char* states = "filestate";
constexpr const char* linksState = "links";
constexpr std::int64_t messagesAtOnce = 1'000;
constexpr int partsAtOnce = 50;
/// Longer than a message takes from its id to the hooks.
constexpr std::chrono::minutes longest{2};

/// No id of a message from then on is smaller.
std::string idFrom(Time time) {
  std::array<char, 25> id{};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::snprintf(id.data(), id.size(), "%08x%016x", static_cast<unsigned>(seconds), 0U);
  return id.data();
}

}  // namespace

CollectionSpec LateLinks::collection() {
  return {states, {}, {"completeUntil"}, {}};
}

void LateLinks::start() {
  const auto state = scope_.store().findOne(states, where("_id") == linksState);
  const auto since = state ? timeOf(*state, "completeUntil") : std::nullopt;
  position_ = since ? idFrom(*since - longest) : idFrom(Time{});
  watchUntil_ = scope_.clock().now() + longest;
  isComplete_ = false;
  step();
}

bool LateLinks::step() {
  const auto now = scope_.clock().now();
  if (!isComplete_) {
    for (int parts = 0; takeSome(); ++parts)
      if (parts == partsAtOnce) return false;
    position_ = idFrom(now - longest);
    isComplete_ = now >= watchUntil_;
  }
  if (isComplete_)
    scope_.store().upsert(states, where("_id") == linksState, Update().set("completeUntil", toIso8601(now)));
  return isComplete_;
}

/// False when there were no more.
bool LateLinks::takeSome() {
  std::vector<std::string> ids;
  std::int64_t count = 0;
  std::string last;
  scope_.store().forEach(collections::messages, where("_id") > position_, {{}, messagesAtOnce, 0},
                         [&](Document&& message) {
                           ++count;
                           last = textOf(message, "_id");
                           if (!fileIdIn(textOf(message, "fileUrl")).empty()) ids.push_back(last);
                           return true;
                         });
  for (const auto& message : scope_.messages().findMany(ids)) link_(message);
  if (count > 0) position_ = last;
  return count == messagesAtOnce;
}

}  // namespace file_transfer
