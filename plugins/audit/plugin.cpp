// SPDX-License-Identifier: Apache-2.0
#include "log_file.h"
#include "trail.h"

#include <parley/plugin.h>

#include <optional>

using namespace parley;

namespace {

constexpr Millis sweepInterval{60'000};

class AuditPlugin final : public Plugin {
  void setup(Scope& scope) override {
    const auto& config = scope.config();
    clock_ = &scope.clock();
    auto& lost = scope.metric("lost_total", "Entries that the store or the file (plugins.audit.file) did not take");
    trail_.emplace(
        scope, audit::Trail::Options{config.flag("store"), config.integer("retentionDays"), config.integer("pageSize")},
        lost);
    if (const auto file = config.text("file"); !file.empty()) file_.emplace(file, scope.log(), lost);
    scope.collection(audit::Trail::collection());
    scope.after<hooks::CallAnswered>([this](const auto& call) { note(call); }, {.deadline = Millis(1000)});
    scope.route("GET", "/api/admin/audit", Access::role("admin").limitedAs(RateClass::Read),
                [this](const HttpCall& call) { return trail_->list(call); });
    scope.timer(sweepInterval, [this] { trail_->sweep(); });
    scope.dataSubject(
        [this](const std::string& user, const std::string& from) { return trail_->entriesOf(user, from); },
        [this](const std::string& user) { trail_->forgetWhere(user); });
  }

  /// What cannot be written must not be found out when it is needed.
  void start() override {
    if (file_) file_->check();
  }

  void note(const hooks::CallAnswered::Call& call) {
    if (call.failure == ErrorCode::RateLimited) return;  // or who calls too often would fill the trail
    auto entry = audit::entryOf(call, clock_->now());
    if (file_) file_->append(entry);
    trail_->add(std::move(entry));
  }

  const Clock* clock_ = nullptr;
  std::optional<audit::Trail> trail_;
  std::optional<audit::LogFile> file_;
};

}  // namespace

PARLEY_PLUGIN(AuditPlugin, .name = "audit", .version = "1.0.0", .summary = "Keeps a trail of who did what")
