// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.h"
#include "follower.h"

#include <parley/plugin.h>

#include <cstdint>
#include <vector>

namespace search {

/// Answers who searches: whose sessions, which messages, what to highlight.
class Searching {
 public:
  struct Options {
    std::int64_t maxKeyword = 256;   ///< bytes
    std::int64_t maxDepth = 10'000;  ///< hits up to the end of a page
    std::int64_t defaultLimit = 20;
  };

  Searching(parley::Scope& scope, Engine& engine, Follower& follower, Options options)
      : scope_(scope), engine_(engine), follower_(follower), options_(options) {}

  parley::HttpResponse find(const parley::HttpCall& call);

 private:
  std::vector<Place> placesOf(const std::string& userId, const std::string& sessionId);
  std::vector<parley::Message> messagesOf(const std::vector<Hit>& hits);

  parley::Scope& scope_;
  Engine& engine_;
  Follower& follower_;
  const Options options_;
};

}  // namespace search
