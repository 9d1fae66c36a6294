// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/episode.h"
#include "storage/forwarding_store.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace parley::storage {

/// A store that lets the writes of submitLater and submitWhenDue wait for a while, so that those of one document become
/// one. It stores them in rounds, one at a time; whoever reads a document that waits has a round begun and waits for
/// its end. A write that the database could not take waits for the next round, unless a newer one has taken its place;
/// meanwhile reads do not wait.
class GatheringStore final : public ForwardingStore {
 public:
  GatheringStore(std::unique_ptr<ManagedStore> store, Millis delay);
  /// Tries to store what waits.
  ~GatheringStore() override;
  GatheringStore(const GatheringStore&) = delete;
  GatheringStore& operator=(const GatheringStore&) = delete;

  void submitLater(Write write) override;
  void submitWhenDue(const std::string& collection, const std::string& id, const std::function<Write()>& make) override;
  void forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
               const std::function<bool(Document&&)>& each) override;
  void forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                   const std::function<bool(std::string_view)>& each) override;
  std::int64_t count(const std::string& collection, const Filter& filter) override;
  std::vector<std::pair<Json, std::int64_t>> groupCount(const std::string& collection, const Filter& filter,
                                                        const std::string& field) override;
  std::optional<Document> findAndUpdate(const std::string& collection, const Filter& filter,
                                        const Update& update) override;
  Document upsert(const std::string& collection, const Filter& filter, const Update& update) override;
  StoreFigures figures() const override;

 private:
  using Key = std::pair<std::string, std::string>;  ///< collection, `_id`
  using Make = std::function<Write()>;

  /// Throws where a write may not wait.
  static Key keyOf(const Write& write);
  void add(Key key, Make make);
  void settle(const std::string& collection, const Filter& filter);
  void keepTime();
  void storeRound(std::unique_lock<std::mutex>& lock);
  void store(const Key& key, const Make& make);
  void stored(const Key& key, const Write& write, const std::optional<Error>& failure);
  std::size_t limit() const;

  const Millis delay_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable room_;  ///< for the round that is under way, which alone waits for it
  std::map<Key, Make> waiting_;
  std::map<Key, Make> storing_;  ///< of the round that is under way, which has taken what makes them
  std::size_t submitted_ = 0;    ///< of these, what the store has not answered yet
  std::uint64_t begun_ = 0;      ///< rounds
  std::uint64_t ended_ = 0;      ///< rounds
  std::uint64_t wanted_ = 0;     ///< the round that somebody waits for
  bool roundFailed_ = false;     ///< the round that is under way
  bool failing_ = false;         ///< the last round
  bool stopping_ = false;
  std::uint64_t givenUp_ = 0;
  base::Episode failure_;
  std::thread clockThread_;
};

}  // namespace parley::storage
