// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "entry.h"
#include "losses.h"

#include <parley/scope.h>

#include <cstdint>
#include <string>

namespace audit {

/// The entries in the store.
class Trail {
 public:
  struct Options {
    bool isKept = true;
    std::int64_t retentionDays = 0;  ///< 0: for ever
    std::int64_t pageSize = 50;
  };
  static parley::CollectionSpec collection();

  Trail(parley::Scope& scope, Options options, parley::Metric& lost)
      : scope_(scope), options_(options), losses_(scope.log(), lost, "the store") {}

  /// Queues the entry; what the store does not take is told of and counted. [worker]
  void add(parley::JsonObject entry);
  /// `?userId&call&code&from&to&page&limit`, the newest first. [worker]
  parley::HttpResponse list(const parley::HttpCall& call);
  /// Removes what is older than the retention. [worker]
  void sweep();

  /// The newest first. [worker]
  parley::DataPage entriesOf(const std::string& userId, const std::string& from);
  /// Takes address, user agent and name out of a user's entries; that they did it is kept until its time is over.
  /// [worker]
  void forgetWhere(const std::string& userId);

 private:
  parley::Scope& scope_;
  const Options options_;
  Losses losses_;
};

}  // namespace audit
