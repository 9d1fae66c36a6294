// SPDX-License-Identifier: Apache-2.0
#include "chat/migration/read_marks.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::chat::migration {

namespace {

/// Beyond, the oldest unread messages between them count as read.
constexpr std::size_t maxRanges = 10'000;
constexpr std::size_t statesAtOnce = 200;
/// Stretches that make a read state as large as another write.
constexpr std::size_t rangesPerWeight = 5;

}  // namespace

ReadMarks::ReadMarks(std::vector<std::string> participants)
    : participants_(std::make_move_iterator(participants.begin()), std::make_move_iterator(participants.end())) {}

/// A user who has left has no state.
void ReadMarks::add(const std::string& userId, const Message& message, std::int64_t below) {
  if (userId == message.senderId || !participants_.contains(userId)) return;
  auto& ranges = ranges_[userId];
  if (!ranges.empty() && ranges.back().to == message.seq) return;  // said twice
  if (!ranges.empty() && below <= ranges.back().counted) {
    ranges.back().to = message.seq;
    ranges.back().counted = below + 1;
    return;
  }
  if (ranges.size() == maxRanges) {
    ranges[1].from = ranges[0].from;
    ranges[1].below = ranges[0].below;
    ranges.erase(ranges.begin());
  }
  ranges.push_back({message.seq, message.seq, below, below + 1});
}

void ReadMarks::store(Store& store, const std::string& sessionId, Steps& steps) const {
  std::vector<std::string> users;
  for (const auto& [userId, ranges] : ranges_) users.push_back(userId);
  std::sort(users.begin(), users.end());
  for (std::size_t from = 0; from < users.size(); from += statesAtOnce) {
    const auto to = std::min(from + statesAtOnce, users.size());
    JsonArray ids;
    std::unordered_map<std::string, ReadState> states;
    for (auto i = from; i < to; ++i) ids.emplace_back(memberId(sessionId, users[i]));
    for (const auto& document : store.find(collections::readStates, where("_id").in(std::move(ids))))
      states.emplace(stringOf(document, "userId"), ReadState(document));
    for (auto i = from; i < to; ++i) {
      const auto& ranges = ranges_.at(users[i]);
      auto& state = states[users[i]];
      if (!state.absorb(ranges)) continue;
      steps.add(upsertReadState(sessionId, users[i], state.update()), 1 + ranges.size() / rangesPerWeight);
    }
  }
}

}  // namespace parley::chat::migration
