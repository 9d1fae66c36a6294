// SPDX-License-Identifier: Apache-2.0
#include "figures.h"

#include <parley/paging.h>

#include <algorithm>
#include <utility>

using namespace parley;

namespace stats {

namespace {

bool isSystem(const Document& message) {
  const auto* extra = message.if_contains("extra");
  return extra != nullptr && extra->is_object() && extra->get_object().contains("system");
}

}  // namespace

Figures::Counts* Figures::Span::at(Day day) {
  const auto index = day - first;
  return index < 0 || index >= static_cast<std::int64_t>(days.size()) ? nullptr
                                                                      : &days[static_cast<std::size_t>(index)];
}

HttpResponse Figures::show(const HttpCall& call) {
  const auto userId = call.param("userId").value_or("");
  if (!isValidId(userId)) Fields::fail("userId", "is not a user id");
  const auto days = queryInteger(call, "days", 1, maxDays_);
  const auto totals = scope_.reads().totals(userId);
  JsonObject data{{"totalSessions", totals.sessions}, {"totalMessages", totals.sent + totals.received},
                  {"sentMessages", totals.sent},      {"receivedMessages", totals.received},
                  {"unreadMessages", totals.unread},  {"onlineUsers", scope_.presence().onlineCount()}};
  if (days) data["daily"] = daily(userId, *days);
  return HttpResponse::ok(Json(std::move(data)));
}

JsonArray Figures::daily(const std::string& userId, std::int64_t days) {
  const auto today = dayOf(scope_.clock().now());
  Span span{today - days + 1, std::vector<Counts>(static_cast<std::size_t>(days))};
  std::map<std::string, std::int64_t> firstSeqs;
  JsonArray ids;
  for (const auto& place : scope_.sessions().placesOf(userId)) {
    firstSeqs.emplace(place.sessionId, place.visibleFrom);
    ids.emplace_back(place.sessionId);
  }
  std::vector<SessionRow> active;
  for (const auto& document : scope_.store().find(collections::sessions, where("_id").in(std::move(ids)))) {
    SessionRow session(document);
    if (session.newest.seq > 0 && session.newest.day >= span.first) active.push_back(std::move(session));
  }
  const auto ends = dayEnds_.of(active);
  for (const auto& session : active) add(userId, session, firstSeqs.at(session.id), ends.at(session.id), span);

  JsonArray list;
  for (std::size_t i = 0; i < span.days.size(); ++i)
    list.push_back(JsonObject{{"date", dateOf(span.first + static_cast<Day>(i))},
                              {"sent", span.days[i].sent},
                              {"received", span.days[i].received}});
  return list;
}

/// What lies between the ends of two days is a subtraction.
void Figures::add(const std::string& userId, const SessionRow& session, std::int64_t firstSeq,
                  const std::vector<DayEnd>& ends, Span& span) {
  const auto first =
      std::find_if(ends.begin(), ends.end(), [&span](const DayEnd& end) { return end.day >= span.first; });
  const auto before = first == ends.begin() ? DayEnd{} : *std::prev(first);
  auto own = before.seq > 0 ? sentUpTo(session, userId, before) : 0;
  auto counted = std::max(before.seq - before.systemSeq - own,
                          firstSeq - 1 > before.seq ? hiddenCounted(session, userId, firstSeq) : 0);
  const bool wrote = sentUpTo(session, userId, session.newest) > own;
  for (auto end = first; end != ends.end(); ++end) {
    const auto ownNow = wrote ? sentUpTo(session, userId, *end) : own;
    const auto countedNow = end->seq - end->systemSeq - ownNow;
    if (auto* day = span.at(end->day)) {
      day->sent += ownNow - own;
      day->received += std::max<std::int64_t>(0, countedNow - counted);
    }
    own = ownNow;
    counted = std::max(counted, countedNow);
  }
  if (session.lastDeletedSeq > before.seq) subtractDeleted(userId, session, firstSeq, before.seq, span);
}

void Figures::subtractDeleted(const std::string& userId, const SessionRow& session, std::int64_t firstSeq,
                              std::int64_t after, Span& span) {
  const auto deleted = where("sessionId") == Json(session.id) && where("deletedSeq") > after &&
                       where("deletedSeq") <= session.newest.seq;
  scope_.store().forEach(collections::messages, deleted, {.sort = {{"deletedSeq"}}}, [&](Document&& message) {
    const auto created = timeOf(message, "createdAt");
    auto* day = created && !isSystem(message) ? span.at(dayOf(*created)) : nullptr;
    if (day == nullptr) return true;
    if (textOf(message, "sender") == userId)
      --day->sent;
    else if (integerOf(message, "deletedSeq") >= firstSeq)
      --day->received;
    return true;
  });
}

/// In a private session, what the one has not sent the other has; if others have written there, the messages tell how
/// many each of the two has.
std::int64_t Figures::sentUpTo(const SessionRow& session, const std::string& userId, const DayEnd& end) {
  if (end.sender == userId) return end.senderSeq;
  if (session.isPrivate && !session.hasOtherSenders) return end.seq - end.systemSeq - end.senderSeq;
  const auto upToEnd = where("sessionId") == Json(session.id) && where("seq") <= end.seq;
  const FindOptions newest{.sort = {{"seq", true}}, .limit = 1};
  if (session.isPrivate) {
    const auto last = scope_.store().findOne(collections::messages, upToEnd, newest);
    if (last && last->contains("receiverSeq"))
      return integerOf(*last, textOf(*last, "receiver") == userId ? "receiverSeq" : "otherSeq");
  }
  const auto own = upToEnd && where("sender") == Json(userId) && where("senderSeq") >= 0;
  const auto found = scope_.store().findOne(collections::messages, own, newest);
  return found ? senderSeqOf(*found) : 0;
}

/// Messages of others that came before the user's time.
std::int64_t Figures::hiddenCounted(const SessionRow& session, const std::string& userId, std::int64_t firstSeq) {
  const auto last = scope_.store().findOne(collections::messages,
                                           where("sessionId") == Json(session.id) && where("seq") <= firstSeq - 1,
                                           {.sort = {{"seq", true}}, .limit = 1});
  if (!last) return 0;
  DayEnd end;
  end.seq = integerOf(*last, "seq");
  end.systemSeq = integerOf(*last, "systemSeq");
  end.sender = std::string(textOf(*last, "sender"));
  end.senderSeq = senderSeqOf(*last);
  return end.seq - end.systemSeq - sentUpTo(session, userId, end);
}

}  // namespace stats
