// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/networks.h"
#include "http/message.h"

namespace parley::http {

/// A request that a trusted proxy has passed on: its peer becomes the rightmost address of X-Forwarded-For that is no
/// trusted proxy's, and it counts as secure when X-Forwarded-Proto, as the nearest proxy says, is https. What others
/// say in these fields is not believed.
void applyForwarded(Request& request, const base::Networks& trustedProxies);

}  // namespace parley::http
