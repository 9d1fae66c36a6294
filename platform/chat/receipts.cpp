// SPDX-License-Identifier: Apache-2.0
#include "chat/receipts.h"

#include "chat/collections.h"
#include "chat/documents.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace parley::chat {

namespace {

/// The messages of one session, and who may have read them.
struct Part {
  std::vector<Receipt*> bySeq;
  std::set<std::string, std::less<>> readers;

  void add(std::string_view reader) {
    if (!readers.contains(reader)) readers.emplace(reader);
  }
};

void noteReader(const std::string& userId, const ReadEntry& entry, Part& part) {
  const auto isBelow = [](const Receipt* receipt, std::int64_t seq) { return receipt->seq < seq; };
  auto at = std::lower_bound(part.bySeq.begin(), part.bySeq.end(), entry.from, isBelow);
  for (; at != part.bySeq.end() && (*at)->seq <= entry.to; ++at) {
    auto& receipt = **at;
    const bool listed = std::any_of(receipt.readBy.begin(), receipt.readBy.end(),
                                    [&userId](const ReadMark& mark) { return mark.userId == userId; });
    if (!listed && receipt.senderId != userId) receipt.readBy.push_back({userId, entry.readAt});
  }
}

void deriveStatus(const std::string& userId, const ReadState& state, std::int64_t deliveredUpTo, Part& part) {
  for (auto* receipt : part.bySeq) {
    if (receipt->receiverId != userId || receipt->status == "read") continue;
    if (state.has(receipt->seq))
      receipt->status = "read";
    else if (deliveredUpTo >= receipt->seq)
      receipt->status = "delivered";
  }
}

}  // namespace

std::vector<ReadEntry> readEntries(Store& store, const std::string& sessionId, const std::string& userId,
                                   const ReadState& state, std::int64_t from, std::int64_t to) {
  std::vector<ReadEntry> entries;
  for (const auto& entry : state.log())
    if (entry.from <= to && entry.to >= from) entries.push_back(entry);
  if (state.loggedTo() < from) return entries;
  const auto logged = where("sessionId") == Json(sessionId) && where("userId") == Json(userId) && where("to") >= from;
  // They lie apart, so that the first that begins behind ends the search.
  store.forEach(collections::readLog, logged, {.sort = {{"sessionId"}, {"userId"}, {"to"}}}, [&](Document&& entry) {
    if (integerOf(entry, "from") > to) return false;
    entries.push_back({integerOf(entry, "from"), integerOf(entry, "to"), timeOf(entry, "readAt").value_or(Time{})});
    return true;
  });
  return entries;
}

void fillReceipts(Core& core, const DeliveryMarks& marks,
                  const std::function<std::vector<std::string>(const std::string& sessionId)>& membersOf,
                  std::vector<Receipt>& receipts) {
  std::map<std::string, Part, std::less<>> parts;
  for (auto& receipt : receipts) {
    auto part = parts.find(receipt.sessionId);
    if (part == parts.end()) part = parts.emplace(receipt.sessionId, Part()).first;
    part->second.bySeq.push_back(&receipt);
    if (receipt.receiverId.empty()) continue;
    part->second.add(receipt.senderId);
    part->second.add(receipt.receiverId);
  }
  JsonArray ids;
  for (auto& [sessionId, part] : parts) {
    std::sort(part.bySeq.begin(), part.bySeq.end(), [](const auto* a, const auto* b) { return a->seq < b->seq; });
    if (part.readers.empty()) {
      const auto members = membersOf(sessionId);
      if (members.size() <= core.options.readByMembers) part.readers.insert(members.begin(), members.end());
    }
    for (const auto& reader : part.readers) ids.emplace_back(memberId(sessionId, reader));
  }
  if (ids.empty()) return;
  // First: what is not pending any more is in the store.
  std::unordered_map<std::string, std::int64_t> pending;
  for (const auto& [sessionId, part] : parts)
    for (const auto& reader : part.readers) pending[memberId(sessionId, reader)] = marks.pending(sessionId, reader);
  std::unordered_map<std::string, ReadState> states;
  for (const auto& document : core.store.find(collections::readStates, where("_id").in(std::move(ids))))
    states.emplace(stringOf(document, "_id"), ReadState(document));
  for (auto& [sessionId, part] : parts) {
    const auto first = part.bySeq.front()->seq;
    const auto last = part.bySeq.back()->seq;
    for (const auto& reader : part.readers) {
      const auto id = memberId(sessionId, reader);
      const auto& state = states[id];
      deriveStatus(reader, state, std::max(state.deliveredUpTo(), pending[id]), part);
      for (const auto& entry : readEntries(core.store, sessionId, reader, state, first, last))
        noteReader(reader, entry, part);
    }
  }
  for (auto& receipt : receipts)
    std::sort(receipt.readBy.begin(), receipt.readBy.end(), [](const ReadMark& a, const ReadMark& b) {
      return std::tie(a.readAt, a.userId) < std::tie(b.readAt, b.userId);
    });
}

}  // namespace parley::chat
