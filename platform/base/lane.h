// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace parley::base {

/// Which queue something waits in, on a loop or for a worker. Newcomers are clients that no user has joined with yet:
/// many at once after a restart, and those who are there already shall not wait behind all of them.
enum class Lane { Normal, Newcomers };

}  // namespace parley::base
