// SPDX-License-Identifier: Apache-2.0
#include "storage/gathering_store.h"

#include "base/log.h"
#include "base/threads.h"
#include "base/worker_pool.h"

#include <algorithm>

namespace parley::storage {

namespace {

constexpr std::size_t maxWaiting = 100'000;
/// So many of a round are in the store's queue at a time: few, so that what somebody waits for finds its place among
/// them; more when somebody waits for the round.
constexpr std::size_t maxSubmitted = 16;
constexpr std::size_t maxSubmittedWanted = 256;

using Ids = std::vector<std::string>;

/// The ids that a filter names, when it can match no other documents.
std::optional<Ids> idsIn(const Filter& filter) {
  if (filter.op() == Filter::Op::And) {
    for (const auto& part : filter.parts())
      if (auto ids = idsIn(part)) return ids;
    return std::nullopt;
  }
  if (filter.field() != "_id") return std::nullopt;
  if (filter.op() == Filter::Op::Equal && filter.value().is_string())
    return Ids{std::string(filter.value().get_string())};
  if (filter.op() != Filter::Op::In) return std::nullopt;
  Ids ids;
  for (const auto& id : filter.value().get_array())
    if (id.is_string()) ids.emplace_back(id.get_string());
  return ids;
}

}  // namespace

GatheringStore::Key GatheringStore::keyOf(const Write& write) {
  const auto ids = idsIn(write.filter);
  const bool isUpdate = write.kind == Write::Kind::UpdateOne || write.kind == Write::Kind::Upsert;
  if (!isUpdate || !ids || ids->size() != 1)
    throw Error(ErrorCode::ValidationFailed, "a write that may wait is the update of one document, named by _id");
  return {write.collection, ids->front()};
}

GatheringStore::GatheringStore(std::unique_ptr<ManagedStore> store, Millis delay)
    : ForwardingStore(std::move(store)), delay_(delay), clockThread_([this] { keepTime(); }) {}

GatheringStore::~GatheringStore() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  clockThread_.join();
  endInner();
}

void GatheringStore::submitLater(Write write) {
  auto key = keyOf(write);
  add(std::move(key), [write = std::move(write)] { return write; });
}

void GatheringStore::submitWhenDue(const std::string& collection, const std::string& id,
                                   const std::function<Write()>& make) {
  add({collection, id}, make);
}

void GatheringStore::add(Key key, Make make) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= maxWaiting && !waiting_.contains(key)) {  // the database takes nothing
      ++givenUp_;
      return;
    }
    const bool isFirst = waiting_.empty();
    waiting_.insert_or_assign(std::move(key), std::move(make));
    if (!isFirst) return;
  }
  changed_.notify_all();
}

StoreFigures GatheringStore::figures() const {
  auto figures = ForwardingStore::figures();
  const std::lock_guard lock(mutex_);
  figures.writesGathered = waiting_.size() + storing_.size();
  figures.writesGivenUp = givenUp_;
  return figures;
}

/// Waits until what was written later to the documents that the filter may match is stored.
void GatheringStore::settle(const std::string& collection, const Filter& filter) {
  std::unique_lock lock(mutex_);
  if (failing_ || (waiting_.empty() && storing_.empty())) return;
  const auto ids = idsIn(filter);
  const auto concerns = [&](const auto& writes) {
    if (ids)
      return std::any_of(ids->begin(), ids->end(), [&](const auto& id) { return writes.contains({collection, id}); });
    const auto first = writes.lower_bound({collection, {}});
    return first != writes.end() && first->first.first == collection;
  };
  std::uint64_t round = 0;
  if (concerns(waiting_))
    round = begun_ + 1;
  else if (concerns(storing_))
    round = begun_;
  else
    return;
  wanted_ = std::max(wanted_, round);
  changed_.notify_all();
  room_.notify_one();
  const base::Waiting waiting;
  changed_.wait(lock, [&] { return ended_ >= round; });
}

void GatheringStore::keepTime() {
  base::nameThread("gather");
  base::wakeWithoutPreempting();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    changed_.wait_for(lock, delay_, [this] { return stopping_ || wanted_ > begun_; });
    const bool isLast = stopping_;
    if (!waiting_.empty()) storeRound(lock);
    if (isLast) return;
  }
}

void GatheringStore::storeRound(std::unique_lock<std::mutex>& lock) {
  ++begun_;
  storing_.swap(waiting_);
  std::vector<std::pair<Key, Make>> writes;
  writes.reserve(storing_.size());
  for (auto& [key, make] : storing_) writes.emplace_back(key, std::move(make));
  roundFailed_ = false;
  // Each by itself, so that one that is refused refuses no other; they share a commit all the same.
  for (const auto& [key, make] : writes) {
    room_.wait(lock, [this] { return submitted_ < limit(); });
    ++submitted_;
    lock.unlock();
    store(key, make);
    lock.lock();
  }
  room_.wait(lock, [this] { return storing_.empty(); });
  ended_ = begun_;
  failing_ = roundFailed_;
  changed_.notify_all();
  if (failing_ && failure_.failed(std::chrono::steady_clock::now()))
    base::log("storage").error("changes that may wait cannot be stored; they are tried again");
  if (!failing_ && failure_.ended()) base::log("storage").info("changes that may wait are stored again");
}

void GatheringStore::store(const Key& key, const Make& make) {
  Write write{};
  try {
    write = make();
    if (keyOf(write) != key) throw Error(ErrorCode::Internal, "a write of another document was made");
  } catch (const std::exception& error) {
    return stored(key, write, Error(ErrorCode::Internal, error.what()));
  }
  write.counted = false;
  std::vector<Write> one{write};
  inner().submit(std::move(one), [this, key, write = std::move(write)](const Result<WriteSummary>& result) {
    stored(key, write, result ? std::nullopt : std::optional(result.error()));
  });
}

void GatheringStore::stored(const Key& key, const Write& write, const std::optional<Error>& failure) {
  const std::lock_guard lock(mutex_);
  storing_.erase(key);
  --submitted_;
  if (failure && failure->code() == ErrorCode::Unavailable) {
    roundFailed_ = true;
    waiting_.emplace(key, [write] { return write; });
  } else if (failure) {
    base::log("storage").error("a change of {} {}: {}", key.first, key.second, failure->detail());
  }
  if (storing_.empty() || submitted_ == limit() - 1) room_.notify_one();
}

std::size_t GatheringStore::limit() const {
  return wanted_ >= begun_ ? maxSubmittedWanted : maxSubmitted;
}

void GatheringStore::forEach(const std::string& collection, const Filter& filter, const FindOptions& options,
                             const std::function<bool(Document&&)>& each) {
  settle(collection, filter);
  inner().forEach(collection, filter, options, each);
}

void GatheringStore::forEachText(const std::string& collection, const Filter& filter, const FindOptions& options,
                                 const std::function<bool(std::string_view)>& each) {
  settle(collection, filter);
  inner().forEachText(collection, filter, options, each);
}

std::int64_t GatheringStore::count(const std::string& collection, const Filter& filter) {
  settle(collection, filter);
  return inner().count(collection, filter);
}

std::vector<std::pair<Json, std::int64_t>> GatheringStore::groupCount(const std::string& collection,
                                                                      const Filter& filter, const std::string& field) {
  settle(collection, filter);
  return inner().groupCount(collection, filter, field);
}

std::optional<Document> GatheringStore::findAndUpdate(const std::string& collection, const Filter& filter,
                                                      const Update& update) {
  settle(collection, filter);
  return inner().findAndUpdate(collection, filter, update);
}

Document GatheringStore::upsert(const std::string& collection, const Filter& filter, const Update& update) {
  settle(collection, filter);
  return inner().upsert(collection, filter, update);
}

}  // namespace parley::storage
