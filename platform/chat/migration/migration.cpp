// SPDX-License-Identifier: Apache-2.0
#include "chat/migration/migration.h"

#include "base/id.h"
#include "base/log.h"
#include "chat/collections.h"
#include "chat/migration/message_pass.h"
#include "chat/migration/session_pass.h"
#include "chat/migration/steps.h"

#include <optional>
#include <utility>

namespace parley::chat::migration {

namespace {

constexpr Millis progressEvery{5'000};

CollectionSpec marksSpec() {
  return {.name = marks, .idFields = {"reached"}, .dateFields = {"startedAt", "finishedAt"}, .indexes = {}};
}

/// How far the clocks of two servers may lie apart.
constexpr std::chrono::hours clockSkew{1};

/// Ids grow with the time of their maker: where another server has written last, its own are among the newest. They
/// need not be the very last, for the clocks differ, and the ids of one second come in no order.
bool hasAmongNewest(Store& store, const char* collection, const Filter& unfinished) {
  const auto newest = store.findOne(collection, Filter(), {.sort = {{"_id", true}}, .limit = 1});
  if (!newest) return false;
  const auto from = base::objectIdBefore(textOf(*newest, "_id"), clockSkew);
  return store.findOne(collection, from.empty() ? unfinished : where("_id") >= from && unfinished).has_value();
}

Filter theMark() {
  return where("_id") == Json(markId);
}

}  // namespace

Migration::Migration(Store& store, const Clock& clock) : store_(store), clock_(clock) {
  store_.define(marksSpec());
}

bool Migration::isNeeded() {
  mark_ = store_.findOne(marks, theMark()).value_or(Document{});
  if (!mark_.empty() && textOf(mark_, "stage") != "done") return true;
  return hasAmongNewest(store_, collections::messages, !where("seq").exists()) ||
         hasAmongNewest(store_, collections::sessions, sessionsFromBefore());
}

void Migration::prepare() {
  auto messages = messagesSpec();
  messages.indexes.push_back(MessagePass::index());
  store_.define(messages);
  if (!mark_.empty() && textOf(mark_, "stage") != "done") return;
  Update update;
  update.set("stage", "sessions").set("startedAt", Json(toIso8601(clock_.now()))).unset("reached").unset("finishedAt");
  mark_ = store_.upsert(marks, theMark(), update);
}

bool Migration::run(const StopAsked& stopAsked) {
  const auto started = clock_.steady();
  told_ = started;
  try {
    total_ = store_.count(collections::messages, Filter());
  } catch (const Error&) {
    base::log("chat").info("there are more messages than can be counted quickly");
  }
  base::log("chat").info("the database of another server is completed: {} messages", total());
  prepare();
  try {
    Steps steps(store_, stopAsked);
    if (textOf(mark_, "stage") == "sessions") {
      SessionPass(store_, steps).run(std::string(textOf(mark_, "reached")));
      mark_ = store_.upsert(marks, theMark(), Update().set("stage", "messages").unset("reached"));
    }
    MessagePass(store_, steps, [this] { note(1); }).run(std::string(textOf(mark_, "reached")));
  } catch (const Stopped&) {
    base::log("chat").info("completing the database goes on at the next start");
    return false;
  }
  const auto now = Json(toIso8601(clock_.now()));
  mark_ = store_.upsert(marks, theMark(), Update().set("stage", "done").set("finishedAt", now).unset("reached"));
  const auto took = std::chrono::duration_cast<Millis>(clock_.steady() - started);
  base::log("chat").info("the database is complete: {} messages in {} s", done(), took.count() / 1000);
  return true;
}

void Migration::note(std::int64_t messages) {
  done_ += messages;
  const auto now = clock_.steady();
  if (now - told_ < progressEvery) return;
  told_ = now;
  base::log("chat").info("completing the database: {} of {} messages", done(), total());
}

}  // namespace parley::chat::migration
