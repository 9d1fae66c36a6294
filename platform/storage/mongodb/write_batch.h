// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/mongodb/operations.h"

#include <parley/time.h>

#include <algorithm>
#include <functional>
#include <list>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace parley::storage::mongodb {

/// What Store::submit was given: the writes up to the first that is not valid, and that one's failure.
struct Submission {
  std::vector<Statement> statements;
  std::optional<Error> failure;
  std::function<void(Result<WriteSummary>)> done;
  std::set<std::string> collections;
  Instant since;

  std::size_t next = 0;       ///< the first statement that has not been carried out
  std::int64_t affected = 0;  ///< by those before it

  bool finished() const { return next == statements.size(); }
  std::size_t weight() const { return std::max<std::size_t>(statements.size(), 1); }
};

/// Carries out submissions together, in few commands: what is next in several of them and goes to one collection in
/// one way goes out as one. The statements of a submission stay in order, and so do all statements on one collection;
/// when one fails, the rest of its submission is left out, and nothing else is touched.
void carryOut(std::list<Submission>& batch, const Operations& operations);

}  // namespace parley::storage::mongodb
