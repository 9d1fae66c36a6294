// SPDX-License-Identifier: Apache-2.0
#include "plugin/hook_table.h"

#include "base/clock.h"
#include "base/log.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace parley::plugin {

namespace {

constexpr HookTable::Id blocked = 0;  ///< the id of all that keep their places while nobody has them

struct Hook {
  HookTable::Id id;
  std::string owner;
  HookOptions options;
  HookTable::Function function;
  int retryAfter = 1;  ///< what is told while it is missing
};

const Clock& systemClock() {
  static const base::SystemClock clock;
  return clock;
}

}  // namespace

struct HookTable::Table {
  struct Point {
    std::vector<std::shared_ptr<const Hook>> before;
    std::vector<std::shared_ptr<const Hook>> after;
  };
  std::map<std::string, Point, std::less<>> points;
};

HookTable::HookTable() : HookTable(systemClock()) {}
HookTable::HookTable(const Clock& clock) : clock_(clock), table_(std::make_shared<Table>()) {}
HookTable::~HookTable() = default;

HookTable::Id HookTable::add(bool before, const std::string& point, const std::string& owner,
                             const HookOptions& options, Function function) {
  const std::lock_guard lock(mutex_);
  const Id id = next_++;
  auto table = std::make_shared<Table>(*table_);
  auto& list = before ? table->points[point].before : table->points[point].after;
  const auto later = [&](const auto& other) { return other->options.order > options.order; };
  list.insert(std::find_if(list.begin(), list.end(), later),
              std::make_shared<const Hook>(Hook{id, owner, options, std::move(function)}));
  table_ = std::move(table);
  return id;
}

template <typename Which>
void HookTable::removeIf(const Which& which) {
  std::shared_ptr<const Table> old;  // a hook is destroyed outside the lock
  const std::lock_guard lock(mutex_);
  auto table = std::make_shared<Table>(*table_);
  for (auto& [name, point] : table->points) {
    std::erase_if(point.before, which);
    std::erase_if(point.after, which);
  }
  old = std::exchange(table_, std::move(table));
}

void HookTable::remove(Id id) {
  removeIf([id](const auto& hook) { return hook->id == id; });
}

void HookTable::remove(const std::string& owner) {
  removeIf([&owner](const auto& hook) { return hook->owner == owner; });
}

void HookTable::unblock(const std::string& owner) {
  removeIf([&owner](const auto& hook) { return hook->owner == owner && hook->id == blocked; });
}

bool HookTable::block(const std::string& owner, int retryAfter) {
  bool any = false;
  std::shared_ptr<const Table> old;
  const std::lock_guard lock(mutex_);
  auto table = std::make_shared<Table>(*table_);
  for (auto& [name, point] : table->points)
    for (auto& hook : point.before) {
      if (hook->owner != owner || hook->options.onFailure != OnHookFailure::Require) continue;
      hook = std::make_shared<const Hook>(Hook{blocked, owner, hook->options, hook->function, retryAfter});
      any = true;
    }
  old = std::exchange(table_, std::move(table));
  return any;
}

std::shared_ptr<const HookTable::Table> HookTable::snapshot() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

namespace {

/// What went wrong inside a hook; nothing when it went well. A refusal (Error from a `before` hook) is thrown on.
std::optional<std::string> runOne(const Hook& hook, bool before, void* subject) {
  try {
    hook.function(subject);
  } catch (const HookTable::Missing&) {
    if (before && hook.options.onFailure == OnHookFailure::Require)
      throw Error(ErrorCode::Unavailable, "a check of plugin " + hook.owner + " cannot be made now", {},
                  hook.retryAfter);
    return std::nullopt;
  } catch (const Error& error) {
    if (before) throw;
    return std::string("threw ") + error.what();
  } catch (const std::exception& error) {
    return std::string("threw ") + error.what();
  } catch (...) {
    return "threw an exception of unknown type";
  }
  return std::nullopt;
}

}  // namespace

void HookTable::run(bool before, const char* point, void* subject) const {
  const auto table = snapshot();
  const auto found = table->points.find(std::string_view(point));
  if (found == table->points.end()) return;
  const auto* when = before ? "before" : "after";
  for (const auto& hook : before ? found->second.before : found->second.after) {
    const auto begin = clock_.steady();
    const auto failure = runOne(*hook, before, subject);
    const auto took = std::chrono::duration_cast<Millis>(clock_.steady() - begin);
    if (took > hook->options.deadline)
      base::log("hooks").warn("{} hook of plugin {} on {} took {} ms, its deadline is {} ms", when, hook->owner, point,
                              took.count(), hook->options.deadline.count());
    if (!failure) continue;
    base::log("hooks").error("{} hook of plugin {} on {} {}", when, hook->owner, point, *failure);
    if (before && hook->options.onFailure != OnHookFailure::Pass)
      throw Error(ErrorCode::Internal, "a check of plugin " + hook->owner + " could not be made");
  }
}

}  // namespace parley::plugin
