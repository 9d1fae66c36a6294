// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parley::http {

/// Under which names the server answers. To a browser, a page whose name was rebound to the server's address (DNS
/// rebinding) is of the server's own origin, so that neither CORS nor Origin checks keep it out: that it asks under its
/// own name is what tells it from others. [any thread]
class Hosts {
 public:
  /// Any name.
  Hosts() = default;
  /// `localhost`, names below it, addresses of loopback and `names`; a `*` among these is any name. `anyAddress`: other
  /// IP addresses too, which were looked up nowhere, and so cannot have been rebound.
  Hosts(std::vector<std::string> names, bool anyAddress);

  /// Whether a request with this Host field is answered, whatever its port. One without a host is: no browser sends it.
  bool has(std::string_view host) const;

  /// Whether `name` may be one of `names`: letters, digits, `-`, `_` and dots, or `*`.
  static bool isName(std::string_view name);

 private:
  bool hasAddress(std::string_view address) const;

  std::vector<std::string> names_{"*"};
  bool anyAddress_ = true;
};

}  // namespace parley::http
