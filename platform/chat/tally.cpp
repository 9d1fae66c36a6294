// SPDX-License-Identifier: Apache-2.0
#include "chat/tally.h"

#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/read_state.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace parley::chat {

namespace {

/// How far a session has come, as its document says.
struct Newest {
  std::int64_t seq = 0;
  std::int64_t systemSeq = 0;
  std::int64_t own = 0;  ///< messages of the user
};

/// In a private session, what one has not sent the other has; unless others have written there.
Newest newestOf(Store& store, const Document& session, const std::string& userId) {
  const auto id = stringOf(session, "_id");
  Newest newest;
  if (!session.contains("lastSeq")) {  // a session of before that field
    const auto message = newestMessage(store, id);
    if (!message) return {};
    return {integerOf(*message, "seq"), integerOf(*message, "systemSeq"), sentUpTo(store, *message, userId)};
  }
  newest = {integerOf(session, "lastSeq"), integerOf(session, "lastSystemSeq"), 0};
  if (textOf(session, "sessionType") != "private") {
    newest.own = newest.seq > 0 ? sentToGroup(store, id, userId, newest.seq) : 0;
  } else if (session.contains("otherSenders")) {
    const auto message = newestMessage(store, id, newest.seq);
    newest.own = message ? sentUpTo(store, *message, userId) : 0;
  } else {
    const auto senders = integerOf(session, "lastSenderSeq");
    newest.own = textOf(session, "lastSender") == userId ? senders : newest.seq - newest.systemSeq - senders;
  }
  return newest;
}

/// Takes the deleted ones off.
void subtractDeleted(Store& store, const std::string& sessionId, const std::string& userId,
                     const Sessions::Place& place, const ReadState& state, std::int64_t from, std::int64_t to,
                     Tally& tally) {
  const auto deleted =
      where("sessionId") == Json(sessionId) && where("deletedSeq") >= from && where("deletedSeq") <= to;
  store.forEach(collections::messages, deleted, {.sort = {{"deletedSeq"}}}, [&](Document&& document) {
    const auto seq = integerOf(document, "deletedSeq");
    if (isSystem(toMessage(document))) return true;
    if (textOf(document, "sender") == userId) return --tally.sent, true;
    if (seq < place.visibleFrom) return true;
    --tally.received;
    if (!state.has(seq)) --tally.unread;
    return true;
  });
}

Tally tallyOf(Store& store, const Document& session, const std::string& userId, const Sessions::Place& place,
              ReadState state, Count count) {
  const auto id = stringOf(session, "_id");
  const auto hidden = place.visibleFrom - 1;
  const bool hasLast = session.contains("lastSeq");
  if (count == Count::Unread && hasLast && integerOf(session, "lastSeq") <= std::max(state.upTo(), hidden)) return {};
  const auto newest = newestOf(store, session, userId);
  if (newest.seq == 0) return {};
  if (state.needsCount()) state.startAt(state.upTo(), countedUpTo(store, id, userId, state.upTo()));
  const auto hiddenCounted =
      hidden > 0 && (count == Count::All || hidden > state.upTo()) ? countedUpTo(store, id, userId, hidden) : 0;
  if (hidden > state.upTo()) state.startAt(hidden, hiddenCounted);

  const auto counted = newest.seq - newest.systemSeq - newest.own;
  Tally tally{newest.own, std::max<std::int64_t>(0, counted - hiddenCounted),
              std::max<std::int64_t>(0, counted - state.counted() - state.countedBeyond())};
  const auto from = count == Count::All ? 1 : state.upTo() + 1;
  if (integerOf(session, "lastDeletedSeq") >= from)
    subtractDeleted(store, id, userId, place, state, from, newest.seq, tally);
  return tally;
}

}  // namespace

std::map<std::string, Tally> tally(Store& store, const std::string& userId, const std::vector<Sessions::Place>& places,
                                   Count count) {
  std::map<std::string, Tally> tallies;
  if (places.empty()) return tallies;
  JsonArray sessionIds;
  JsonArray stateIds;
  std::unordered_map<std::string, const Sessions::Place*> byId;
  for (const auto& place : places) {
    sessionIds.emplace_back(place.sessionId);
    stateIds.emplace_back(memberId(place.sessionId, userId));
    byId.emplace(place.sessionId, &place);
  }
  // The states first: what is read meanwhile was sent before, so that no count falls short.
  std::unordered_map<std::string, ReadState> states;
  for (const auto& state : store.find(collections::readStates, where("_id").in(std::move(stateIds))))
    states.emplace(stringOf(state, "sessionId"), ReadState(state));
  for (const auto& session : store.find(collections::sessions, where("_id").in(std::move(sessionIds)))) {
    const auto id = stringOf(session, "_id");
    const auto state = states.find(id);
    tallies[id] = tallyOf(store, session, userId, *byId.at(id),
                          state == states.end() ? ReadState() : std::move(state->second), count);
  }
  return tallies;
}

std::int64_t countedUpTo(Store& store, const std::string& sessionId, const std::string& userId, std::int64_t seq) {
  if (seq <= 0) return 0;
  const auto message = newestMessage(store, sessionId, seq);
  if (!message) return 0;
  const auto last = integerOf(*message, "seq");
  return last - integerOf(*message, "systemSeq") - sentUpTo(store, *message, userId);
}

}  // namespace parley::chat
