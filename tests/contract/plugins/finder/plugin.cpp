// SPDX-License-Identifier: Apache-2.0
// A search engine in the place of the built-in one: keeps all in memory, finds a keyword anywhere in the text.
#include <parley/plugin.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace parley;

class Finder : public Plugin {
 public:
  void setup(Scope& scope) override {
    scope.provide("finder.index", [this](const Json& argument) { return index(argument.as_object()); });
    scope.provide("finder.find", [this](const Json& argument) { return find(argument.as_object()); });
    scope.provide("finder.forget", [this](const Json& argument) {
      const std::lock_guard lock(mutex_);
      std::erase_if(messages_, [&](const auto& message) {
        return textOf(message.second, "sessionId") == textOf(argument.as_object(), "sessionId");
      });
      return Json();
    });
    scope.provide("finder.clear", [this](const Json&) {
      const std::lock_guard lock(mutex_);
      messages_.clear();
      return Json();
    });
  }

 private:
  Json index(const JsonObject& argument) {
    const std::lock_guard lock(mutex_);
    for (const auto& message : argument.at("messages").as_array())
      messages_[std::string(textOf(message.as_object(), "messageId"))] = message.as_object();
    return {};
  }

  Json find(const JsonObject& argument) {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::int64_t> sessions;
    for (const auto& session : argument.at("sessions").as_array())
      sessions[std::string(textOf(session.as_object(), "sessionId"))] = session.at("fromSeq").as_int64();
    std::vector<std::string> found;
    for (const auto& [id, message] : messages_) {
      const auto session = sessions.find(std::string(textOf(message, "sessionId")));
      if (session != sessions.end() && message.at("seq").as_int64() >= session->second &&
          textOf(message, "content").find(textOf(argument, "keyword")) != std::string_view::npos)
        found.push_back(id);
    }
    std::reverse(found.begin(), found.end());
    JsonArray page;
    const auto offset = argument.at("offset").to_number<std::size_t>();
    for (auto i = offset; i < found.size() && page.size() < argument.at("limit").to_number<std::size_t>(); ++i)
      page.emplace_back(found[i]);
    return JsonObject{{"total", found.size()}, {"messageIds", std::move(page)}};
  }

  std::mutex mutex_;
  std::map<std::string, JsonObject> messages_;  // ids grow with time
};

}  // namespace

PARLEY_PLUGIN(Finder, .name = "finder", .version = "1.0.0", .summary = "A search engine for the contract tests")
