// SPDX-License-Identifier: Apache-2.0
#include "host/storage_check.h"

#include "host/load_settings.h"
#include "host/rehearsal.h"
#include "host/room_options.h"
#include "storage/store_inspector.h"

#include <parley/error.h>

#include <algorithm>
#include <map>
#include <ostream>

namespace parley::host {

namespace {

using storage::IndexFinding;
using storage::QueryPlan;

std::string fieldsOf(const IndexSpec& index) {
  std::string text = "(";
  for (const auto& key : index.fields) {
    if (text.size() > 1) text += ", ";
    text += key.field + (key.descending ? " descending" : "");
  }
  text += index.unique ? "), unique" : ")";
  if (index.sparse) text += ", of documents with " + index.fields.back().field;
  return text;
}

class Check {
 public:
  Check(storage::StoreInspector& inspector, const Rehearsal& rehearsal, std::ostream& report)
      : inspector_(inspector), report_(report) {
    for (const auto& spec : rehearsal.collections) specs_.emplace(spec.name, spec);
  }

  void indexes() {
    report_ << "Indexes\n";
    for (const auto& [name, spec] : specs_) {
      const auto findings = inspector_.indexes(spec);
      report_ << "  " << name << (findings.empty() ? ": by _id alone\n" : "\n");
      for (std::size_t i = 0; i < findings.size(); ++i)
        index(findings[i], i < spec.indexes.size() ? &spec.indexes[i] : nullptr);
    }
  }

  void queries(const Rehearsal& rehearsal) {
    report_ << "Queries\n";
    for (const auto& step : rehearsal.steps) {
      report_ << "  " << step.name << '\n';
      if (!step.refusal.empty()) refusal(step.refusal);
      for (const auto& query : step.queries) plan(query);
    }
  }

  std::size_t problems() const { return problems_; }
  std::size_t unknown() const { return unknown_; }

 private:
  void index(const IndexFinding& finding, const IndexSpec* wanted) {
    using State = IndexFinding::State;
    switch (finding.state) {
      case State::Present: report_ << "    present    " << finding.name << ' ' << fieldsOf(*wanted) << '\n'; return;
      case State::Other: report_ << "    other      " << finding.name << ": " << finding.found << '\n'; return;
      case State::Missing: report_ << "    MISSING    " << finding.name << ' ' << fieldsOf(*wanted) << '\n'; break;
      case State::Different:
        report_ << "    DIFFERENT  " << finding.name << ' ' << fieldsOf(*wanted) << "; there is: " << finding.found
                << '\n';
        break;
    }
    ++problems_;
  }

  /// A feature that is off has no queries.
  void refusal(const std::string& code) {
    const bool isOff = code == "FEATURE_DISABLED";
    report_ << (isOff ? "    off        " : "    REFUSED    ") << code << '\n';
    if (!isOff) ++problems_;
  }

  /// What the database would do is told once for each shape.
  void plan(const storage::Query& query) {
    const auto shape = shapeOf(query);
    if (const auto known = kinds_.find(shape); known != kinds_.end()) {
      report_ << "    " << wordFor(known->second) << shape << '\n';
      return;
    }
    const auto plan = planOf(query);
    report_ << "    " << wordFor(plan.kind) << shape << "\n               " << plan.text << '\n';
    if (plan.kind == QueryPlan::Kind::Scan) ++problems_;
    if (plan.kind == QueryPlan::Kind::Unknown) ++unknown_;
    kinds_.emplace(shape, plan.kind);
  }

  QueryPlan planOf(const storage::Query& query) {
    const auto spec = specs_.find(query.collection);
    if (spec == specs_.end()) return {QueryPlan::Kind::Unknown, "of no collection that a start defines"};
    return inspector_.plan(spec->second, query);
  }

  static const char* wordFor(QueryPlan::Kind kind) {
    switch (kind) {
      case QueryPlan::Kind::Index: return "index      ";
      case QueryPlan::Kind::Everything: return "all        ";
      case QueryPlan::Kind::Scan: return "SCAN       ";
      case QueryPlan::Kind::Unknown: return "unknown    ";
    }
    return "";
  }

  storage::StoreInspector& inspector_;
  std::ostream& report_;
  std::map<std::string, CollectionSpec> specs_;
  std::map<std::string, QueryPlan::Kind> kinds_;
  std::size_t problems_ = 0;
  std::size_t unknown_ = 0;
};

}  // namespace

bool checkStorage(const Sources& sources, std::ostream& report) {
  const auto inspector = storage::inspectStore(storageOptions(loadSettings(sources)));
  const auto rehearsal = rehearse(sources);
  Check check(*inspector, rehearsal, report);
  check.indexes();
  check.queries(rehearsal);
  if (check.unknown() > 0)
    report << "Of " << check.unknown() << " queries the database does not say what they would use.\n";
  if (check.problems() == 0)
    report << "All is well.\n";
  else
    report << check.problems() << " problems. A start makes the indexes that are missing or different.\n";
  return check.problems() == 0;
}

}  // namespace parley::host
