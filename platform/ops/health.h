// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/failure.h"
#include "base/worker_pool.h"
#include "http/router.h"

#include <parley/time.h>

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace parley::ops {

/// `GET /api/health`: whether the process lives, as the standard API shows it. `GET /api/ready`: whether it should get
/// new clients: 200, or 503 while it drains, prepares its database, or the store does not answer.
class Health {
 public:
  struct Checks {
    std::function<bool()> isDraining;                          ///< [any thread]
    std::function<bool()> storeResponds;                       ///< may block for as long as its own deadline [worker]
    std::function<bool()> isMigrating = [] { return false; };  ///< the database is being completed [any thread]
  };

  /// What is referred to, and the router's lookups, end before or with this object; the routes go with it.
  Health(http::Router& router, base::WorkerPool& workers, const Clock& clock, Checks checks, base::Locale locale);
  ~Health();
  Health(const Health&) = delete;
  Health& operator=(const Health&) = delete;

 private:
  http::Response health() const;
  void ready(const http::Request& request, const http::Responder& respond);
  void check();
  void tell(std::string_view storage);
  http::Response readiness(std::string_view storage, const base::Locale& locale) const;

  http::Router& router_;
  base::WorkerPool& workers_;
  const Clock& clock_;
  Checks checks_;
  base::Locale locale_;
  std::vector<http::Router::RouteId> routes_;
  std::mutex mutex_;
  /// Who asked while the store is being asked: however many there are, they take one worker.
  std::vector<std::pair<base::Locale, http::Responder>> asking_;
};

}  // namespace parley::ops
