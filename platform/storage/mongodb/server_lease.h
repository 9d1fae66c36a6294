// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>
#include <parley/time.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace parley::storage::mongodb {

/// Keeps a second server from the same database: a document that says who has it, and is changed now and then as long
/// as its owner lives. No clocks are compared: an owner is gone when its process is known to be (on this machine), or
/// when the document has stayed as it is for the time of the lease.
class ServerLease {
 public:
  /// Where it is; nothing else is in it.
  static constexpr auto collection = "parley_servers";
  static CollectionSpec spec();

  /// Waits for at most `time` to see whether an owner still lives; throws Error UNAVAILABLE that names it. `lost` is
  /// called once, on a thread of its own, when somebody else has taken the database all the same: this server had not
  /// reached it for that long. `store` outlives this.
  ServerLease(Store& store, Millis time, std::function<void()> lost);
  /// Gives it back.
  ~ServerLease();
  ServerLease(const ServerLease&) = delete;
  ServerLease& operator=(const ServerLease&) = delete;

 private:
  void acquire();
  bool isLeft(const Document& owner);
  void keep();
  /// False when it is somebody else's.
  bool beat();

  Store& store_;
  const Millis time_;
  const std::function<void()> lost_;
  const std::string owner_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace parley::storage::mongodb
