// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/key_set.h"
#include "auth/options.h"
#include "base/worker_pool.h"

#include <parley/time.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace parley::auth {

/// The JWK Set of `jwksUrl` or `oidcIssuer`; blocks, and throws when there is none. [worker]
using Fetch = std::function<std::string(const JwtOptions& options)>;

/// The keys of a provider, fetched on a worker, one fetch at a time and never sooner after another than
/// `refreshInterval`. While the provider is down, or answers nonsense, the keys that were there stay. [any thread]
class RemoteKeys : public std::enable_shared_from_this<RemoteKeys> {
 public:
  /// `known`: what counts until the first fetch.
  RemoteKeys(JwtOptions options, base::WorkerPool& pool, const Clock& clock, Fetch fetch, KeySet known);

  std::shared_ptr<const KeySet> keys() const;
  /// What they are fetched by: `jwksUrl`, or `oidcIssuer`.
  const std::string& source() const { return options_.jwksUrl.empty() ? options_.oidcIssuer : options_.jwksUrl; }

  /// Calls `then`, on a worker, after the fetch that runs or is begun now. False, without a call, when it is too soon
  /// for another or too many wait.
  bool refresh(std::function<void()> then);
  /// Begins a fetch when the keys are older than `maxKeyAge`.
  void keepFresh();
  /// Drops the calls that wait: the workers have ended.
  void abandon();

 private:
  bool beginLocked(Instant now);
  void run();
  void take(const std::string& document);

  const JwtOptions options_;
  base::WorkerPool& pool_;
  const Clock& clock_;
  const Fetch fetch_;

  mutable std::mutex mutex_;
  std::shared_ptr<const KeySet> keys_;
  std::vector<std::function<void()>> waiting_;
  std::optional<Instant> lastBegin_;
  bool running_ = false;
};

}  // namespace parley::auth
