// SPDX-License-Identifier: Apache-2.0
#include "day_ends.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

using namespace parley;

namespace stats {

namespace {

constexpr const char* records = "statdays";
/// A day is taken for over this long after its end, for clocks that are set back a little.
constexpr Millis slack{600'000};

DayEnd endOf(const Document& message) {
  const auto created = timeOf(message, "createdAt");
  return {created ? dayOf(*created) : 0, integerOf(message, "seq"), integerOf(message, "systemSeq"),
          std::string(textOf(message, "sender")), senderSeqOf(message)};
}

}  // namespace

std::int64_t senderSeqOf(const Document& message) {
  return integerOf(message, message.contains("pairSeq") ? "pairSeq" : "senderSeq");
}

Day dayOf(Time time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

std::string dateOf(Day day) {
  return toIso8601(Time{std::chrono::days{day}}).substr(0, 10);
}

SessionRow::SessionRow(const Document& document)
    : id(textOf(document, "_id")),
      isPrivate(textOf(document, "sessionType") == "private"),
      hasOtherSenders(document.contains("otherSenders")),
      lastDeletedSeq(integerOf(document, "lastDeletedSeq")) {
  const auto time = timeOf(document, "lastMessageTime");  // of one without a message, when it was made
  newest = {time && document.contains("lastMessage") ? dayOf(*time) : 0, integerOf(document, "lastSeq"),
            integerOf(document, "lastSystemSeq"), std::string(textOf(document, "lastSender")),
            integerOf(document, "lastSenderSeq")};
}

CollectionSpec DayEnds::collection() {
  return {.name = records, .idFields = {"ends.sender"}, .dateFields = {}, .indexes = {}};
}

std::optional<DayEnd> DayEnds::messageAt(const std::string& sessionId, std::int64_t seq) {
  const auto found =
      scope_.store().findOne(collections::messages, where("sessionId") == Json(sessionId) && where("seq") <= seq,
                             {.sort = {{"seq", true}}, .limit = 1});
  if (!found) return std::nullopt;
  return endOf(*found);
}

/// The ends of the days between two messages, the first one's included; days before `oldest` are one. A place without a
/// message has no sender.
void DayEnds::halve(const std::string& sessionId, const DayEnd& low, const DayEnd& high, Day oldest,
                    std::vector<DayEnd>& ends) {
  if (std::max(low.day, oldest) >= std::max(high.day, oldest) || low.seq >= high.seq) return;
  const auto middle = high.seq - low.seq > 1 ? messageAt(sessionId, low.seq + (high.seq - low.seq) / 2) : std::nullopt;
  if (!middle || middle->seq <= low.seq) {
    if (!low.sender.empty()) ends.push_back(low);
    return;
  }
  halve(sessionId, low, *middle, oldest, ends);
  halve(sessionId, *middle, high, oldest, ends);
}

/// Completes the record through a day that is over; false when there was nothing to do.
bool DayEnds::extend(const SessionRow& session, Record& record, Day through) {
  const auto known = record.ends.empty() ? DayEnd{} : record.ends.back();
  if (record.through >= through || known.seq >= session.newest.seq) return false;
  if (!record.ends.empty()) record.ends.pop_back();  // found again, if its day is over
  halve(session.id, known, session.newest, through - maxDays_, record.ends);
  if (session.newest.day <= through) record.ends.push_back(session.newest);
  const auto firstKept = std::find_if(record.ends.begin(), record.ends.end(),
                                      [&](const DayEnd& end) { return end.day >= through - maxDays_; });
  if (firstKept != record.ends.begin() && !record.ends.empty())
    record.ends.erase(record.ends.begin(), std::prev(firstKept));
  record.through = through;
  return true;
}

Write DayEnds::writeOf(const std::string& sessionId, const Record& record) const {
  JsonArray ends;
  for (const auto& end : record.ends)
    ends.push_back(JsonObject{{"day", end.day},
                              {"seq", end.seq},
                              {"systemSeq", end.systemSeq},
                              {"sender", end.sender},
                              {"senderSeq", end.senderSeq}});
  Update update;
  update.set("through", record.through).set("ends", std::move(ends));
  return Write::upsert(records, where("_id") == Json(sessionId), update);
}

std::map<std::string, std::vector<DayEnd>> DayEnds::of(const std::vector<SessionRow>& sessions) {
  std::map<std::string, Record> known;
  JsonArray ids;
  for (const auto& session : sessions) ids.emplace_back(session.id);
  for (const auto& document : scope_.store().find(records, where("_id").in(std::move(ids)))) {
    auto& record = known[std::string(textOf(document, "_id"))];
    record.through = integerOf(document, "through");
    for (const auto& end : document.at("ends").as_array()) {
      const auto& object = end.as_object();
      record.ends.push_back({integerOf(object, "day"), integerOf(object, "seq"), integerOf(object, "systemSeq"),
                             std::string(textOf(object, "sender")), integerOf(object, "senderSeq")});
    }
  }
  const auto through = dayOf(scope_.clock().now() - slack) - 1;
  std::vector<Write> writes;
  std::map<std::string, std::vector<DayEnd>> ends;
  for (const auto& session : sessions) {
    if (session.newest.seq == 0) continue;
    auto& record = known[session.id];
    if (extend(session, record, through)) writes.push_back(writeOf(session.id, record));
    auto& list = ends[session.id] = std::move(record.ends);
    const auto last = list.empty() ? DayEnd{} : list.back();
    if (last.seq >= session.newest.seq) continue;
    // All after the last end is of today; right after midnight, within the slack, of yesterday too.
    halve(session.id, {through + 1, last.seq, 0, "", 0}, session.newest, 0, list);
    list.push_back(session.newest);
  }
  if (!writes.empty())
    scope_.store().submit(std::move(writes), [&log = scope_.log()](const Result<WriteSummary>& result) {
      if (!result) log.warn("the ends of days were not stored: " + result.error().detail());
    });
  return ends;
}

void DayEnds::fillSome(std::int64_t sessions) {
  const auto through = dayOf(scope_.clock().now() - slack) - 1;
  if (filledDay_ >= through) return;
  std::vector<SessionRow> rows;
  for (const auto& document :
       scope_.store().find(collections::sessions, where("_id") > filledTo_, {.sort = {{"_id"}}, .limit = sessions}))
    rows.emplace_back(document);
  of(rows);
  if (!rows.empty()) filledTo_ = rows.back().id;
  if (static_cast<std::int64_t>(rows.size()) == sessions) return;
  filledTo_.clear();
  filledDay_ = through;
  scope_.log().info("the days of all sessions are known through " + dateOf(through));
}

}  // namespace stats
