// SPDX-License-Identifier: Apache-2.0
#include "plugin/plugin_host.h"

#include "base/log.h"
#include "plugin/load_error.h"
#include "plugin/start_order.h"

#include <algorithm>
#include <system_error>

namespace parley::plugin {

namespace fs = std::filesystem;

namespace {

spdlog::logger& log() {
  return base::log("plugins");
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::vector<std::string> reversed(std::vector<std::string> names) {
  std::reverse(names.begin(), names.end());
  return names;
}

std::string problemOf(const std::string& plugin, const std::string& error) {
  return "plugin " + plugin + ": " + error;
}

constexpr int restartTakes = 1;  ///< what clients are told of it, in seconds

bool isThere(const fs::path& file) {
  std::error_code error;
  return fs::exists(file, error);
}

}  // namespace

PluginHost::PluginHost(HostServices services, PluginHostOptions options)
    : services_(std::move(services)),
      options_(std::move(options)),
      staging_(options_.stagingRoot.empty() ? fs::temp_directory_path() : options_.stagingRoot),
      routes_(services_.workers, services_.gate, services_.tokens, options_.routes, services_.audit),
      rows_(services_, routes_),
      indexes_(services_.collections),
      timers_(services_.workers, services_.clock, options_.timerThread),
      steps_(options_.border.slowCall),
      kit_{services_, routes_, rows_, serviceTable_, indexes_, metrics_, timers_, subjects_, steps_, options_.border},
      alarms_([this](const auto& run, const auto& reason) { onAlarm(run, reason); }) {}

PluginHost::~PluginHost() {
  alarms_.stop();
  stop();
  for (auto& [plugin, instance] : retired_) {
    log().error("{}: abandoned, still held by: {}", plugin, instance->holds());
    (void)instance.release();  // NOLINT(bugprone-unused-return-value): freeing it under its own calls would be worse
  }
}

// ---- what there is ----

std::vector<Manifest> PluginHost::discover() {
  const std::lock_guard lock(control_);
  readDirectory();
  publish();
  std::vector<Manifest> manifests;
  for (const auto& [name, record] : records_) manifests.push_back(record.manifest);
  return manifests;
}

void PluginHost::readDirectory() {
  badFiles_.clear();
  // A plugin whose file has gone is forgotten, unless it runs.
  std::erase_if(records_, [this](const auto& item) {
    const auto& [name, record] = item;
    if (record.instance || isThere(record.file)) return false;
    rows_.keepOnly(name, {});
    services_.hooks.remove(name);
    return true;
  });
  for (auto& [name, record] : records_)
    if (!record.instance || !isThere(record.file)) record.file.clear();

  std::vector<fs::path> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.directory, error))
    if (entry.path().extension() == ".so") files.push_back(entry.path());
  if (error) badFiles_[options_.directory.string()] = "cannot be read: " + error.message();
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    try {
      readOne(file);
    } catch (const LoadError& problem) {
      badFiles_[file.filename().string()] = problem.what();
      log().error("{}", problem.what());
    }
  }
}

void PluginHost::readOne(const fs::path& file) {
  const bool runs = std::any_of(records_.begin(), records_.end(),
                                [&](const auto& item) { return item.second.instance && item.second.file == file; });
  if (runs) return;
  const Library library(file, staging_, options_.maxLibraryBytes);
  const auto& manifest = library.manifest();
  auto& record = records_[manifest.name];
  if (!record.file.empty())
    throw LoadError(manifest.file + ": its name " + manifest.name + " is taken by " + record.file.filename().string());
  if (!record.instance) record.manifest = manifest;
  record.file = file;
}

std::unique_ptr<Instance> PluginHost::load(Record& record) {
  auto library = std::make_unique<Library>(record.file, staging_, options_.maxLibraryBytes);
  const auto name = record.manifest.name;
  if (library->manifest().name != name)
    throw LoadError(record.file.filename().string() + ": it was " + name + " and is " + library->manifest().name +
                    " now; have the directory read again");
  record.run = ++runs_;
  return std::make_unique<Instance>(
      std::move(library), kit_,
      [this, run = Alarms::Run{name, record.run}](const std::string& reason) { alarms_.raise(run, reason); });
}

// ---- changes ----

std::vector<std::string> PluginHost::apply(const Wanted& wanted, const std::set<std::string>& restart) {
  const std::lock_guard lock(control_);
  Names toRun;
  for (const auto& [name, record] : records_)
    if (!record.file.empty() && wanted(name)) toRun.insert(name);
  for (auto& [name, record] : records_) {
    if (record.instance == nullptr && toRun.contains(name)) continue;
    record.error.clear();  // of an earlier change
    if (record.instance != nullptr) continue;
    record.state = PluginState::Off;
    services_.hooks.remove(name);
  }
  return applyLocked(toRun, restart);
}

std::vector<std::string> PluginHost::applyLocked(const Names& toRun, const Names& restart) {
  std::vector<std::string> problems;
  sweep();
  stopUnwanted(toRun, problems);
  startWanted(toRun, restart, problems);
  // Only now: a running plugin has the first right to a row.
  for (auto& [name, record] : records_)
    if (!record.instance) showDormant(record);
  publish();
  for (const auto& problem : problems) log().error("{}", problem);
  return problems;
}

void PluginHost::stopForRestart(const std::string& plugin) {
  auto& record = records_.at(plugin);
  if (!record.instance) return;
  for (const auto& dependant : runningDependants(plugin)) stopForRestart(dependant);
  services_.hooks.block(plugin, restartTakes);
  halt(record, PluginState::Off, "");
}

void PluginHost::stopUnwanted(const Names& toRun, std::vector<std::string>& problems) {
  for (const auto& name : reversed(started_)) {
    if (toRun.contains(name)) continue;
    auto& record = records_.at(name);
    // Those that are unwanted themselves started later, so they have stopped by now.
    const auto dependants = runningDependants(name);
    if (dependants.empty()) {
      halt(record, PluginState::Off, record.file.empty() ? "its file is gone" : "");
      services_.hooks.remove(name);  // what it had left in its place; running calls have ended with their own hooks
      continue;
    }
    record.error = "cannot be switched off: " + joined(dependants) + " depends on it and is running";
    problems.push_back("plugin " + name + " " + record.error);
  }
}

/// What is to start anew is stopped when its turn has come, so that it is away no longer than it takes.
void PluginHost::startWanted(const Names& toRun, const Names& restart, std::vector<std::string>& problems) {
  const Names ran(started_.begin(), started_.end());
  std::map<std::string, Manifest> manifests;
  for (const auto& [name, record] : records_) manifests[name] = record.manifest;
  const auto isToRun = [&](const auto& name) { return records_.at(name).instance != nullptr || toRun.contains(name); };
  const auto plan = startOrder(manifests, isToRun);
  for (const auto& [name, error] : plan.errors) {
    auto& record = records_.at(name);
    record.state = PluginState::Failed;
    record.error = error;
    problems.push_back(problemOf(name, error));
  }
  for (const auto& name : plan.order) {
    auto& record = records_.at(name);
    if (restart.contains(name) && toRun.contains(name)) stopForRestart(name);
    if (record.instance) continue;
    launch(record);
    if (record.instance) continue;
    problems.push_back(problemOf(name, record.error) + (ran.contains(name) ? "; it ran until now" : ""));
    block(name);
  }
}

std::vector<std::string> PluginHost::runningDependants(const std::string& plugin) const {
  std::vector<std::string> names;
  for (const auto& name : started_) {
    const auto& needs = records_.at(name).manifest.dependsOn;
    if (std::find(needs.begin(), needs.end(), plugin) != needs.end()) names.push_back(name);
  }
  return names;
}

std::string PluginHost::missingDependency(const Manifest& manifest) const {
  for (const auto& other : manifest.dependsOn) {
    const auto found = records_.find(other);
    if (found == records_.end()) return "depends on " + other + ", which is not installed";
    if (!found->second.instance)
      return "depends on " + other + ", which is off" +
             (found->second.error.empty() ? "" : " (" + found->second.error + ")");
  }
  return {};
}

void PluginHost::launch(Record& record) {
  record.error.clear();
  std::unique_ptr<Instance> instance;
  try {
    instance = load(record);
    record.manifest = instance->manifest();  // the file may be a newer one
    startInstance(record, instance);
    services_.hooks.unblock(record.manifest.name);
    record.state = PluginState::Running;
    started_.push_back(record.manifest.name);
    log().info("{} {} is running", record.manifest.name, record.manifest.version);
  } catch (const LoadError& error) {
    record.state = PluginState::Failed;
    record.error = error.what();
    if (instance) retire(record.manifest.name, std::move(instance));
  }
}

void PluginHost::startInstance(Record& record, std::unique_ptr<Instance>& instance) {
  if (const auto missing = missingDependency(record.manifest); !missing.empty()) throw LoadError(missing);
  instance->setup();
  const auto keys = instance->rows();
  rows_.keepOnly(record.manifest.name, keys);
  instance->start();
  record.dormant = true;  // its rows turn dormant when they are undone
  record.instance = std::move(instance);
}

void PluginHost::halt(Record& record, PluginState state, const std::string& error) {
  const auto& name = record.manifest.name;
  record.state = state;
  record.error = error;
  std::erase(started_, name);
  retire(name, std::move(record.instance));
  log().info("{} is off{}", name, error.empty() ? "" : ": " + error);
}

/// Of a plugin that should run and does not.
void PluginHost::block(const std::string& plugin) {
  if (services_.hooks.block(plugin, 0))
    log().error("{}: what only its hooks can let pass is refused until it runs again, or its settings switch it off",
                plugin);
}

/// A plugin that is off still shows what it would offer.
void PluginHost::showDormant(Record& record) {
  if (record.dormant) return;
  std::unique_ptr<Instance> instance;
  try {
    instance = load(record);
    instance->setup();
    const auto keys = instance->rows();
    for (const auto& key : keys) rows_.goDormant(record.manifest.name, key);
    record.dormant = true;
  } catch (const LoadError& error) {
    log().warn("{} is off and cannot say what it would offer: {}", record.manifest.name, error.what());
    if (record.error.empty()) record.error = error.what();
  }
  if (instance) retire(record.manifest.name, std::move(instance));
}

// ---- the end of an instance ----

void PluginHost::retire(const std::string& plugin, std::unique_ptr<Instance> instance) {
  if (instance->finish(options_.disableDeadline)) return;
  log().error("{}: its library stays mapped, held by: {}", plugin, instance->holds());
  retired_.emplace_back(plugin, std::move(instance));
}

void PluginHost::sweep() {
  std::erase_if(retired_, [](auto& item) { return item.second->finish(Millis::zero()); });
}

void PluginHost::stop() {
  const std::lock_guard lock(control_);
  stopAll();
  sweep();
  publish();
}

void PluginHost::stopAll() {
  while (!started_.empty()) halt(records_.at(started_.back()), PluginState::Off, "");
}

// ---- one plugin ----

void PluginHost::enable(const std::string& plugin) {
  change(plugin, true);
}

void PluginHost::disable(const std::string& plugin) {
  change(plugin, false);
}

void PluginHost::change(const std::string& plugin, bool on) {
  const std::lock_guard lock(control_);
  if (!records_.contains(plugin)) throw Error(ErrorCode::NotFound, "no plugin " + plugin);
  Names toRun(started_.begin(), started_.end());
  if (on)
    toRun.insert(plugin);
  else
    toRun.erase(plugin);
  if (!on && records_.at(plugin).instance == nullptr) services_.hooks.remove(plugin);
  applyLocked(toRun, {});
  const auto& record = records_.at(plugin);
  if ((record.instance != nullptr) != on) throw Error(ErrorCode::Conflict, problemOf(plugin, record.error));
}

// ---- too many failures ----

void PluginHost::onAlarm(const Alarms::Run& run, const std::string& reason) {
  const std::lock_guard turn(control_);
  const auto failed = records_.find(run.plugin);
  if (failed == records_.end() || failed->second.run != run.number) return;
  switchOff(run.plugin, reason);
  publish();
}

void PluginHost::switchOff(const std::string& plugin, const std::string& reason) {
  auto& record = records_.at(plugin);
  if (!record.instance) return;
  const auto inherited = "depends on " + plugin + ", which was switched off (" + reason + ")";
  for (const auto& dependant : runningDependants(plugin)) switchOff(dependant, inherited);
  block(plugin);
  halt(record, PluginState::Failed, reason);
}

// ---- what is shown ----

void PluginHost::publish() {
  std::vector<StatusBoard::Entry> entries;
  for (const auto& [name, record] : records_) {
    const auto& manifest = record.manifest;
    PluginStatus status{
        name, manifest.version, manifest.summary, manifest.file, manifest.dependsOn, record.state, record.error, {},
        {}};
    for (const auto& [plugin, instance] : retired_)
      if (plugin == name) status.retired.push_back(instance->holds());
    entries.emplace_back(std::move(status), record.instance ? record.instance->border() : nullptr);
  }
  for (const auto& [file, error] : badFiles_) {
    PluginStatus status;
    status.name = status.file = file;
    status.state = PluginState::Failed;
    status.error = error;
    entries.emplace_back(std::move(status), nullptr);
  }
  board_.show(std::move(entries));
}

std::string PluginHost::whatHolds() const {
  auto held = board_.whatHolds();
  if (const auto step = steps_.running(); !step.empty()) held += (held.empty() ? "" : "; ") + step;
  return held;
}

std::vector<RowBook::Entry> PluginHost::rows() {
  const std::lock_guard lock(control_);
  return rows_.list();
}

}  // namespace parley::plugin
