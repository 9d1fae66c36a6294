// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.h"
#include "pending.h"
#include "recent_versions.h"

#include <parley/scope.h>

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace search {

/// An engine in another plugin, reached through the services it provides; the README says what they take and give.
class ServiceEngine final : public Engine {
 public:
  struct Options {
    std::string name;  ///< what the names of the services begin with
    std::size_t maxPending = 65'536;
    std::size_t maxPendingBytes = std::size_t{64} << 20;
    std::size_t messagesAtOnce = 500;
  };

  ServiceEngine(parley::Scope& scope, Options options);

  Added add(Entry entry) override;
  void forgetSession(const std::string& sessionId) override;
  Found find(const Search& search) override;
  bool work(const std::stop_token& stop) override;
  void clear() override;
  State state() override;

 private:
  parley::Json call(const char* service, parley::JsonObject argument);
  bool bringMessages();

  parley::Scope& scope_;
  const Options options_;
  std::mutex mutex_;
  Pending pending_;
  RecentVersions brought_;
  std::vector<std::string> goneSessions_;
};

}  // namespace search
