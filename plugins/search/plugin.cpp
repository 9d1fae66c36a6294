// SPDX-License-Identifier: Apache-2.0
#include "builtin_engine.h"
#include "follower.h"
#include "searching.h"
#include "service_engine.h"

#include <parley/plugin.h>

#include <memory>
#include <optional>
#include <utility>

using namespace parley;

namespace {

std::size_t sizeOf(const Config& config, std::string_view key) {
  return static_cast<std::size_t>(config.integer(key));
}

search::Source sourceIn(Scope& scope) {
  search::Source source;
  source.contents = [&scope](std::string_view sessionId, const std::vector<std::int64_t>& seqs, const auto& each) {
    JsonArray numbers(seqs.begin(), seqs.end());
    scope.store().forEach(collections::messages, where("sessionId") == sessionId && where("seq").in(std::move(numbers)),
                          {.sort = {{"seq"}}}, [&each](Document&& document) {
                            each(document.at("seq").to_number<std::int64_t>(), textOf(document, "content"));
                            return true;
                          });
  };
  source.goneSessions = [&scope](const std::vector<std::string>& sessionIds) {
    std::set<std::string> gone(sessionIds.begin(), sessionIds.end());
    for (const auto& session :
         scope.store().find(collections::sessions, where("_id").in(JsonArray(sessionIds.begin(), sessionIds.end()))))
      gone.erase(std::string(textOf(session, "_id")));
    return gone;
  };
  return source;
}

std::unique_ptr<search::Engine> makeEngine(Scope& scope) {
  const auto& config = scope.config();
  if (const auto name = config.text("engine"); name != "builtin")
    return std::make_unique<search::ServiceEngine>(
        scope, search::ServiceEngine::Options{.name = name, .maxPending = sizeOf(config, "maxPending")});
  search::IndexOptions options;
  options.flushMessages = sizeOf(config, "segmentMessages");
  options.maxPending = sizeOf(config, "maxPending");
  options.cacheBytes = sizeOf(config, "cacheBytes");
  return std::make_unique<search::BuiltinEngine>(scope.store(), options, sourceIn(scope));
}

class SearchPlugin final : public Plugin {
  void setup(Scope& scope) override {
    for (const auto& spec : search::BuiltinEngine::collections()) scope.collection(spec);
    engine_ = makeEngine(scope);
    follower_.emplace(scope, *engine_, search::Follower::Options{});
    searching_.emplace(scope, *engine_, *follower_,
                       search::Searching::Options{.maxKeyword = scope.config().integer("maxKeyword"),
                                                  .maxDepth = scope.config().integer("maxDepth")});
    follower_->connect();
    const std::string path = "/api/chat/messages/search";
    scope.route("GET", path,
                Access::joined().actingAs("userId").participantOf("sessionId").limitedAs(RateClass::Search),
                [this](const HttpCall& call) { return searching_->find(call); });
    scope.route("GET", path + "/status", Access::role("admin"),
                [this](const HttpCall&) { return HttpResponse::ok(follower_->status()); });
    scope.route("POST", path + "/rebuild", Access::role("admin").audited(), [this](const HttpCall&) {
      follower_->rebuild();
      return HttpResponse::answer(202, Answer(follower_->status()));
    });
  }
  void start() override { follower_->start(); }
  void stop() override { follower_->stop(); }

  std::unique_ptr<search::Engine> engine_;
  std::optional<search::Follower> follower_;
  std::optional<search::Searching> searching_;
};

}  // namespace

PARLEY_PLUGIN(SearchPlugin, .name = "search", .version = "1.0.0", .summary = "Finds messages")
