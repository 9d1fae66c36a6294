// SPDX-License-Identifier: Apache-2.0
#include "ops/metrics.h"

#include "base/rate_limits.h"
#include "ops/metric_families.h"
#include "ops/process_figures.h"

#include <parley/error.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <string_view>
#include <utility>

namespace parley::ops {

namespace {

using Labels = MetricFamilies::Labels;
constexpr double microsecondsPerSecond = 1e6;

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

void addLoops(MetricFamilies& families, const net::EventLoops& loops) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    const auto& loop = loops.at(i);
    const auto& counters = loop.counters();
    const Labels labels{{"loop", std::to_string(i)}};
    families.gauge("parley_loop_connections", "Open connections on the loop", counters.connections.get(), labels);
    families.counter("parley_loop_iterations_total", "Wake-ups of the loop", counters.iterations.get(), labels);
    families.counter("parley_loop_busy_seconds_total", "Time in which the loop did not wait for something to do",
                     static_cast<double>(counters.busyNanoseconds.get()) / 1e9, labels);
    families.counter("parley_loop_tasks_total", "Tasks that other threads gave to the loop", counters.tasks.get(),
                     labels);
    families.gauge("parley_loop_tasks_queued", "Tasks that the loop has not begun", std::uint64_t{loop.tasksQueued()},
                   labels);
    families.counter("parley_loop_received_bytes_total", "Bytes from clients", counters.receivedBytes.get(), labels);
    families.counter("parley_loop_sent_bytes_total", "Bytes to clients", counters.sentBytes.get(), labels);
    families.gauge("parley_loop_outbound_queue_bytes",
                   "Bytes for clients that do not read as fast as they are written to", counters.waitingBytes.get(),
                   labels);
  }
}

void addConnections(MetricFamilies& families, const net::EventLoops& loops, const http::Server& http) {
  using net::CloseReason;
  families.gauge("parley_connections", "Open TCP connections", std::uint64_t{http.connectionCount()});
  const auto figures = http.listenerFigures();
  families.counter("parley_connections_accepted_total", "Connections that were let in", figures.accepted);
  for (const auto& [reason, count] :
       {std::pair("connection_limit", figures.overLimit), std::pair("address_limit", figures.overAddressLimit),
        std::pair("no_file_descriptors", figures.outOfFiles), std::pair("untrusted_proxy", figures.notTrusted)})
    families.counter("parley_connections_refused_total", "Connections that were closed at once", count,
                     {{"reason", reason}});
  constexpr std::array reasons{"peer_closed",    "peer_reset", "timeout", "output_limit",
                               "protocol_error", "local",      "shutdown"};
  static_assert(reasons.size() == static_cast<std::size_t>(CloseReason::Shutdown) + 1);
  for (std::size_t reason = 0; reason < reasons.size(); ++reason) {
    std::uint64_t closed = 0;
    for (std::size_t i = 0; i < loops.size(); ++i) closed += loops.at(i).counters().closed.at(reason).get();
    families.counter("parley_connections_closed_total",
                     "Ended connections; output_limit and timeout: the client did not read", closed,
                     {{"reason", reasons.at(reason)}});
  }
}

void addSessions(MetricFamilies& families, const Metrics::Sources& from) {
  const realtime::SessionCounts none;
  const auto* engine = from.engineSessions() != nullptr ? from.engineSessions() : &none;
  const auto* plain = from.plainSessions() != nullptr ? from.plainSessions() : &none;
  const std::uint64_t polling = engine->polling;
  const std::uint64_t open = engine->open;
  for (const auto& [transport, count] :
       {std::pair("polling", polling), std::pair("websocket", open - std::min(open, polling)),
        std::pair("plain", std::uint64_t{plain->open})})
    families.gauge("parley_sessions",
                   "Clients by transport: Socket.IO over polling or WebSocket, and plain ones at /ws", count,
                   {{"transport", transport}});
  families.gauge("parley_sockets_waiting", "Sockets whose connection broke, kept for their clients to come back",
                 std::uint64_t{from.sockets.disconnected});
  families.gauge("parley_users_online", "Users with at least one device", std::uint64_t{from.usersOnline()});
  families.counter("parley_volatile_messages_dropped_total",
                   "Typing, presence and the like that was not sent to clients who do not read as fast",
                   engine->dropped.get() + plain->dropped.get());
  families.counter("parley_slow_clients_closed_total", "Clients that were cut off since too much was waiting for them",
                   engine->overflowed.get() + plain->overflowed.get());
  families.counter("parley_events_sent_total", "Events to clients, each to all of its recipients",
                   from.delivery.events());
  families.counter("parley_deliveries_total", "Events to clients, for each of their recipients",
                   from.delivery.deliveries());
}

void addEvents(MetricFamilies& families, const Metrics::Sources& from) {
  families.gauge("parley_events_pending", "Events of clients that were taken and not answered yet",
                 std::uint64_t{from.dispatcher.pending()});
  for (const auto& [event, calls] : from.events.calls().all()) {
    const auto durations = calls->durations();
    if (durations.total() == 0) continue;
    families.histogram("parley_event_duration_seconds", "From an event's arrival to its answer", durations,
                       microsecondsPerSecond, {{"event", event}});
    for (std::size_t i = 0; i < base::errorCodes; ++i) {
      const auto code = static_cast<ErrorCode>(i);
      const auto count = calls->count(realtime::EventTable::outcomeOf(code));
      if (count == 0) continue;
      families.counter("parley_event_failures_total", "Events that were answered with a failure", count,
                       {{"event", event}, {"code", std::string(codeName(code))}});
    }
  }
}

void addRequests(MetricFamilies& families, const http::Router& router) {
  for (const auto& [route, calls] : router.calls().all()) {
    const auto durations = calls->durations();
    if (durations.total() == 0) continue;
    families.histogram("parley_http_request_duration_seconds",
                       "From a request to the beginning of its answer; a poll waits for something to tell", durations,
                       microsecondsPerSecond, {{"route", route}});
    for (std::size_t digit = 1; digit <= 5; ++digit) {
      const auto count = calls->count(digit);
      if (count == 0) continue;
      families.counter("parley_http_responses_total", "Answers by the class of their status", count,
                       {{"route", route}, {"status", std::to_string(digit) + "xx"}});
    }
  }
}

void addRefusals(MetricFamilies& families, const Metrics::Sources& from) {
  constexpr auto name = "parley_calls_refused_total";
  constexpr auto help = "Events and requests that were not let through to their handler, by class of limits and code";
  for (const auto rateClass : base::rateClasses)
    for (const auto code : {ErrorCode::Unauthenticated, ErrorCode::Forbidden, ErrorCode::RateLimited})
      families.counter(name, help, from.gate.refused(rateClass, code),
                       {{"class", std::string(base::nameOf(rateClass))}, {"code", std::string(codeName(code))}});
  families.counter(name, help, from.dispatcher.limited(),
                   {{"class", "socket"}, {"code", std::string(codeName(ErrorCode::RateLimited))}});
  families.counter("parley_tokens_refused_total", "Tokens that did not count",
                   from.tokens != nullptr ? from.tokens->refused() : 0);
}

/// Each place at which the host calls a plugin; two of one name are one.
void addSites(MetricFamilies& families, const plugin::PluginStatus& status) {
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
                     site.calls, labels);
    families.counter("parley_plugin_call_failures_total", "Calls that ended with a fault of the plugin", site.failures,
                     labels);
    families.counter("parley_plugin_call_seconds_total", "Time that the calls took together", seconds(site.total),
                     labels);
    families.gauge("parley_plugin_call_seconds_max", "The longest call since the plugin started", seconds(site.longest),
                   labels);
    families.gauge("parley_plugin_calls_running", "Calls that have not ended yet", static_cast<double>(site.running),
                   labels);
  }
}

void addPlugins(MetricFamilies& families, const plugin::PluginHost& plugins) {
  using plugin::PluginState;
  for (const auto& status : plugins.list()) {
    const Labels labels{{"plugin", status.name}, {"version", status.version}};
    families.gauge("parley_plugin_up", "1 for a plugin that runs, 0 for one that is off or has failed",
                   status.state == PluginState::Running ? 1.0 : 0.0, labels);
    families.gauge("parley_plugin_failed", "1 for a plugin that was to run and failed too often, or at its start",
                   status.state == PluginState::Failed ? 1.0 : 0.0, labels);
    addSites(families, status);
  }
  for (const auto& sample : plugins.metrics().samples()) {
    if (sample.name.ends_with("_total")) {
      families.counter(sample.name, sample.help, sample.value);
    } else {
      families.gauge(sample.name, sample.help, sample.value);
    }
  }
}

void addOperations(MetricFamilies& families, const storage::MeasuredStore& store) {
  using storage::MeasuredStore;
  for (std::size_t i = 0; i < MeasuredStore::names.size(); ++i) {
    const auto& calls = store.calls().at(i);
    const Labels labels{{"operation", std::string(MeasuredStore::names.at(i))}};
    families.histogram("parley_store_operation_duration_seconds",
                       "What the server asks of its store, with the wait for a connection or a shared commit",
                       calls.durations(), microsecondsPerSecond, labels);
    families.counter("parley_store_operation_failures_total", "Those that the store could not carry out",
                     calls.count(MeasuredStore::Failed), labels);
  }
}

void addStore(MetricFamilies& families, const storage::StoreFigures& store) {
  constexpr auto commands = "parley_store_command_duration_seconds";
  constexpr auto help = "Commands to the database; the writes of several callers may share one";
  const auto& bounds = storage::Durations::bounds;
  families.histogram(commands, help, bounds, store.reads.counts, store.reads.seconds, {{"kind", "read"}});
  families.histogram(commands, help, bounds, store.writes.counts, store.writes.seconds, {{"kind", "write"}});
  families.counter("parley_store_command_failures_total", "Commands that the database did not carry out", store.failed);
  families.counter("parley_store_slow_commands_total", "Commands that took longer than storage.*.slowCommand",
                   store.slow);
  families.counter("parley_store_writes_total", "Single writes, of which a command may hold many", store.writesDone);
  families.histogram("parley_store_writes_per_command", "How many writes shared a command, or a commit", store.batches,
                     1);
  families.counter("parley_store_write_retries_total", "Writes that were sent again, their outcome being unknown",
                   store.retries);
  families.gauge("parley_store_writes_queued", "Writes that wait for their turn", store.writesQueued);
  families.gauge("parley_store_writes_gathered", "Writes that may wait for a while, and do", store.writesGathered);
  families.gauge("parley_store_connections", "Connections for calls that run at the same time", store.connections);
  families.gauge("parley_store_connections_used", "Those that a call has now", store.connectionsUsed);
}

void addGivenUp(MetricFamilies& families, const Metrics::Sources& from, const storage::StoreFigures& store) {
  for (const auto& [what, count] :
       {std::pair("audit", from.auditGivenUp()), std::pair("event_before_connect", from.sockets.tooEarly.get()),
        std::pair("note", from.notesGivenUp()), std::pair("plugin_timer", from.plugins.skippedTimers()),
        std::pair("store_write", store.writesGivenUp)})
    families.counter("parley_given_up_total", "What was not done since too much of it waited", count, {{"what", what}});
}

void addProcess(MetricFamilies& families, const ProcessFigures& figures, const base::WorkerPool& workers) {
  families.gauge("parley_tasks_queued", "Calls that wait for a worker", std::uint64_t{workers.queued()});
  families.counter("process_cpu_seconds_total", "Processor time, user and system", figures.cpuSeconds);
  families.gauge("process_resident_memory_bytes", "Resident memory", figures.residentBytes);
  families.gauge("process_open_fds", "Open file descriptors", figures.openFiles);
  families.gauge("process_max_fds", "How many file descriptors may be open", figures.maxFiles);
  families.gauge("process_start_time_seconds", "When the process began, in seconds since 1970", figures.startTime);
}

}  // namespace

Metrics::Metrics(Sources sources, Access access) : from_(std::move(sources)) {
  const auto answer = [this](const HttpCall&, const HttpReply& reply) {
    HttpResponse response;
    response.contentType = "text/plain; version=0.0.4; charset=utf-8";
    response.body = text();
    reply(std::move(response));
  };
  auto handler = from_.plugins.routes().handler("GET /metrics", std::move(access), answer);
  route_ = from_.router.add("GET", "/metrics", std::move(handler));
}

Metrics::~Metrics() {
  from_.router.remove(route_);
}

std::string Metrics::text() const {
  MetricFamilies families;
  addConnections(families, from_.loops, from_.http);
  addLoops(families, from_.loops);
  addSessions(families, from_);
  addEvents(families, from_);
  addRequests(families, from_.router);
  addRefusals(families, from_);
  addOperations(families, from_.store);
  const auto store = from_.store.figures();
  addStore(families, store);
  addGivenUp(families, from_, store);
  addPlugins(families, from_.plugins);
  addProcess(families, process_.read(), from_.workers);
  return families.text();
}

}  // namespace parley::ops
