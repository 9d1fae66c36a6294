// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/border.h"
#include "plugin/facades.h"
#include "plugin/host_services.h"
#include "plugin/metric_table.h"
#include "plugin/plan.h"
#include "plugin/service_table.h"

#include <parley/scope.h>

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace parley::plugin {

/// The Scope of one start of a plugin: writes down what it registers, and lends it the services behind its border.
class PluginScope final : public Scope {
 public:
  PluginScope(const HostServices& host, ServiceTable& services, MetricTable& metrics, Border& border);
  ~PluginScope() override;

  /// Ends the time for registrations. Afterwards they are refused.
  void seal() { sealed_ = true; }
  Plan& plan() { return plan_; }

  void event(const std::string& name, Access access, EventHandler handler) override;
  void deferredEvent(const std::string& name, Access access, DeferredEventHandler handler, NextEvents next) override;
  Namespace& nameSpace(const std::string& name) override;
  void route(const std::string& method, const std::string& pattern, Access access, RouteHandler handler) override;
  void deferredRoute(const std::string& method, const std::string& pattern, Access access,
                     DeferredRouteHandler handler) override;
  void streamRoute(const std::string& method, const std::string& pattern, Access access,
                   StreamRouteHandler handler) override;
  void provide(const std::string& service, std::function<Json(const Json&)> function) override;
  void credential(const std::string& prefix, CredentialCheck check) override;
  void messageType(const std::string& type) override;
  void sessionType(const std::string& type) override;
  void timer(Millis interval, std::function<void()> task) override;
  Metric& metric(const std::string& name, const std::string& help) override;
  void collection(const CollectionSpec& spec) override;
  void dataSubject(std::function<DataPage(const std::string& userId, const std::string& from)> exportData,
                   std::function<void(const std::string& userId)> eraseData) override;

  const Config& config() const override { return *config_; }
  Log& log() override { return *log_; }
  const Clock& clock() const override { return host_.clock; }
  Store& store() override { return onWorker(), store_; }
  Sockets& sockets() override { return sockets_; }
  Users& users() override { return onWorker(), users_; }
  Sessions& sessions() override { return onWorker(), host_.sessions; }
  Messages& messages() override { return onWorker(), messages_; }
  Reads& reads() override { return onWorker(), reads_; }
  Presence& presence() override { return host_.presence; }
  Tokens& tokens() override { return host_.ownTokens; }
  Json call(const std::string& service, const Json& argument) override;
  bool provides(const std::string& service) const override;
  bool post(std::function<void()> task) override;

 protected:
  void addHook(bool before, const std::string& point, const HookOptions& options,
               std::function<void(void*)> hook) override;

 private:
  class Space;
  /// Refuses what comes outside of setup, twice, or with an empty name or function.
  void admit(const std::string& what, const std::string& name, bool hasFunction = true);
  /// Debug builds: not on an I/O loop.
  void onWorker() const;

  const HostServices& host_;
  ServiceTable& services_;
  MetricTable& metricTable_;
  Border& border_;
  std::atomic<bool> sealed_{false};
  std::set<std::string> admitted_;
  Plan plan_;
  std::map<std::string, std::unique_ptr<Space>> spaces_;
  std::vector<std::shared_ptr<Metric>> metrics_;
  std::unique_ptr<Config> config_;
  std::unique_ptr<Log> log_;
  StoreFacade store_;
  SocketsFacade sockets_;
  UsersFacade users_;
  MessagesFacade messages_;
  ReadsFacade reads_;
  Site& posted_;
};

}  // namespace parley::plugin
