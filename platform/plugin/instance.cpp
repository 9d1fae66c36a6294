// SPDX-License-Identifier: Apache-2.0
#include "plugin/instance.h"

#include "base/log.h"
#include "plugin/go_live.h"
#include "plugin/load_error.h"

#include <optional>
#include <utility>

namespace parley::plugin {

namespace {

/// Runs code that may be the plugin's; what it threw comes back as text, since the object would hold the library.
std::optional<std::string> failureOf(const std::function<void()>& run) {
  try {
    run();
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception of unknown type";
  }
}

}  // namespace

Instance::Instance(std::unique_ptr<Library> library, const Kit& kit,
                   std::function<void(const std::string& reason)> alarm)
    : library_(std::move(library)),
      kit_(kit),
      border_(std::make_shared<Border>(library_->manifest().name, kit.border, kit.host.clock, std::move(alarm))),
      scope_(kit.host, kit.services, kit.metrics, *border_) {}

Instance::~Instance() = default;

std::optional<std::string> Instance::attempt(const char* name, const std::function<void()>& run) {
  const StepWatch::Step watched(kit_.steps, manifest().name + ": " + name);
  return failureOf(run);
}

void Instance::step(const char* name, const std::function<void()>& run) {
  if (const auto failure = attempt(name, run)) throw LoadError(std::string(name) + " failed: " + *failure);
}

void Instance::setup() {
  step("setup", [this] {
    plugin_ = library_->entry().create();
    plugin_->setup(scope_);
  });
  scope_.seal();
}

void Instance::start() {
  step("defining its collections", [this] {
    ledger_.add("indexes", [this] { kit_.indexes.remove(manifest().name); });
    for (const auto& spec : scope_.plan().collections) {
      kit_.indexes.add(manifest().name, spec);
      kit_.host.store.define(spec);
    }
  });
  step("start", [this] { plugin_->start(); });
  started_ = true;
  step("reading its texts", [this] {
    kit_.host.texts.set(manifest().name, boost::json::parse(manifest().textsJson));
    ledger_.add("texts", [this] { kit_.host.texts.remove(manifest().name); });
  });
  step("registering", [this] { goLive(scope_.plan(), *border_, kit_, ledger_); });
}

std::vector<RowKey> Instance::rows() {
  return keysOf(scope_.plan());
}

bool Instance::finish(Millis deadline) {
  if (!endPlugin(deadline)) return false;
  if (isHeld()) return false;
  if (library_->unload()) return true;
  holds_ =
      "nothing that the server knows of: perhaps a thread_local of the plugin on a living thread, or another library";
  return false;
}

bool Instance::endPlugin(Millis deadline) {
  scope_.seal();
  border_->close();
  if (!border_->waitIdle(deadline)) {
    base::log("plugins").warn("{}: not finished in time: {}", manifest().name, border_->whatHolds());
    border_->revoke(false);
  }
  ledger_.undoAll();
  if (plugin_ == nullptr) return true;
  if (isHeld()) return false;
  if (std::exchange(started_, false))
    if (const auto failure = attempt("stop", [this] { plugin_->stop(); }))
      base::log("plugins").error("{}: stop failed: {}", manifest().name, *failure);
  border_->revoke(false);  // of what stop() itself began
  if (isHeld()) return false;
  scope_.plan() = Plan{};
  (void)attempt("destruction", [this] { library_->entry().destroy(std::exchange(plugin_, nullptr)); });
  border_->revoke(false);
  return true;
}

/// Plugin code may run still, or return to life: then nothing of it can be freed. Replies in the plugin's hands go with
/// the plugin object; after that, whoever has one is code of the plugin's that nobody knows.
bool Instance::isHeld() {
  const bool held = border_->isBusy() || (plugin_ == nullptr && border_->hasReplies());
  if (held) holds_ = border_->whatHolds();
  if (plugin_ == nullptr) border_->revoke(true);
  return held;
}

}  // namespace parley::plugin
