// SPDX-License-Identifier: Apache-2.0
#include "http/cors.h"

#include "http/text.h"

#include <algorithm>
#include <utility>

namespace parley::http {

namespace {

constexpr std::string_view methods = "GET, POST, PUT, DELETE, PATCH, OPTIONS, HEAD";
constexpr std::string_view requestHeaders =
    "Content-Type, Authorization, X-Request-Id, Accept-Language, Range, If-None-Match, If-Range, Tus-Resumable, "
    "Upload-Length, "
    "Upload-Offset, Upload-Metadata, Upload-Checksum, Upload-Defer-Length, Upload-Concat, X-HTTP-Method-Override";
constexpr std::string_view exposedHeaders =
    "X-Request-Id, Location, ETag, Content-Disposition, Content-Range, Accept-Ranges, Retry-After, Tus-Resumable, "
    "Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm, Upload-Length, Upload-Offset, Upload-Metadata, "
    "Upload-Expires";

std::string_view withoutPort(std::string_view authority, std::string_view port) {
  return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
}

bool isSameOrigin(std::string_view origin, std::string_view host, bool secure) {
  const bool https = equalsNoCase(origin.substr(0, 8), "https://");
  const bool http = equalsNoCase(origin.substr(0, 7), "http://");
  if (host.empty() || (!https && !http) || (secure && !https)) return false;
  const auto authority = origin.substr(https ? 8 : 7);
  const std::string_view port = https ? ":443" : ":80";
  return equalsNoCase(withoutPort(authority, port), withoutPort(host, port));
}

bool isListed(const CorsOptions& options, std::string_view origin) {
  return std::any_of(options.allowedOrigins.begin(), options.allowedOrigins.end(),
                     [origin](const std::string& one) { return one == "*" || equalsNoCase(one, origin); });
}

bool allowsEveryone(const CorsOptions& options) {
  return std::find(options.allowedOrigins.begin(), options.allowedOrigins.end(), "*") != options.allowedOrigins.end();
}

}  // namespace

Cors::Cors(CorsOptions options) : options_(std::make_shared<const CorsOptions>(std::move(options))) {}

void Cors::reload(CorsOptions options) {
  std::atomic_store(&options_, std::make_shared<const CorsOptions>(std::move(options)));
}

bool Cors::allows(std::string_view origin, std::string_view host, bool secure) const {
  return origin.empty() || isSameOrigin(origin, host, secure) || isListed(*std::atomic_load(&options_), origin);
}

void Cors::addTo(Response& response, std::string_view origin, std::string_view host, bool secure) const {
  const auto options = std::atomic_load(&options_);
  response.headers.add("Vary", "Origin");
  if (origin.empty() || !allows(origin, host, secure)) return;
  const bool everyone = allowsEveryone(*options);
  response.headers.set("Access-Control-Allow-Origin", everyone ? "*" : std::string(origin));
  if (options->allowCredentials && !everyone) response.headers.set("Access-Control-Allow-Credentials", "true");
  response.headers.set("Access-Control-Expose-Headers", std::string(exposedHeaders));
}

bool Cors::isPreflight(const Request& request) {
  return request.method == "OPTIONS" && request.headers.has("Origin") &&
         request.headers.has("Access-Control-Request-Method");
}

Response Cors::preflight(const Request& request) const {
  Response response;
  response.status = 204;
  response.headers.add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers");
  if (!allows(request.headers.get("Origin"), request.headers.get("Host"), request.secure)) return response;
  const auto options = std::atomic_load(&options_);
  response.headers.add("Access-Control-Allow-Methods", std::string(methods));
  response.headers.add("Access-Control-Allow-Headers", std::string(requestHeaders));
  response.headers.add("Access-Control-Max-Age", std::to_string(options->maxAgeSeconds));
  return response;
}

}  // namespace parley::http
