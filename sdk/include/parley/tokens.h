// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>
#include <parley/time.h>

#include <functional>
#include <optional>
#include <string>

namespace parley {

/// Tokens that the server signs itself, and takes as those of `auth.jwt`: for users whom a plugin has recognised.
class Tokens {
 public:
  virtual ~Tokens() = default;

  /// Whether there are any: `auth.mode` is `jwt`, and `auth.ownTokens` is on. [any thread]
  virtual bool enabled() const = 0;

  struct Issued {
    std::string token;
    Time expiresAt{};
  };
  /// A token with which its bearer is this user, with this role, for `lifetime`, in whole seconds. FEATURE_DISABLED
  /// unless enabled. [any thread]
  virtual Issued issue(const std::string& userId, const std::string& role, Millis lifetime) = 0;

  /// No token that was issued for the user until now counts any more, also after a restart, and the connections that
  /// came with one end. Who issues one as the user was, and then sees that the user has changed, must not hand it out.
  /// [worker]
  virtual void takeBack(const std::string& userId) = 0;

  /// Ends the connections on this node whose token, or credential, names this subject, a user or a service. Who still
  /// has one that counts may come again. [any thread]
  virtual void endConnections(const std::string& subject, bool service) = 0;
};

/// Whose a credential is.
struct CredentialHolder {
  std::string subject;              ///< the user's id, or the service's name
  std::string role;                 ///< of the user
  bool service = false;             ///< a back end, which acts for anyone
  std::optional<Time> expiresAt{};  ///< when a connection that came with it ends
};

/// Whose this is; nothing when it is nobody's. Asked for each request and each connection. Throw Error to refuse with
/// more than UNAUTHENTICATED. [worker]
using CredentialCheck = std::function<std::optional<CredentialHolder>(const std::string& credential)>;

}  // namespace parley
