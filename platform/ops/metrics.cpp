// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics.h"

#include "ops/process_figures.h"

#include <parley/error.h>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <utility>

namespace parley::ops {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

/// Families of one kind of thing, a sample for each thing in each of them.
class Families {
 public:
  void add(std::string name, std::string help, MetricType type, double value, Labels labels = {}) {
    auto& metric = metricOf(std::move(name), std::move(help), type, std::move(labels));
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  void gauge(std::string name, std::string help, double value, Labels labels = {}) {
    add(std::move(name), std::move(help), MetricType::Gauge, value, std::move(labels));
  }
  void counter(std::string name, std::string help, double value, Labels labels = {}) {
    add(std::move(name), std::move(help), MetricType::Counter, value, std::move(labels));
  }
  void histogram(std::string name, std::string help, const storage::Durations& durations, Labels labels) {
    auto& histogram = metricOf(std::move(name), std::move(help), MetricType::Histogram, std::move(labels)).histogram;
    histogram.sample_sum = durations.seconds;
    for (std::size_t i = 0; i < durations.counts.size(); ++i) {
      histogram.sample_count += durations.counts[i];
      const bool isLast = i == durations.bounds.size();
      histogram.bucket.push_back(
          {histogram.sample_count, isLast ? std::numeric_limits<double>::infinity() : durations.bounds.at(i)});
    }
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  ClientMetric& metricOf(std::string name, std::string help, MetricType type, Labels labels) {
    auto& metric = familyOf(std::move(name), std::move(help), type).metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }
  MetricFamily& familyOf(std::string name, std::string help, MetricType type) {
    for (auto& family : families_)
      if (family.name == name) return family;
    auto& family = families_.emplace_back();
    family.name = std::move(name);
    family.help = std::move(help);
    family.type = type;
    return family;
  }
  std::vector<MetricFamily> families_;
};

/// Each place at which the host calls a plugin; two of one name are one.
void addSites(Families& families, const plugin::PluginStatus& status) {
  std::map<std::string, plugin::Site> sites;
  for (const auto& site : status.sites) {
    auto& sum = sites[site.name];
    sum.calls += site.calls;
    sum.failures += site.failures;
    sum.total += site.total;
    sum.longest = std::max(sum.longest, site.longest);
    sum.running += site.running;
  }
  for (const auto& [name, site] : sites) {
    const Labels labels{{"plugin", status.name}, {"site", name}};
    families.counter("parley_plugin_calls_total", "Calls into plugins: events, routes, hooks, timers, completions",
                     static_cast<double>(site.calls), labels);
    families.counter("parley_plugin_call_failures_total", "Calls that ended with a fault of the plugin",
                     static_cast<double>(site.failures), labels);
    families.counter("parley_plugin_call_seconds_total", "Time that the calls took together", seconds(site.total),
                     labels);
    families.gauge("parley_plugin_call_seconds_max", "The longest call since the plugin started", seconds(site.longest),
                   labels);
    families.gauge("parley_plugin_calls_running", "Calls that have not ended yet", site.running, labels);
  }
}

void addPlugins(Families& families, const plugin::PluginHost& plugins) {
  for (const auto& status : plugins.list()) {
    families.gauge("parley_plugin_up", "1 for a plugin that runs, 0 for one that is off or has failed",
                   status.state == plugin::PluginState::Running ? 1 : 0,
                   {{"plugin", status.name}, {"version", status.version}});
    addSites(families, status);
  }
  for (const auto& sample : plugins.metrics().samples())
    families.add(sample.name, sample.help, sample.name.ends_with("_total") ? MetricType::Counter : MetricType::Gauge,
                 sample.value);
}

void addStore(Families& families, const storage::StoreFigures& store) {
  const auto number = [](std::uint64_t count) { return static_cast<double>(count); };
  constexpr auto commands = "parley_store_command_duration_seconds";
  constexpr auto help = "Commands to the database; the writes of several callers may share one";
  families.histogram(commands, help, store.reads, {{"kind", "read"}});
  families.histogram(commands, help, store.writes, {{"kind", "write"}});
  families.counter("parley_store_command_failures_total", "Commands that the database did not carry out",
                   number(store.failed));
  families.counter("parley_store_slow_commands_total", "Commands that took longer than storage.*.slowCommand",
                   number(store.slow));
  families.counter("parley_store_writes_total", "Single writes, of which a command may hold many",
                   number(store.writesDone));
  families.counter("parley_store_write_retries_total", "Writes that were sent again, their outcome being unknown",
                   number(store.retries));
  families.gauge("parley_store_writes_queued", "Writes that wait for their turn", number(store.writesQueued));
  families.gauge("parley_store_connections", "Connections for calls that run at the same time",
                 number(store.connections));
  families.gauge("parley_store_connections_used", "Those that a call has now", number(store.connectionsUsed));
}

void addProcess(Families& families) {
  const auto figures = processFigures();
  families.counter("process_cpu_seconds_total", "Processor time, user and system", figures.cpuSeconds);
  families.gauge("process_resident_memory_bytes", "Resident memory", figures.residentBytes);
  families.gauge("process_open_fds", "Open file descriptors", figures.openFiles);
  families.gauge("process_max_fds", "How many file descriptors may be open", figures.maxFiles);
}

}  // namespace

Metrics::Metrics(http::Router& router, const plugin::PluginHost& plugins, const storage::ManagedStore& store,
                 Access access, std::vector<Gauge> gauges)
    : router_(router), plugins_(plugins), store_(store), gauges_(std::move(gauges)) {
  const auto answer = [this](const HttpCall&, const HttpReply& reply) {
    HttpResponse response;
    response.contentType = "text/plain; version=0.0.4; charset=utf-8";
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = text();
    reply(std::move(response));
  };
  route_ = router_.add("GET", "/metrics", plugins.routes().handler("GET /metrics", std::move(access), answer));
}

Metrics::~Metrics() {
  router_.remove(route_);
}

std::string Metrics::text() const {
  Families families;
  for (const auto& gauge : gauges_) families.gauge(gauge.name, gauge.help, gauge.value());
  addStore(families, store_.figures());
  addPlugins(families, plugins_);
  addProcess(families);
  return families.text();
}

}  // namespace parley::ops
