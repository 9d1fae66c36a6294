// SPDX-License-Identifier: Apache-2.0
#include "chat/history.h"

#include "chat/collections.h"
#include "chat/documents.h"
#include "chat/message_text.h"

#include <parley/fields.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace parley::chat {

namespace {

constexpr auto noSeq = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t usualPage = std::size_t{24} * 1024;  // 50 short messages

/// The text for as long as the page lives.
std::string_view kept(std::string_view text, StoredPage& page) {
  auto* copy = static_cast<char*>(page.texts->allocate(text.size(), alignof(char)));
  std::copy(text.begin(), text.end(), copy);
  page.bytes += text.size();
  return {copy, text.size()};
}

/// The `seq` above which `shown` messages are shown, given that the newest is `newest`: walks down the deletions above
/// it, each of which moves it down by one.
std::int64_t endBelow(Store& store, const std::string& sessionId, std::int64_t newest, std::int64_t shown) {
  auto end = newest - shown;
  if (shown == 0) return end;
  const auto deleted = where("sessionId") == Json(sessionId) && where("deletedSeq") <= newest;
  store.forEach(collections::messages, deleted, {.sort = {{"deletedSeq", true}}}, [&end](Document&& document) {
    if (integerOf(document, "deletedSeq") <= end) return false;
    --end;
    return true;
  });
  return end;
}

}  // namespace

std::int64_t deletedBetween(Store& store, const std::string& sessionId, std::int64_t from, std::int64_t to) {
  return store.count(collections::messages,
                     where("sessionId") == Json(sessionId) && where("deletedSeq") >= from && where("deletedSeq") <= to);
}

namespace {

/// A page, and whether messages were deleted while it was read, so that it may lack some.
struct Attempt {
  StoredPage page;
  std::int64_t deleted = 0;
  bool isOvertaken = false;
};

/// Pages are ranges of `seq`, so that each costs the same, however deep.
Attempt tryToRead(storage::ManagedStore& store, const Messages::HistoryQuery& query, std::int64_t firstSeq) {
  Attempt attempt;
  auto& page = attempt.page;
  page.texts = std::make_unique<std::pmr::monotonic_buffer_resource>(usualPage);
  const auto newest = highestSeq(store, query.sessionId);
  const auto deleted = attempt.deleted = deletedBetween(store, query.sessionId, firstSeq, newest);
  const auto total = std::max<std::int64_t>(0, newest - firstSeq + 1 - deleted);
  page.pagination = {query.page, query.limit, total};
  const bool byCursor = query.beforeSeq || query.afterSeq;
  if (!byCursor && query.page - 1 > total / query.limit) return attempt;

  const auto skipped = byCursor ? 0 : (query.page - 1) * query.limit;
  auto end = deleted == 0 ? newest - skipped : endBelow(store, query.sessionId, newest, skipped);
  if (query.beforeSeq) end = std::min(end, std::max<std::int64_t>(*query.beforeSeq, 1) - 1);
  auto from = std::max(firstSeq, query.afterSeq ? std::min(*query.afterSeq, noSeq - 1) + 1 : 1);
  const bool oldestFirst = query.afterSeq && !query.beforeSeq;
  // Among so many enough are shown, so that the index alone answers which they are.
  const auto most = std::clamp<std::int64_t>(std::min(query.limit, end - from + 1), 0, newest) + deleted;
  if (!oldestFirst) from = std::max(from, end - most + 1);
  const auto range = where("sessionId") == Json(query.sessionId) && where("seq") >= from && where("seq") <= end;
  std::int64_t notShown = 0;
  page.messages.reserve(static_cast<std::size_t>(std::min(query.limit, newest)));
  store.forEachText(collections::messages, range, {.sort = {{"seq", !oldestFirst}}, .limit = most},
                    [&](std::string_view text) {
                      if (page.messages.emplace_back(kept(text, page)).isDeleted()) {
                        page.messages.pop_back();
                        ++notShown;
                      }
                      return static_cast<std::int64_t>(page.messages.size()) < query.limit;
                    });
  attempt.isOvertaken = notShown > deleted;
  if (!oldestFirst) std::reverse(page.messages.begin(), page.messages.end());
  return attempt;
}

}  // namespace

StoredPage readHistory(storage::ManagedStore& store, const Messages::HistoryQuery& query, std::int64_t firstSeq) {
  if (query.page < 1) Fields::fail("page", "must be at least 1");
  if (query.limit < 1) Fields::fail("limit", "must be at least 1");
  for (std::int64_t before = -1;;) {
    auto attempt = tryToRead(store, query, firstSeq);
    // A message whose `deletedSeq` is no number of this session would overtake each attempt.
    if (!attempt.isOvertaken || attempt.deleted <= before) return std::move(attempt.page);
    before = attempt.deleted;
  }
}

}  // namespace parley::chat
