// SPDX-License-Identifier: Apache-2.0
#include "plugin/start_order.h"

#include <algorithm>

namespace parley::plugin {

namespace {

class Walk {
 public:
  Walk(const std::map<std::string, Manifest>& plugins, const std::function<bool(const std::string&)>& enabled)
      : plugins_(plugins), enabled_(enabled) {}

  StartOrder run() {
    for (const auto& [name, manifest] : plugins_)
      if (enabled_(name)) visit(name);
    return std::move(result_);
  }

 private:
  bool onPath(const std::string& name) const { return std::find(path_.begin(), path_.end(), name) != path_.end(); }

  /// Whether `name` is on the path or depends on something that is: a mere wish to start after it gives way then.
  bool needsPath(const std::string& name, std::size_t depth = 0) const {
    if (onPath(name) || depth > plugins_.size()) return true;
    const auto found = plugins_.find(name);
    if (found == plugins_.end()) return false;
    const auto& needs = found->second.dependsOn;
    return std::any_of(needs.begin(), needs.end(),
                       [&](const std::string& other) { return needsPath(other, depth + 1); });
  }

  bool done(const std::string& name) const {
    return result_.errors.contains(name) ||
           std::find(result_.order.begin(), result_.order.end(), name) != result_.order.end();
  }

  void visit(const std::string& name) {
    if (done(name)) return;
    path_.push_back(name);
    const auto& manifest = plugins_.at(name);
    for (const auto& other : manifest.startsAfter)
      if (plugins_.contains(other) && enabled_(other) && !needsPath(other)) visit(other);
    std::string error;
    for (const auto& other : manifest.dependsOn) {
      error = problemWith(other);
      if (!error.empty()) break;
    }
    path_.pop_back();
    if (error.empty())
      result_.order.push_back(name);
    else
      result_.errors[name] = error;
  }

  std::string problemWith(const std::string& dependency) {
    const auto text = "depends on " + dependency + ", which ";
    if (!plugins_.contains(dependency)) return text + "is not installed";
    if (!enabled_(dependency)) return text + "is switched off";
    if (onPath(dependency)) return "circular dependency: " + circle(dependency);
    visit(dependency);
    const auto failed = result_.errors.find(dependency);
    return failed == result_.errors.end() ? "" : text + "cannot start (" + failed->second + ")";
  }

  std::string circle(const std::string& from) const {
    std::string text;
    for (auto name = std::find(path_.begin(), path_.end(), from); name != path_.end(); ++name) text += *name + " -> ";
    return text + from;
  }

  const std::map<std::string, Manifest>& plugins_;
  const std::function<bool(const std::string&)>& enabled_;
  std::vector<std::string> path_;
  StartOrder result_;
};

}  // namespace

StartOrder startOrder(const std::map<std::string, Manifest>& plugins,
                      const std::function<bool(const std::string& plugin)>& enabled) {
  return Walk(plugins, enabled).run();
}

}  // namespace parley::plugin
