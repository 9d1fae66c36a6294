// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.h"

#include <parley/plugin.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

namespace search {

/// Brings every message to the engine: new and changed ones as the hooks tell of them; old ones, and those that a crash
/// kept from the hooks, by reading the stored messages from a mark on. The mark is a message id: ids grow with time,
/// and all below it are in the index for good. It is stored from time to time, so that after a crash a little is read
/// twice and nothing is left out.
class Follower {
 public:
  struct Options {
    std::size_t readAtOnce = 500;
    parley::Millis settled{60'000};      ///< a message is stored at most so long after its id was made
    parley::Millis saveEvery{5'000};     ///< how often the mark is stored
    parley::Millis reportEvery{10'000};  ///< how often building is reported in the log
    parley::Millis retryAfter{2'000};
  };

  Follower(parley::Scope& scope, Engine& engine, Options options);

  /// Makes the metrics and hooks. [setup]
  void connect();
  void start();
  void stop();

  /// Brings what has been stored and changed in the last moments, whose hooks may be yet to run.
  void catchUp();
  /// Begins anew, in the background.
  void rebuild();
  parley::JsonObject status();

 private:
  /// How far it is; the indexing thread's own.
  struct Mark {
    std::string messageId = std::string(24, '0');  ///< all below are known to the engine
    std::int64_t changesUpTo = 0;                  ///< and all changes until then
  };

  enum class Brought { News, Known, NoRoom };

  Brought bring(Entry entry);
  bool claim(const Entry& entry);
  void settle(const std::string& messageId);
  void noRoomFor(const std::string& messageId);
  void run(const std::stop_token& stop);
  bool step(const std::stop_token& stop);
  bool readOn();
  void readChanges();
  void load();
  void beginAnew();
  void saveIfDue(bool now);
  void report();

  parley::Scope& scope_;
  Engine& engine_;
  const Options options_;
  parley::Metric* indexedMetric_ = nullptr;
  parley::Metric* pendingMetric_ = nullptr;

  // of the indexing thread
  Mark read_;
  Mark saved_;
  parley::Instant lastSave_{};
  parley::Instant lastReport_{};
  bool loaded_ = false;

  std::atomic<bool> building_{true};  ///< reading what was stored before
  std::atomic<bool> rebuild_{false};
  std::mutex mutex_;
  std::string missed_;  ///< the lowest id that the engine had no room for
  struct Recent {
    std::int64_t changedAt = 0;
    bool underWay = false;  ///< a thread is bringing it
  };
  std::unordered_map<std::string, Recent> recent_;  ///< what was brought last, by message id
  std::condition_variable settled_;
  std::deque<const std::string*> recentOrder_;  ///< the ids in it, the oldest first
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace search
