// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/worker_pool.h"
#include "http/router.h"

#include <array>
#include <string_view>
#include <vector>

namespace parley::ops {

struct ApiDocument {
  std::string_view path;
  std::string_view contentType;
  std::string_view etag;  ///< with its quotes; weak, since the text may go out compressed
  std::string_view text;
};

/// sdk/api as JSON and as YAML; made by sdk/api/convert.py when the server is built.
extern const std::array<ApiDocument, 4> apiDocuments;

/// Serves the API's descriptions: GET /api/openapi.json, /api/openapi.yaml, /api/asyncapi.json, /api/asyncapi.yaml.
/// They describe the whole API, whatever is switched on.
class ApiDocuments {
 public:
  /// Answers on a worker, where a text of that size is compressed; the loop's own answer, as it is, is for when none is
  /// to be had. The routes go with this object.
  ApiDocuments(http::Router& router, base::WorkerPool& workers);
  ~ApiDocuments();
  ApiDocuments(const ApiDocuments&) = delete;
  ApiDocuments& operator=(const ApiDocuments&) = delete;

 private:
  http::Router& router_;
  base::WorkerPool& workers_;
  std::vector<http::Router::RouteId> routes_;
};

}  // namespace parley::ops
