// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

struct magic_set;

namespace file_transfer {

/// Tells types by content (libmagic), and which of them may be stored. Text of a kind that is not allowed by itself, as
/// source code or a mail, counts as text/plain; what browsers run as a page does not. [any thread]
class Sniffer {
 public:
  /// So many bytes from the beginning decide.
  static constexpr std::size_t headSize = std::size_t{64} * 1024;

  /// Throws std::runtime_error when the database of types is missing.
  explicit Sniffer(std::vector<std::string> allowed);
  ~Sniffer();
  Sniffer(const Sniffer&) = delete;
  Sniffer& operator=(const Sniffer&) = delete;

  /// The type of a file that begins with `head`. UNSUPPORTED_TYPE when it is not allowed.
  std::string check(std::string_view head);

 private:
  /// As "text/x-c; charset=us-ascii"; of what is no text the charset is "binary".
  std::string look(std::string_view head);
  bool isAllowed(std::string_view type) const;

  std::vector<std::string> allowed_;
  std::mutex mutex_;
  magic_set* magic_;
};

}  // namespace file_transfer
