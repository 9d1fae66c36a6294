// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace accounts {

/// What hashing one password with argon2id costs (RFC 9106).
struct HashCost {
  std::size_t memory = std::size_t{19} * 1024 * 1024;  ///< bytes
  unsigned long long passes = 2;
};

/// Hashes passwords, and knows those of others. Takes tens of milliseconds: for a HashLine. [any thread but an I/O
/// loop]
class Passwords {
 public:
  /// Throws std::runtime_error when the cost cannot be met.
  explicit Passwords(HashCost cost);

  /// Throws VALIDATION_FAILED unless `password` has 8 to 128 code points (NIST SP 800-63B section 5.1.1.2); `field`
  /// names it.
  static void checkRules(std::string_view field, const std::string& password);

  /// A hash in the PHC string format, with a salt of its own. Throws std::runtime_error when memory is short.
  std::string hash(const std::string& password) const;

  /// Whether `stored` is of this password: argon2id of any cost, or bcrypt ($2a$, $2b$, $2y$).
  static bool matches(const std::string& stored, const std::string& password);

  /// Whether `hash` would make it today: argon2id of the configured cost.
  bool isCurrent(const std::string& stored) const;

  /// A hash of a password that nobody knows: checking against it costs what checking a real one does.
  const std::string& ofNobody() const { return ofNobody_; }

 private:
  HashCost cost_;
  std::string ofNobody_;
};

}  // namespace accounts
