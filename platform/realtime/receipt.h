// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/worker_pool.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace parley::realtime {

class ClientSocket;

/// Calls Emit::onDelivered once for each user, one call after another, when the first of the user's sockets had the
/// bytes written. Where few get it, on the loop that wrote them, so that what follows goes out with its other writes;
/// where many do, on a worker, with one task for all who had them meanwhile. Lets go of the function after the last
/// user, so that no plugin's code is held longer than needed. [any thread]
class Receipt : public std::enable_shared_from_this<Receipt> {
 public:
  using OnDelivered = std::function<void(const std::string& userId)>;
  struct Recipient {
    const ClientSocket* socket;  ///< never looked into: who it is
    std::uint32_t user;          ///< the place of its user
  };
  static constexpr std::size_t few = 4;  ///< sockets

  /// A user without a socket is never told of, a socket that is named twice counts for the first.
  Receipt(base::WorkerPool& pool, OnDelivered onDelivered, const std::vector<std::string>& users,
          std::vector<Recipient> recipients);

  /// The event is on its way to all its recipients. Before, nobody is told: it would overtake the event itself.
  void handedOver();
  void written(const ClientSocket& socket);

 private:
  struct User {
    std::string id;
    bool isWaiting = false;
  };

  void begin();
  void tell();

  base::WorkerPool& pool_;
  std::vector<Recipient> recipients_;  ///< by socket
  std::mutex mutex_;
  OnDelivered onDelivered_;
  std::vector<User> users_;
  std::size_t waiting_ = 0;             ///< users
  std::vector<std::uint32_t> written_;  ///< places of users who are to be told of
  bool telling_ = true;                 ///< or not handed over yet
};

}  // namespace parley::realtime
