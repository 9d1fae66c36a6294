// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/settings.h"
#include "storage/query.h"

#include <string>
#include <vector>

namespace parley::host {

/// What a client did, and what the server asked its store for it.
struct RehearsedStep {
  std::string name;
  std::vector<storage::Query> queries;  ///< one of each shape
  std::string refusal;                  ///< the code with which it was refused; empty: it was done
};

struct Rehearsal {
  std::vector<CollectionSpec> collections;  ///< all that the server and its plugins define when they start
  std::vector<RehearsedStep> steps;
};

/// Has a server of these settings hold a short conversation with itself, by REST and /ws, on an empty database and a
/// port of its own, with every cache cold: so its queries are those that its own code and the plugins' make. Takes a
/// second or two. Throws Error and SettingsError.
Rehearsal rehearse(Sources sources);

}  // namespace parley::host
