// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/alarms.h"
#include "plugin/border.h"
#include "plugin/data_subjects.h"
#include "plugin/host_services.h"
#include "plugin/instance.h"
#include "plugin/kit.h"
#include "plugin/library.h"
#include "plugin/manifest.h"
#include "plugin/metric_table.h"
#include "plugin/route_adapter.h"
#include "plugin/row_book.h"
#include "plugin/service_table.h"
#include "plugin/status_board.h"
#include "plugin/step_watch.h"
#include "plugin/timers.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace parley::plugin {

struct PluginHostOptions {
  std::filesystem::path directory;                        ///< where the libraries are
  std::filesystem::path stagingRoot;                      ///< of the private copies; empty: the system's temporary one
  std::size_t maxLibraryBytes = std::size_t{256} << 20U;  ///< a larger file is refused
  Millis disableDeadline{5000};                           ///< how long running calls may take to end
  BorderOptions border;
  RouteOptions routes;
  bool timerThread = true;  ///< tests with a clock of their own call runTimers instead
};

/// Loads, starts, switches and unloads plugins. Everything [host: any thread that is neither a worker nor an I/O loop]
/// unless tagged otherwise; calls take turns.
class PluginHost {
 public:
  /// Whether a plugin is to run.
  using Wanted = std::function<bool(const std::string& plugin)>;

  /// Throws LoadError when the staging directory cannot be made.
  PluginHost(HostServices services, PluginHostOptions options);
  /// As stop(). A plugin that still has calls running then is abandoned in memory, not freed under them.
  ~PluginHost();
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  /// Reads the directory and the manifests of all plugins there, starting none; those that run keep the manifest they
  /// run with, and run on when their file has gone. A file that cannot be used shows up in list(), Failed.
  std::vector<Manifest> discover();

  /// Brings every discovered plugin to the wanted state: stops in reverse order, then starts in order of dependence.
  /// Those named in `restart`, whose settings have changed, are stopped if they run, with all that depend on them, and
  /// started again one after the other. One whose file has gone is not wanted. Those that are off get dormant
  /// rows. `wanted` is asked before anything is changed. Returns what could not be done, a sentence each: the rest is
  /// done.
  std::vector<std::string> apply(const Wanted& wanted, const std::set<std::string>& restart = {});

  /// One plugin, the others as they are; throws NOT_FOUND, or CONFLICT with the reason. A plugin that was switched off
  /// loads a fresh copy of its file.
  void enable(const std::string& plugin);
  void disable(const std::string& plugin);

  /// Stops all, in reverse order of their start. Idempotent.
  void stop();

  /// By name. [any thread]
  std::vector<PluginStatus> list() const { return board_.list(); }

  /// The step and the calls that are not through, each with its plugin; empty when there are none. [any thread]
  std::string whatHolds() const;

  /// The routes and events of all plugins, those of plugins that are off included.
  std::vector<RowBook::Entry> rows();

  DataSubjects& dataSubjects() { return subjects_; }
  const MetricTable& metrics() const { return metrics_; }
  /// For routes of the server's own that need an Access. [any thread]
  const RouteAdapter& routes() const { return routes_; }
  /// Without a timer thread: runs what is due.
  void runTimers() { timers_.runDue(); }
  /// Turns of timers for which there was no worker. [any thread]
  std::uint64_t skippedTimers() const { return timers_.skipped(); }

 private:
  struct Record {
    Manifest manifest;
    std::filesystem::path file;  ///< empty: it has gone
    PluginState state = PluginState::Off;
    std::string error;
    bool dormant = false;   ///< its rows are known to clients as FEATURE_DISABLED
    std::uint64_t run = 0;  ///< the last one
    std::unique_ptr<Instance> instance;
  };

  using Names = std::set<std::string>;

  void readDirectory();
  void readOne(const std::filesystem::path& file);
  std::unique_ptr<Instance> load(Record& record);

  std::vector<std::string> applyLocked(const Names& toRun, const Names& restart);
  void stopForRestart(const std::string& plugin);
  void stopUnwanted(const Names& toRun, std::vector<std::string>& problems);
  void startWanted(const Names& toRun, const Names& restart, std::vector<std::string>& problems);
  std::vector<std::string> runningDependants(const std::string& plugin) const;
  std::string missingDependency(const Manifest& manifest) const;
  void launch(Record& record);
  void startInstance(Record& record, std::unique_ptr<Instance>& instance);
  void halt(Record& record, PluginState state, const std::string& error);
  void block(const std::string& plugin);
  void showDormant(Record& record);
  void retire(const std::string& plugin, std::unique_ptr<Instance> instance);
  void sweep();
  void stopAll();
  void change(const std::string& plugin, bool on);
  void publish();

  void onAlarm(const Alarms::Run& run, const std::string& reason);
  void switchOff(const std::string& plugin, const std::string& reason);

  const HostServices services_;
  const PluginHostOptions options_;
  StagingDir staging_;
  std::uint64_t runs_ = 0;
  RouteAdapter routes_;
  RowBook rows_;
  ServiceTable serviceTable_;
  IndexTable indexes_;
  MetricTable metrics_;
  Timers timers_;
  DataSubjects subjects_;
  StepWatch steps_;
  const Kit kit_;

  std::mutex control_;  ///< one change at a time; held while plugins start and stop
  std::map<std::string, Record> records_;
  std::map<std::string, std::string> badFiles_;  ///< file name to why it is no plugin
  std::vector<std::string> started_;             ///< running plugins in the order of their start
  std::vector<std::pair<std::string, std::unique_ptr<Instance>>> retired_;

  StatusBoard board_;

  Alarms alarms_;
};

}  // namespace parley::plugin
