// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/border.h"
#include "plugin/kit.h"
#include "plugin/ledger.h"
#include "plugin/library.h"
#include "plugin/plugin_scope.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parley::plugin {

/// One life of a plugin, from its mapped library to the library's end. [host: one thread at a time]
class Instance {
 public:
  Instance(std::unique_ptr<Library> library, const Kit& kit, std::function<void(const std::string& reason)> alarm);
  /// Only after finish() has returned true; otherwise the owner has to let it live.
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const Manifest& manifest() const { return library_->manifest(); }
  const std::shared_ptr<Border>& border() const { return border_; }

  /// Makes the plugin object and lets it register. Throws LoadError with the reason when it fails.
  void setup();
  /// Defines its collections, starts it, takes it live. Throws LoadError with the reason when that fails.
  void start();
  /// What it registered for clients; after setup.
  std::vector<RowKey> rows();

  /// Ends it, from whatever state: refuses new calls, lets running ones finish until the deadline, undoes its
  /// registrations, stops and destroys it, unloads the library. False when something holds it still (see holds): the
  /// library stays mapped; call again later.
  bool finish(Millis deadline);

  /// What kept the last finish() from its end.
  const std::string& holds() const { return holds_; }

 private:
  /// A step that the plugin may hold up, or fail.
  std::optional<std::string> attempt(const char* name, const std::function<void()>& run);
  void step(const char* name, const std::function<void()>& run);
  bool endPlugin(Millis deadline);
  bool isHeld();

  std::unique_ptr<Library> library_;
  const Kit& kit_;
  std::shared_ptr<Border> border_;
  PluginScope scope_;
  Ledger ledger_;
  Plugin* plugin_ = nullptr;
  bool started_ = false;
  std::string holds_;
};

}  // namespace parley::plugin
