// SPDX-License-Identifier: Apache-2.0
#include "ops/user_data.h"

#include "base/json_text.h"
#include "base/log.h"
#include "chat/user_export.h"

#include <parley/chat.h>
#include <parley/fields.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace parley::ops {

namespace {

/// A member of the answer that is a list; its next items, or nothing at the end.
struct Section {
  std::string name;
  std::function<std::optional<JsonArray>()> next;
};

/// The pages of one plugin. What it fails at ends its own part, with an item that says so: {error, code}.
class PluginPages {
 public:
  PluginPages(const plugin::DataSubjects& subjects, std::string plugin, std::string userId)
      : subjects_(subjects), plugin_(std::move(plugin)), userId_(std::move(userId)) {}

  std::optional<JsonArray> next() {
    if (over_) return std::nullopt;
    over_ = true;
    JsonArray items;
    try {
      auto page = subjects_.exportPage(plugin_, userId_, from_);
      items = std::move(page.items);
      over_ = page.next.empty();
      if (!over_) goOnFrom(std::move(page.next));
    } catch (const Error& error) {
      over_ = true;
      base::log("plugins").warn("{}: the data of {} is given out without the rest of its part: {}", plugin_, userId_,
                                error.what());
      items.push_back(JsonObject{{"error", error.detail()}, {"code", codeName(error.code())}});
    }
    return items;
  }

 private:
  /// A place that was passed before would be so for ever. The one that is remembered moves on at growing distances, so
  /// that a circle of any length ends at it.
  void goOnFrom(std::string next) {
    if (next == from_ || next == passed_) throw Error(ErrorCode::Internal, "the same page again");
    if (++steps_ == distance_) {
      passed_ = next;
      steps_ = 0;
      distance_ *= 2;
    }
    from_ = std::move(next);
  }

  const plugin::DataSubjects& subjects_;
  const std::string plugin_;
  const std::string userId_;
  std::string from_;
  std::string passed_;
  std::size_t steps_ = 0;
  std::size_t distance_ = 1;
  bool over_ = false;
};

/// The answer, made while it is read: a page of one section at a time.
class DataBody final : public BodyProducer {
 public:
  DataBody(const plugin::DataSubjects& subjects, Store& store, const std::string& userId, Time now,
           std::shared_ptr<const void> place)
      : place_(std::move(place)), held_(store, userId) {
    const auto quoted = [](const Json& value) { return boost::json::serialize(value); };
    ready_ = R"({"success":true,"data":{"userId":)" + quoted(Json(userId)) + R"(,"exportedAt":)" +
             quoted(Json(toIso8601(now))) + R"(,"user":)" + quoted(held_.profile());
    sections_.push_back({"sessions", [this] { return held_.sessions(); }});
    sections_.push_back({"readStates", [this] { return held_.readStates(); }});
    sections_.push_back({"messages", [this] { return held_.messages(); }});
    own_ = sections_.size();
    for (const auto& plugin : subjects.plugins())
      sections_.push_back({plugin, [pages = PluginPages(subjects, plugin, userId)]() mutable { return pages.next(); }});
    open();
  }

  std::string read(std::size_t max) override {
    if (at_ == ready_.size()) {
      ready_.clear();
      at_ = 0;
      if (!sections_.empty()) makeMore();
    }
    auto piece = ready_.substr(at_, max);
    at_ += piece.size();
    return piece;
  }

 private:
  /// A search that has found nothing yet gives a line break, which means nothing in JSON, so that the client goes on
  /// waiting.
  void makeMore() {
    const auto items = sections_.front().next();
    if (items) {
      for (const auto& item : *items) {
        ready_ += std::exchange(isFirst_, false) ? "" : ",";
        auto text = boost::json::serialize(item);
        base::mendJson(text);  // as in every answer
        ready_ += text;
      }
      if (items->empty()) ready_ = "\n";
      return;
    }
    sections_.pop_front();
    ready_ = "]";
    if (own_ > 0) --own_;
    open();
  }

  /// Begins the next section, those of plugins in an object of their own, or ends it all.
  void open() {
    if (own_ == 0 && !std::exchange(inPlugins_, true))
      ready_ += R"(,"plugins":{)";
    else if (!sections_.empty())
      ready_ += ",";
    if (sections_.empty()) {
      ready_ += "}}}";
      return;
    }
    ready_ += boost::json::serialize(Json(sections_.front().name)) + ":[";
    isFirst_ = true;
  }

  const std::shared_ptr<const void> place_;
  chat::UserExport held_;
  std::deque<Section> sections_;
  std::size_t own_ = 0;  ///< sections before those of the plugins
  bool inPlugins_ = false;
  bool isFirst_ = true;  ///< in its section
  std::string ready_;
  std::size_t at_ = 0;
};

const char* wordFor(const chat::Erasure::State& state) {
  if (state.isDone) return "done";
  if (state.isRunning) return "running";
  return state.failed.empty() && !state.waiting.empty() ? "waiting" : "failed";
}

std::string userIdOf(const HttpCall& call) {
  auto userId = call.param("userId").value_or("");
  if (!isValidId(userId)) Fields::fail("userId", "must be 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
  return userId;
}

}  // namespace

UserData::UserData(http::Router& router, plugin::PluginHost& plugins, Store& store, chat::Erasure& erasure,
                   const Clock& clock)
    : router_(router), subjects_(plugins.dataSubjects()), store_(store), erasure_(erasure), clock_(clock) {
  const auto add = [&](const std::string& method, const std::string& path, Access access,
                       HttpResponse (UserData::*answer)(const HttpCall&) const) {
    const auto handle = [this, answer](const HttpCall& call, const HttpReply& reply) { reply((this->*answer)(call)); };
    routes_.push_back(
        router_.add(method, path, plugins.routes().handler(method + " " + path, std::move(access), handle)));
  };
  add("GET", "/api/chat/users/:userId/data", Access::joined().actingAs("userId").limitedAs(RateClass::Read).audited(),
      &UserData::data);
  add("DELETE", "/api/admin/users/:userId", Access::role("admin").audited(), &UserData::erase);
  add("GET", "/api/admin/users/:userId/erasure", Access::role("admin"), &UserData::state);
}

UserData::~UserData() {
  for (const auto route : routes_) router_.remove(route);
}

/// Each looks through all sessions, and so few run at a time.
std::shared_ptr<const void> UserData::placeFor(const std::string& userId) const {
  constexpr std::size_t most = 4;
  constexpr std::size_t mostOfOne = 2;
  constexpr int tryAgain = 10;  // seconds
  const std::lock_guard lock(running_->mutex);
  if (running_->userIds.size() >= most || running_->userIds.count(userId) >= mostOfOne)
    throw Error(ErrorCode::RateLimited, "too many are being told what is held about a user", {}, tryAgain);
  running_->userIds.insert(userId);
  return {nullptr, [running = running_, userId](const void*) {
            const std::lock_guard last(running->mutex);
            running->userIds.erase(running->userIds.find(userId));
          }};
}

HttpResponse UserData::data(const HttpCall& call) const {
  const auto userId = userIdOf(call);
  HttpResponse response;
  response.producer = std::make_shared<DataBody>(subjects_, store_, userId, clock_.now(), placeFor(userId));
  return response;
}

/// Services make no admins, and so unmake none.
HttpResponse UserData::erase(const HttpCall& call) const {
  const auto userId = userIdOf(call);
  const auto user = call.caller.service ? store_.findOne(collections::users, where("_id") == userId) : std::nullopt;
  if (user && textOf(*user, "role") == "admin")
    throw Error(ErrorCode::Forbidden, "only an admin may erase an admin, a service may not");
  erasure_.begin(userId);
  const auto state = stateOf(userId);
  return HttpResponse::answer(state.at("state") == "running" ? 202 : 200, Answer(state));
}

HttpResponse UserData::state(const HttpCall& call) const {
  return HttpResponse::ok(stateOf(userIdOf(call)));
}

JsonObject UserData::stateOf(const std::string& userId) const {
  const auto state = erasure_.stateOf(userId);
  if (!state) throw Error(ErrorCode::NotFound, "this user was not erased");
  return {{"userId", userId},
          {"state", wordFor(*state)},
          {"erasedAt", toIso8601(state->erasedAt)},
          {"failed", JsonArray(state->failed.begin(), state->failed.end())},
          {"waiting", JsonArray(state->waiting.begin(), state->waiting.end())}};
}

}  // namespace parley::ops
