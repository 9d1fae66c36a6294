// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "library.h"

#include <parley/scope.h>

#include <string>

namespace file_transfer {

/// Addresses that carry the right to read one file, for `<img>` and the like, which send no token. They name the user
/// they were made for, end soon, and stop working when the user may not read the file any more.
class SignedUrls {
 public:
  SignedUrls(parley::Scope& scope, const Settings& settings);

  static parley::CollectionSpec collection();

  /// Makes the key, once for ever, and reads it. [worker]
  void start();

  /// `user` may be empty: of the trusted back end.
  parley::JsonObject make(const File& file, const std::string& user) const;
  /// The user of a request for such an address; FORBIDDEN when it is not ours, or too old.
  std::string check(const parley::HttpCall& call, const std::string& fileId) const;

 private:
  std::string signature(const std::string& fileId, const std::string& user, const std::string& expires) const;

  parley::Scope& scope_;
  const Settings& settings_;
  std::string key_;
};

}  // namespace file_transfer
