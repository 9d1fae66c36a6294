// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/networks.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace parley::net {

/// What a proxy says of the client before the client's own bytes: the PROXY protocol of HAProxy, versions 1
/// (section 2.1) and 2 (section 2.2). Extensions of version 2 are skipped.
struct ProxyHeader {
  enum class State { Incomplete, Complete, Malformed };
  State state = State::Malformed;
  std::size_t missing = 0;                ///< Incomplete: so many more bytes, at least, belong to it
  std::optional<base::IpAddress> client;  ///< Complete; nothing: the proxy speaks for itself, or does not know
};

/// Reads a header from its beginning, which is all of `bytes`.
ProxyHeader readProxyHeader(std::string_view bytes);

}  // namespace parley::net
