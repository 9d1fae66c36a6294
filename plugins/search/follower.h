// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine.h"

#include <parley/plugin.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

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

  void tell(Entry entry);
  void bringTold();
  void bringToldInTurn();
  Engine::Added bring(std::vector<Entry> entries);
  Engine::Added add(std::vector<Entry> entries);
  void missed(const std::string& messageId);
  void run(const std::stop_token& stop);
  bool step(const std::stop_token& stop);
  bool readOn();
  void readChanges();
  void load();
  void beginAnew();
  void saveIfDue();
  void save(const Mark& mark, const std::string& engine);
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
  std::mutex bringing_;  ///< one at a time: a search waits for what another thread is bringing. Locked before mutex_
  std::mutex mutex_;
  std::vector<Entry> told_;  ///< by the hooks, and yet to be brought
  std::size_t toldBytes_ = 0;
  std::string missed_;  ///< the lowest id that the engine had no room for
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace search
