// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/message.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::http {

struct CorsOptions {
  /// Origins as browsers send them ("https://chat.example.com"); "*" is every origin. Empty: the same origin only.
  std::vector<std::string> allowedOrigins;
  bool allowCredentials = false;  ///< cookies of other origins; never together with "*"
  int maxAgeSeconds = 600;        ///< how long a browser may remember a preflight's answer
};

/// Which web pages of other origins may use this server (the Fetch standard's CORS protocol). [any thread]
class Cors {
 public:
  explicit Cors(CorsOptions options = {});
  void reload(CorsOptions options);

  /// Whether a page of `origin` may, on a request with this Host header. A request without Origin comes from no page
  /// and may. Behind a proxy that ends TLS the connection is plain while the page is https: then both count as the
  /// same.
  bool allows(std::string_view origin, std::string_view host, bool secure) const;

  /// Adds the fields that let the page read the response; `Vary: Origin` in any case.
  void addTo(Response& response, std::string_view origin, std::string_view host, bool secure) const;

  static bool isPreflight(const Request& request);
  /// The answer to a preflight; without permission when the origin has none.
  Response preflight(const Request& request) const;

 private:
  std::shared_ptr<const CorsOptions> options_;  ///< read and written with std::atomic_load / atomic_store
};

}  // namespace parley::http
