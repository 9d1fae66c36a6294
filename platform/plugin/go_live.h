// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugin/border.h"
#include "plugin/kit.h"
#include "plugin/ledger.h"
#include "plugin/plan.h"

#include <memory>

namespace parley::plugin {

/// What the host calls for a hook. The row must be there while the border is open. A closed border is
/// HookTable::Missing.
HookTable::Function throughBorder(Border& border, const Plan::Hook& row);

/// Puts what a plugin planned into the host's tables, each row behind the border and in the ledger. Throws CONFLICT
/// when something is taken; what is in the ledger by then is to be undone. The tables get host code alone, which finds
/// the plan's rows only through an open border: so the plan may be cleared once the border is closed and idle.
void goLive(Plan& plan, Border& border, const Kit& kit, Ledger& ledger);

}  // namespace parley::plugin
