// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "library.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace file_transfer {

struct Thumbnail {
  std::shared_ptr<BlobReader> image;
  std::string type;
};

/// Who waits for which thumbnail. Nobody keeps the others out: equal requests are one job, users take turns, and one of
/// them takes a place only while more are free than they have. Used under a lock.
class ThumbnailLine {
 public:
  struct Job {
    std::string name;  ///< of the thumbnail's blob
    File file;
    int side = 0;
  };
  using Done = std::function<void(parley::Result<Thumbnail>)>;

  /// `places`: for requests, those for what is being made included.
  explicit ThumbnailLine(std::size_t places) : places_(places) {}

  /// False when there is no place for this user.
  bool add(const std::string& user, const Job& job, Done done);
  /// Whose turn it is; nothing when none waits. It is to be ended.
  std::optional<Job> next();
  /// Who has asked for it. Where the image was refused, that is remembered.
  std::vector<Done> end(const std::string& name, const parley::Result<Thumbnail>& result);
  /// Why the image was refused a while ago.
  std::optional<parley::Error> refusal(const std::string& name) const;

  static constexpr std::size_t maxRefusals = 1024;

 private:
  struct Waiting {
    Job job;
    std::uint64_t order = 0;  ///< of being asked for
    bool begun = false;
    std::vector<std::pair<std::string, Done>> waiters;  ///< with their users
  };
  struct User {
    std::size_t requests = 0;
    std::uint64_t turn = 0;  ///< the last one that was theirs
  };
  std::uint64_t turnOf(const Waiting& waiting) const;
  void remember(const std::string& name, const parley::Error& error);

  const std::size_t places_;
  std::size_t requests_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t turn_ = 0;
  std::map<std::string, Waiting> jobs_;  ///< by name
  std::map<std::string, User> users_;    ///< those who wait
  std::map<std::string, parley::Error> refusals_;
  std::deque<std::string> refused_;  ///< the oldest first
};

}  // namespace file_transfer
