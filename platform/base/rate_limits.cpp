// SPDX-License-Identifier: Apache-2.0
#include "base/rate_limits.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace parley::base {

namespace {

using Wait = std::chrono::duration<double>;

Error tooMany(Wait wait) {
  return {ErrorCode::RateLimited, "too many calls", {}, retryAfter(wait)};
}

/// Who acts for others is counted as themselves.
const std::string& userOf(const Caller& caller) {
  return caller.subject.empty() ? caller.userId : caller.subject;
}

std::size_t indexOf(RateClass rateClass) {
  return static_cast<std::size_t>(rateClass);
}

}  // namespace

std::string_view nameOf(RateClass rateClass) {
  switch (rateClass) {
    case RateClass::Default: return "default";
    case RateClass::Message: return "message";
    case RateClass::Read: return "read";
    case RateClass::Search: return "search";
    case RateClass::Upload: return "upload";
    case RateClass::Auth: return "auth";
  }
  return "default";
}

/// The buckets of one class, by user or by address.
class RateLimits::Buckets {
 public:
  Wait take(std::string_view key, Instant now, const Rate& rate, std::size_t maxTracked) {
    if (rate.perSecond <= 0) return {};
    auto& shard = shards_.at(Hash{}(key) % shards_.size());
    const std::lock_guard lock(shard.mutex);
    auto found = shard.buckets.find(key);
    if (found == shard.buckets.end()) {
      makeRoom(shard, now, rate, std::max<std::size_t>(1, maxTracked / shards_.size()));
      found = shard.buckets.emplace(key, TokenBucket()).first;
    }
    return found->second.take(now, rate);
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, TokenBucket, Hash, std::equal_to<>> buckets;
    std::size_t newcomers = 0;  ///< since the last sweep
  };

  /// A sweep comes after half as many newcomers as there are buckets, so its cost is theirs.
  static void makeRoom(Shard& shard, Instant now, const Rate& rate, std::size_t max) {
    constexpr std::size_t fewest = 64;
    auto& buckets = shard.buckets;
    if (++shard.newcomers >= std::max(fewest, buckets.size() / 2)) {
      shard.newcomers = 0;
      std::erase_if(buckets, [&](const auto& item) { return item.second.isFull(now, rate); });
    }
    if (buckets.size() >= max) buckets.erase(buckets.begin());
  }

  std::array<Shard, 16> shards_;
};

/// How many calls of each class and user run.
class RateLimits::Running : public std::enable_shared_from_this<Running> {
 public:
  /// Null when there are so many already.
  std::shared_ptr<void> enter(RateClass rateClass, const std::string& user, std::size_t max) {
    const Key key(rateClass, user);
    const std::lock_guard lock(mutex_);
    auto& count = counts_[key];
    if (count >= max) return nullptr;
    ++count;
    return {this, [self = shared_from_this(), key](void*) { self->leave(key); }};
  }

 private:
  using Key = std::pair<RateClass, std::string>;

  void leave(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(key);
    if (--found->second == 0) counts_.erase(found);
  }

  std::mutex mutex_;
  std::map<Key, std::size_t> counts_;
};

struct RateLimits::Tables {
  std::array<Buckets, rateClasses.size()> users;
  std::array<Buckets, rateClasses.size()> addresses;
};

RateLimits::RateLimits(const Clock& clock, RateLimitOptions options)
    : clock_(clock),
      options_(std::make_shared<const RateLimitOptions>(std::move(options))),
      tables_(std::make_unique<Tables>()),
      running_(std::make_shared<Running>()) {}

RateLimits::~RateLimits() = default;

void RateLimits::reload(RateLimitOptions options) {
  std::atomic_store(&options_, std::make_shared<const RateLimitOptions>(std::move(options)));
}

/// Both cost as much as all the rest: got once for a call.
struct RateLimits::Now {
  explicit Now(const RateLimits& limits) : options(std::atomic_load(&limits.options_)), time(limits.clock_.steady()) {}
  std::shared_ptr<const RateLimitOptions> options;
  Instant time;
};

Wait RateLimits::takeFromAddress(RateClass rateClass, std::string_view address, const Now& now) {
  constexpr std::size_t customerBytes = 8;
  const auto& rate = now.options->classes.at(indexOf(rateClass)).perAddress;
  if (rate.perSecond <= 0) return {};
  const auto parsed = IpAddress::parse(address);
  if (!parsed || now.options->exempt.contains(*parsed)) return {};
  const auto& bytes = parsed->bytes();
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto key = parsed->isV4() ? all.substr(customerBytes) : all.substr(0, customerBytes);
  return tables_->addresses.at(indexOf(rateClass)).take(key, now.time, rate, now.options->maxTracked);
}

Wait RateLimits::takeFromUser(RateClass rateClass, const std::string& user, const Now& now) {
  const auto& rate = now.options->classes.at(indexOf(rateClass)).perUser;
  return tables_->users.at(indexOf(rateClass)).take(user, now.time, rate, now.options->maxTracked);
}

bool RateLimits::count(RateClass rateClass, const Caller& caller) {
  if (caller.service) return true;
  const Now now(*this);
  const auto& user = userOf(caller);
  auto wait = takeFromAddress(rateClass, caller.address, now);
  if (wait == Wait::zero() && !user.empty()) wait = takeFromUser(rateClass, user, now);
  if (wait > Wait::zero()) throw tooMany(wait);
  return !user.empty();
}

void RateLimits::countUser(RateClass rateClass, const Caller& caller) {
  const auto& user = userOf(caller);
  if (caller.service || user.empty()) return;
  const auto wait = takeFromUser(rateClass, user, Now(*this));
  if (wait > Wait::zero()) throw tooMany(wait);
}

std::shared_ptr<void> RateLimits::enter(RateClass rateClass, const Caller& caller) {
  const auto max = std::atomic_load(&options_)->classes.at(indexOf(rateClass)).atOnce;
  const auto& user = userOf(caller);
  if (max == 0 || caller.service || user.empty()) return nullptr;
  auto ticket = running_->enter(rateClass, user, max);
  if (!ticket) throw Error(ErrorCode::RateLimited, "too many calls at the same time", {}, 1);
  return ticket;
}

Error RateLimits::afterFailure(const std::string& address, const Error& refusal) {
  const auto wait = takeFromAddress(RateClass::Auth, address, Now(*this));
  return wait > Wait::zero() ? tooMany(wait) : refusal;
}

}  // namespace parley::base
