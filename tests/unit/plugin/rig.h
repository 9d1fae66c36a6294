// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/gate.h"
#include "base/worker_pool.h"
#include "fake_clock.h"
#include "fakes.h"
#include "http/router.h"
#include "plugin/hook_table.h"
#include "plugin/plugin_host.h"
#include "realtime/event_table.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace parley::plugin::test {

namespace fs = std::filesystem;

/// A host around a PluginHost: real tables, router, hooks and workers; the services are fakes. The plugins are copies
/// of the probes that the test asks for.
class Rig : public testing::Test {
 protected:
  Rig() {
    std::string pattern = (fs::temp_directory_path() / "parley-test-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    fs::create_directory(folder_ / "plugins");
    fs::create_directory(folder_ / "staging");
    options_.directory = folder_ / "plugins";
    options_.stagingRoot = folder_ / "staging";
    options_.disableDeadline = Millis{30000};
    options_.timerThread = false;
    options_.routes.locale.texts = &texts_;
    settings_["helpers.prefix"] = "hello ";
    settings_["faults.where"] = "nowhere";
  }
  ~Rig() override {
    host_.reset();
    workers_.stop();
    fs::remove_all(folder_);
  }

  /// Puts a probe into the plugin folder, under another file name if given.
  void install(const std::string& probe, const std::string& as = {}) {
    fs::copy_file(fs::path(PROBE_DIR) / (probe + ".so"), file(as.empty() ? probe : as),
                  fs::copy_options::overwrite_existing);
  }
  fs::path file(const std::string& name) const { return options_.directory / (name + ".so"); }

  PluginHost& host() {
    if (!host_) host_ = std::make_unique<PluginHost>(services(), options_);
    return *host_;
  }

  /// Discovers and starts all but those named.
  std::vector<std::string> start(const std::vector<std::string>& off = {}) {
    host().discover();
    return host().apply([&](const std::string& name) { return std::find(off.begin(), off.end(), name) == off.end(); });
  }

  PluginStatus status(const std::string& plugin) {
    for (auto& status : host().list())
      if (status.name == plugin) return status;
    ADD_FAILURE() << "no plugin " << plugin;
    return {};
  }

  /// Sends an event as the event router would; the answer may come later.
  std::future<Result<Answer>> send(const std::string& event, const Json& data = {}, const std::string& space = "/") {
    auto promise = std::make_shared<std::promise<Result<Answer>>>();
    auto future = promise->get_future();
    const auto row = events_.find(space, event);
    EventCall call;
    call.name = event;
    call.payload.args.push_back(data);
    if (!row)
      promise->set_value(Error(ErrorCode::NotFound, "unknown event"));
    else if (!row->handler)
      promise->set_value(Error(ErrorCode::FeatureDisabled, "dormant"));
    else
      row->handler(call, [promise](Result<Answer> answer) { promise->set_value(std::move(answer)); });
    return future;
  }
  /// The answer's data, or the error's code.
  std::string ask(const std::string& event, const Json& data = {}, const std::string& space = "/") {
    return text(send(event, data, space).get());
  }
  static std::string text(const Result<Answer>& answer) {
    if (!answer) return std::string(codeName(answer.error().code()));
    return boost::json::serialize(boost::json::parse(answer.value().toText()).at("data"));
  }

  /// The text of a message that is sent as the hooks have left it, or the code of their refusal.
  std::string message(const std::string& content) {
    MessageDraft draft;
    draft.content = content;
    try {
      return hooks_.before<hooks::MessageSend>(draft), draft.content;
    } catch (const Error& error) {
      return std::string(codeName(error.code()));
    }
  }

  struct Web {
    int status;
    Json body;
    http::Headers headers = {};
    std::string text() const { return std::to_string(status) + " " + boost::json::serialize(body); }
    std::string code() const { return std::string(body.as_object().at("code").as_string()); }
  };
  Web request(const std::string& method, const std::string& path, http::Request request = {}) {
    const auto match = router_.find(method, path);
    if (!match.handler) return {404, JsonObject{{"code", "no route"}}};
    auto promise = std::make_shared<std::promise<http::Response>>();
    auto future = promise->get_future();
    request.method = method;
    request.path = path;
    request.params = match.params;
    (*match.handler)(std::move(request),
                     http::Responder([promise](http::Response response) { promise->set_value(std::move(response)); }));
    const auto response = future.get();
    boost::json::parse_options deep;
    deep.max_depth = 64;
    return {response.status, boost::json::parse(response.body, {}, deep), response.headers};
  }
  static http::Request withBody(std::string type, std::string body) {
    http::Request request;
    request.headers.set("Content-Type", std::move(type));
    request.body = std::move(body);
    return request;
  }

  double metric(const std::string& name) {
    for (const auto& sample : host().metrics().samples())
      if (sample.name == name) return sample.value;
    return -1;
  }

  /// Whether a copy of the probe's library that this test made is mapped.
  bool isMapped(const std::string& probe) const {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
      if (line.find(folder_.string()) != std::string::npos && line.find("/" + probe + "-") != std::string::npos)
        return true;
    return false;
  }

  fs::path folder_;
  PluginHostOptions options_;
  std::map<std::string, Json> settings_;
  FakeClock clock_;
  FakeStore store_;
  FakeSockets sockets_;
  FakeUsers users_;
  FakeSessions sessions_;
  FakeMessages messages_;
  FakeReads reads_;
  FakePresence presence_;
  FakeTokens tokens_;
  realtime::EventTable events_;
  http::Router router_;
  HookTable hooks_{clock_};
  base::WorkerPool workers_{2, 100};
  base::Gate gate_{base::AuthMode::Open, [](const std::string& session, const std::string& user) {
                     return session == "s1" && user == "ann";
                   }};
  base::Texts texts_;
  std::vector<std::string> messageTypes_;
  std::vector<std::string> sessionTypes_;
  std::vector<CollectionSpec> collections_;

 private:
  static HostServices::Types typesInto(std::vector<std::string>& list) {
    return {[&list](const std::string& type) { list.push_back(type); },
            [&list](const std::string& type) { std::erase(list, type); }};
  }
  HostServices services() {
    return {store_,
            sockets_,
            users_,
            sessions_,
            messages_,
            reads_,
            presence_,
            tokens_,
            events_,
            router_,
            hooks_,
            workers_,
            gate_,
            texts_,
            clock_,
            [this](const std::string& plugin, std::string_view key) {
              return settings_.at(plugin + "." + std::string(key));
            },
            typesInto(messageTypes_),
            typesInto(sessionTypes_),
            {},
            nullptr,
            {},
            collections_};
  }

  std::unique_ptr<PluginHost> host_;
};

}  // namespace parley::plugin::test
