// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/time.h>

#include <string>

namespace parley::auth {

/// Who a verified token says is calling, and until when that holds.
struct Identity {
  std::string subject;     ///< the user; for a service, its name
  std::string role;        ///< of the user; empty for a service
  bool isService = false;  ///< a back end, which acts for anyone
  Time expiresAt{};        ///< with the allowed difference of the clocks
};

}  // namespace parley::auth
