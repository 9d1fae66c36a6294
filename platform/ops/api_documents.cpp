// SPDX-License-Identifier: Apache-2.0
#include "ops/api_documents.h"

#include "http/text.h"

#include <string>

namespace parley::ops {

namespace {

/// RFC 9110 section 13.1.2; the tags are compared weakly.
bool hasCurrent(std::string_view ifNoneMatch, std::string_view etag) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  while (!ifNoneMatch.empty()) {
    const auto tag = http::nextItem(ifNoneMatch);
    if (tag == "*" || opaque(tag) == opaque(etag)) return true;
  }
  return false;
}

http::Response answer(const ApiDocument& document, std::string_view ifNoneMatch) {
  http::Response response;
  response.headers.set("ETag", std::string(document.etag));
  // A copy is good for as long as the server says so: an update of the server may bring another.
  response.headers.set("Cache-Control", "no-cache");
  if (hasCurrent(ifNoneMatch, document.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.set("Content-Type", std::string(document.contentType));
  response.body = document.text;
  return response;
}

}  // namespace

ApiDocuments::ApiDocuments(http::Router& router, base::WorkerPool& workers) : router_(router), workers_(workers) {
  for (const auto& document : apiDocuments)
    routes_.push_back(router_.add(
        "GET", document.path, [this, &document](const http::Request& request, const http::Responder& respond) {
          const auto task = [&document, respond, ifNoneMatch = std::string(request.headers.get("If-None-Match"))] {
            respond(answer(document, ifNoneMatch));
          };
          if (!workers_.post(task)) task();
        }));
}

ApiDocuments::~ApiDocuments() {
  for (const auto route : routes_) router_.remove(route);
}

}  // namespace parley::ops
