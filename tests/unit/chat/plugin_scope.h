// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "world.h"

#include "plugin/border.h"
#include "plugin/data_subjects.h"
#include "plugin/go_live.h"
#include "plugin/plan.h"

#include <parley/plugin.h>

#include <dlfcn.h>

#include <deque>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace parley::chat::test {

/// Everything that the plugins of one test have registered: the table behind their scopes.
struct Registrations {
  std::map<std::string, DeferredEventHandler> events;
  std::map<std::string, DeferredRouteHandler> routes;  ///< "METHOD /pattern"
  std::map<std::string, StreamRouteHandler> streams;   ///< likewise
  std::map<std::string, Access> access;                ///< of all
  std::map<std::string, std::function<Json(const Json&)>> services;
  std::multimap<const Scope*, std::function<void()>> timers;
  std::vector<CollectionSpec> collections;
  plugin::DataSubjects subjects;

  /// As if the time of every timer had come.
  void runTimers() {
    for (const auto& [scope, task] : timers) task();
  }
};

/// The scope of one plugin in a World: registrations are taken down, services are the World's own.
class PluginScope final : public Scope, private Config, private Log, private Metric {
 public:
  PluginScope(World& world, Registrations& registrations, const PluginManifest& manifest, JsonObject changes)
      : world_(world),
        registrations_(registrations),
        name_(manifest.name),
        settings_(boost::json::parse(manifest.configJson)),
        changes_(std::move(changes)) {}
  ~PluginScope() override {
    registrations_.subjects.remove(name_);
    registrations_.timers.erase(this);
    for (const auto id : hooks_) world_.hooks.remove(id);
    for (const auto& type : messageTypes_) world_.chat->messageTypes().remove(type);
    for (const auto& type : sessionTypes_) world_.chat->sessionTypes().remove(type);
  }

  void event(const std::string& name, Access access, EventHandler handler) override {
    deferredEvent(name, std::move(access),
                  [handler = std::move(handler)](const EventCall& call, const Reply& reply) { reply(handler(call)); });
  }
  void deferredEvent(const std::string& name, Access access, DeferredEventHandler handler,
                     NextEvents /*next*/ = NextEvents::Handled) override {
    registrations_.access.emplace(name, std::move(access));
    registrations_.events[name] = std::move(handler);
  }
  Namespace& nameSpace(const std::string&) override { throw std::logic_error("no namespaces here"); }
  void route(const std::string& method, const std::string& pattern, Access access, RouteHandler handler) override {
    deferredRoute(
        method, pattern, std::move(access),
        [handler = std::move(handler)](const HttpCall& call, const HttpReply& reply) { reply(handler(call)); });
  }
  void deferredRoute(const std::string& method, const std::string& pattern, Access access,
                     DeferredRouteHandler handler) override {
    const auto name = std::string(method).append(" ").append(pattern);
    registrations_.access.emplace(name, std::move(access));
    registrations_.routes[name] = std::move(handler);
  }
  void streamRoute(const std::string& method, const std::string& pattern, Access access,
                   StreamRouteHandler handler) override {
    const auto name = std::string(method).append(" ").append(pattern);
    registrations_.access.emplace(name, std::move(access));
    registrations_.streams[name] = std::move(handler);
  }
  void provide(const std::string& service, std::function<Json(const Json&)> function) override {
    registrations_.services[service] = std::move(function);
  }
  void credential(const std::string&, CredentialCheck) override {}
  void messageType(const std::string& type) override {
    world_.chat->messageTypes().allow(type);
    messageTypes_.push_back(type);
  }
  void sessionType(const std::string& type) override {
    world_.chat->sessionTypes().allow(type);
    sessionTypes_.push_back(type);
  }
  void timer(Millis, std::function<void()> task) override { registrations_.timers.emplace(this, std::move(task)); }
  Metric& metric(const std::string&, const std::string&) override { return *this; }
  void collection(const CollectionSpec& spec) override {
    registrations_.collections.push_back(spec);
    world_.store->define(spec);
  }
  void dataSubject(std::function<DataPage(const std::string&, const std::string&)> exportData,
                   std::function<void(const std::string&)> eraseData) override {
    registrations_.subjects.add(name_, {std::move(exportData), std::move(eraseData)});
  }

  const Config& config() const override { return *this; }
  Log& log() override { return *this; }
  const Clock& clock() const override { return world_.clock; }
  Store& store() override { return *world_.store; }
  Sockets& sockets() override { return world_.sockets; }
  Users& users() override { return world_.chat->users(); }
  Sessions& sessions() override { return world_.chat->sessions(); }
  Messages& messages() override { return world_.chat->messages(); }
  Reads& reads() override { return world_.chat->reads(); }
  Presence& presence() override { return world_.chat->presence(); }
  Tokens& tokens() override { throw std::logic_error("no tokens here"); }
  Json call(const std::string& service, const Json& argument) override {
    if (!provides(service)) throw Error(ErrorCode::FeatureDisabled, service);
    return registrations_.services[service](argument);
  }
  bool provides(const std::string& service) const override { return registrations_.services.contains(service); }
  bool post(std::function<void()> task) override { return world_.pool->post(std::move(task)); }

 protected:
  void addHook(bool before, const std::string& point, const HookOptions& options,
               std::function<void(void*)> hook) override {
    const auto& row = hookRows_.emplace_back(plugin::Plan::Hook{before, point, options, std::move(hook)});
    hooks_.push_back(world_.hooks.add(before, point, name_, options, plugin::throughBorder(*border_, row)));
  }

 private:
  Json get(std::string_view key) const override {
    if (const auto* changed = changes_.if_contains(key)) return *changed;
    return settings_.at("settings").at(key).at("default");
  }
  void debug(std::string_view) override {}
  void info(std::string_view) override {}
  void warn(std::string_view) override {}
  void error(std::string_view) override {}
  void add(double) override {}
  void set(double) override {}

  World& world_;
  Registrations& registrations_;
  const std::string name_;
  Json settings_;
  JsonObject changes_;
  const std::shared_ptr<plugin::Border> border_ =
      std::make_shared<plugin::Border>(name_, plugin::BorderOptions{}, world_.clock, [](const std::string&) {});
  std::deque<plugin::Plan::Hook> hookRows_;
  std::vector<plugin::HookTable::Id> hooks_;
  std::vector<std::string> messageTypes_;
  std::vector<std::string> sessionTypes_;
};

/// Of a plugin's library as it was built, which stays mapped.
inline const PluginManifest* manifestOf(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  return reinterpret_cast<const PluginManifest* (*)()>(dlsym(library, "parley_plugin"))();
}

/// A plugin's library as it was built, set up in a World.
class LoadedPlugin {
 public:
  LoadedPlugin(World& world, Registrations& registrations, const std::string& name, JsonObject settings = {})
      : manifest_(manifestOf(std::string(PARLEY_PLUGIN_FOLDER) + "/" + name + ".so")) {
    scope_.emplace(world, registrations, *manifest_, std::move(settings));
    plugin_ = manifest_->create();
    plugin_->setup(*scope_);
    plugin_->start();
  }
  ~LoadedPlugin() {
    plugin_->stop();
    scope_.reset();
    manifest_->destroy(plugin_);  // the library stays mapped: handlers of it may still be held
  }
  LoadedPlugin(const LoadedPlugin&) = delete;
  LoadedPlugin& operator=(const LoadedPlugin&) = delete;

 private:
  const PluginManifest* manifest_;
  std::optional<PluginScope> scope_;
  Plugin* plugin_ = nullptr;
};

}  // namespace parley::chat::test
