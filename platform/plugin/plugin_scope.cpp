// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_scope.h"

#include "base/log.h"
#include "base/utf8.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace parley::plugin {

namespace {

class ConfigView final : public Config {
 public:
  ConfigView(const HostServices& host, std::string plugin) : host_(host), plugin_(std::move(plugin)) {}

  Json get(std::string_view key) const override {
    std::string reason = "no configuration";
    try {
      if (host_.config) return host_.config(plugin_, key);
    } catch (const std::exception& error) {
      reason = error.what();
    }
    throw Error(ErrorCode::Internal, "setting plugins." + plugin_ + "." + std::string(key) + ": " + reason);
  }

 private:
  const HostServices& host_;
  std::string plugin_;
};

class Logger final : public Log {
 public:
  explicit Logger(const std::string& plugin) : log_(base::log("plugin." + plugin)) {}
  void debug(std::string_view text) override { log_.debug("{}", text); }
  void info(std::string_view text) override { log_.info("{}", text); }
  void warn(std::string_view text) override { log_.warn("{}", text); }
  void error(std::string_view text) override { log_.error("{}", text); }

 private:
  spdlog::logger& log_;
};

}  // namespace

class PluginScope::Space final : public Namespace {
 public:
  Space(PluginScope& scope, Plan::Space& row) : scope_(scope), row_(row) {}

  Namespace& onConnect(ConnectHandler handler) override {
    scope_.admit("connect handler", row_.name, static_cast<bool>(handler));
    row_.onConnect = std::move(handler);
    return *this;
  }
  Namespace& onDisconnect(DisconnectHandler handler) override {
    scope_.admit("disconnect handler", row_.name, static_cast<bool>(handler));
    row_.onDisconnect = std::move(handler);
    return *this;
  }
  Namespace& event(const std::string& name, Access access, EventHandler handler) override {
    scope_.admit("event in " + row_.name, name, static_cast<bool>(handler));
    scope_.plan_.events.push_back({row_.name, name, std::move(access), std::move(handler), {}});
    return *this;
  }
  Namespace& anyEvent(Access access, EventHandler handler) override {
    scope_.admit("any event in", row_.name, static_cast<bool>(handler));
    scope_.plan_.events.push_back({row_.name, "", std::move(access), std::move(handler), {}});
    return *this;
  }

 private:
  PluginScope& scope_;
  Plan::Space& row_;
};

PluginScope::PluginScope(const HostServices& host, ServiceTable& services, MetricTable& metrics, Border& border)
    : host_(host),
      services_(services),
      metricTable_(metrics),
      border_(border),
      config_(std::make_unique<ConfigView>(host, border.plugin())),
      log_(std::make_unique<Logger>(border.plugin())),
      store_(host.store, border),
      sockets_(host.sockets, host.workers, border),
      users_(host.users, border),
      messages_(host.messages, border),
      reads_(host.reads, border),
      posted_(border.site("posted task")) {}

PluginScope::~PluginScope() = default;

void PluginScope::admit(const std::string& what, const std::string& name, bool hasFunction) {
  const auto refuse = [&](ErrorCode code, const std::string& why) {
    throw Error(code, what + " " + name + " of " + border_.plugin() + " " + why);
  };
  if (sealed_) refuse(ErrorCode::Conflict, "is registered outside of setup");
  if (name.empty()) refuse(ErrorCode::ValidationFailed, "needs a name");
  if (!hasFunction) refuse(ErrorCode::ValidationFailed, "needs a handler");
  if (!admitted_.insert(what + " " + name).second) refuse(ErrorCode::Conflict, "is registered twice");
}

void PluginScope::onWorker() const {
  assert(!host_.onIoLoop || !host_.onIoLoop());
}

void PluginScope::event(const std::string& name, Access access, EventHandler handler) {
  admit("event", name, static_cast<bool>(handler));
  plan_.events.push_back({"/", name, std::move(access), std::move(handler), {}});
}

void PluginScope::deferredEvent(const std::string& name, Access access, DeferredEventHandler handler, NextEvents next) {
  admit("event", name, static_cast<bool>(handler));
  plan_.events.push_back({"/", name, std::move(access), {}, std::move(handler), next});
}

Namespace& PluginScope::nameSpace(const std::string& name) {
  if (const auto known = spaces_.find(name); known != spaces_.end()) return *known->second;
  admit("namespace", name);
  if (name.size() < 2 || name[0] != '/')
    throw Error(ErrorCode::ValidationFailed, "namespace " + name + " must start with / and have a name");
  auto& row = plan_.spaces.emplace_back();
  row.name = name;
  return *(spaces_[name] = std::make_unique<Space>(*this, row));
}

void PluginScope::route(const std::string& method, const std::string& pattern, Access access, RouteHandler handler) {
  admit("route", method + " " + pattern, static_cast<bool>(handler));
  plan_.routes.push_back({method, pattern, std::move(access), std::move(handler), {}, {}});
}

void PluginScope::deferredRoute(const std::string& method, const std::string& pattern, Access access,
                                DeferredRouteHandler handler) {
  admit("route", method + " " + pattern, static_cast<bool>(handler));
  plan_.routes.push_back({method, pattern, std::move(access), {}, std::move(handler), {}});
}

void PluginScope::streamRoute(const std::string& method, const std::string& pattern, Access access,
                              StreamRouteHandler handler) {
  admit("route", method + " " + pattern, static_cast<bool>(handler));
  plan_.routes.push_back({method, pattern, std::move(access), {}, {}, std::move(handler)});
}

void PluginScope::addHook(bool before, const std::string& point, const HookOptions& options,
                          std::function<void(void*)> hook) {
  const auto what = std::string("hook ") + (before ? "before " : "after ") + point;
  admit(what, "number " + std::to_string(plan_.hooks.size() + 1), static_cast<bool>(hook));
  plan_.hooks.push_back({before, point, options, std::move(hook)});
}

void PluginScope::provide(const std::string& service, std::function<Json(const Json&)> function) {
  admit("service", service, static_cast<bool>(function));
  plan_.services.push_back({service, std::move(function)});
}

void PluginScope::credential(const std::string& prefix, CredentialCheck check) {
  admit("credential", prefix, static_cast<bool>(check));
  plan_.credentials.push_back({prefix, std::move(check)});
}

void PluginScope::messageType(const std::string& type) {
  admit("message type", type);
  plan_.messageTypes.push_back(type);
}

void PluginScope::sessionType(const std::string& type) {
  admit("session type", type);
  plan_.sessionTypes.push_back(type);
}

void PluginScope::timer(Millis interval, std::function<void()> task) {
  admit("timer", "number " + std::to_string(plan_.timers.size() + 1), static_cast<bool>(task));
  if (interval <= Millis::zero()) throw Error(ErrorCode::ValidationFailed, "a timer's interval must be more than 0");
  plan_.timers.push_back({interval, std::move(task)});
}

Metric& PluginScope::metric(const std::string& name, const std::string& help) {
  admit("metric", name);
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (!plain) throw Error(ErrorCode::ValidationFailed, "metric " + name + " must be of a-z 0-9 _");
  // Either would make all of /metrics unreadable.
  const bool isLine =
      base::isUtf8(help) && std::none_of(help.begin(), help.end(), [](unsigned char c) { return c < ' '; });
  if (!isLine) throw Error(ErrorCode::ValidationFailed, "the help of metric " + name + " must be a line of UTF-8");
  metrics_.push_back(metricTable_.add(border_.plugin(), name, help));
  return *metrics_.back();
}

void PluginScope::collection(const CollectionSpec& spec) {
  admit("collection", spec.name);
  plan_.collections.push_back(spec);
}

void PluginScope::dataSubject(std::function<DataPage(const std::string& userId, const std::string& from)> exportData,
                              std::function<void(const std::string& userId)> eraseData) {
  admit("data subject", "functions", exportData && eraseData);
  plan_.dataSubjects.push_back({std::move(exportData), std::move(eraseData)});
}

Json PluginScope::call(const std::string& service, const Json& argument) {
  onWorker();
  return services_.call(service, argument);
}

bool PluginScope::provides(const std::string& service) const {
  return services_.has(service);
}

bool PluginScope::post(std::function<void()> task) {
  return host_.workers.post(border_.once(posted_, std::move(task)));
}

}  // namespace parley::plugin
