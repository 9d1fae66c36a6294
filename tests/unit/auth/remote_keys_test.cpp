// SPDX-License-Identifier: Apache-2.0
#include "auth/remote_keys.h"

#include "auth/verifier.h"
#include "signer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <stdexcept>

namespace parley::auth {

namespace {

using namespace test;

const Algorithm& es256 = *findAlgorithm("ES256");

/// A provider that can change its keys and be down, and a server that asks it.
struct Provider {
  explicit Provider(std::size_t maxWaiting = 10) {
    options.algorithm = "ES256";
    options.jwksUrl = "https://id.example.org/keys";
    options.maxWaiting = maxWaiting;
  }
  ~Provider() {
    release();
    pool.stop();
  }

  Verifier& open() {
    verifier = std::make_unique<Verifier>(options, pool, clock, [this](const JwtOptions&) { return fetch(); });
    return *verifier;
  }
  std::string fetch() {
    ++fetches;
    held.wait();
    const std::lock_guard lock(mutex);
    if (document.empty()) throw std::runtime_error("the provider is down");
    return document;
  }
  void publish(const std::vector<JsonObject>& keys) {
    const std::lock_guard lock(mutex);
    document = keys.empty() ? "" : jwksOf(keys);
  }
  void hold() { held = gate.get_future().share(); }
  void release() {
    if (!released.exchange(true)) gate.set_value();
  }
  void settle() { EXPECT_TRUE(pool.drain(Millis{60'000})); }

  /// The code of the answer, or the subject.
  std::string ask(const PrivateKey& key, const std::string& kid) {
    std::promise<std::string> answer;
    verifier->verify(keyToken(es256, key, headerOf("ES256", kid), R"({"sub":"ann","exp":1800000000})"),
                     [&answer](Result<Identity> who) {
                       answer.set_value(who ? who.value().subject : std::string(codeName(who.error().code())));
                     });
    return answer.get_future().get();
  }

  JwtOptions options;
  FixedClock clock;
  base::WorkerPool pool{2, 100};
  std::promise<void> gate;
  std::atomic<bool> released{false};
  std::shared_future<void> held = [] {
    std::promise<void> open;
    open.set_value();
    return open.get_future().share();
  }();
  std::mutex mutex;
  std::string document;
  std::atomic<int> fetches{0};
  std::unique_ptr<Verifier> verifier;
};

}  // namespace

TEST(RemoteKeys, AreFetchedOnceAndKept) {
  Provider provider;
  const auto one = curveKey("P-256");
  provider.publish({jwkOf(es256, one, "one")});
  provider.open();
  provider.settle();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(provider.ask(one, "one"), "ann");
  EXPECT_EQ(provider.fetches, 1);
}

TEST(RemoteKeys, FollowARotationAtMostOncePerInterval) {
  Provider provider;
  const auto one = curveKey("P-256");
  const auto two = curveKey("P-256");
  const auto stranger = curveKey("P-256");
  provider.publish({jwkOf(es256, one, "one")});
  provider.open();
  provider.settle();
  provider.publish({jwkOf(es256, one, "one"), jwkOf(es256, two, "two")});
  EXPECT_EQ(provider.ask(two, "two"), "UNAUTHENTICATED") << "too soon after the first fetch";
  provider.clock.passed += provider.options.refreshInterval;
  EXPECT_EQ(provider.ask(two, "two"), "ann");
  EXPECT_EQ(provider.ask(one, "one"), "ann");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(provider.ask(stranger, "made up " + std::to_string(i)), "UNAUTHENTICATED");
  EXPECT_EQ(provider.fetches, 2);
  EXPECT_EQ(provider.ask(stranger, "one"), "UNAUTHENTICATED");
}

TEST(RemoteKeys, StayWhileTheProviderIsDown) {
  Provider provider;
  const auto one = curveKey("P-256");
  const auto two = curveKey("P-256");
  provider.publish({jwkOf(es256, one, "one")});
  provider.open();
  provider.settle();
  for (const std::vector<JsonObject>& bad : {std::vector<JsonObject>{}, {JsonObject{{"kty", "oct"}, {"k", "AAAA"}}}}) {
    provider.publish(bad);
    provider.clock.passed += provider.options.maxKeyAge;
    EXPECT_EQ(provider.ask(two, "two"), "UNAUTHENTICATED");
    provider.settle();
    EXPECT_EQ(provider.ask(one, "one"), "ann");
  }
  provider.publish({jwkOf(es256, two, "two")});
  provider.clock.passed += provider.options.refreshInterval;
  EXPECT_EQ(provider.ask(two, "two"), "ann");
  EXPECT_EQ(provider.ask(one, "one"), "UNAUTHENTICATED") << "the provider has taken it back";
}

TEST(RemoteKeys, ThatWereNeverThereAreNoFaultOfTheClient) {
  Provider provider;
  const auto one = curveKey("P-256");
  provider.open();
  provider.settle();
  EXPECT_EQ(provider.ask(one, "one"), "UNAVAILABLE");
  provider.publish({jwkOf(es256, one, "one")});
  provider.clock.passed += provider.options.refreshInterval;
  EXPECT_EQ(provider.ask(one, "one"), "ann");
}

TEST(RemoteKeys, AreFetchedAnewWhenTheyAreOld) {
  Provider provider;
  const auto one = curveKey("P-256");
  provider.publish({jwkOf(es256, one, "one")});
  provider.open();
  provider.settle();
  provider.clock.passed += provider.options.maxKeyAge;
  provider.publish({jwkOf(es256, curveKey("P-256"), "two")});
  provider.hold();
  EXPECT_EQ(provider.ask(one, "one"), "ann") << "nobody waits for it";
  provider.release();
  provider.settle();
  EXPECT_EQ(provider.fetches, 2);
  EXPECT_EQ(provider.ask(one, "one"), "UNAUTHENTICATED");
}

TEST(RemoteKeys, HoldNoWorkerWhileManyWait) {
  Provider provider(3);
  const auto one = curveKey("P-256");
  provider.publish({jwkOf(es256, one, "one")});
  provider.hold();
  auto& verifier = provider.open();
  std::atomic<int> right{0};
  std::atomic<int> wrong{0};
  for (int i = 0; i < 5; ++i)
    verifier.verify(keyToken(es256, one, headerOf("ES256", "one"), R"({"sub":"ann","exp":1800000000})"),
                    [&](Result<Identity> who) { ++(who ? right : wrong); });
  EXPECT_EQ(right, 0);
  EXPECT_EQ(wrong, 2) << "no more than may wait";
  std::promise<void> free;
  EXPECT_TRUE(provider.pool.post([&free] { free.set_value(); }));
  free.get_future().wait();
  provider.release();
  provider.settle();
  EXPECT_EQ(right, 3);
  EXPECT_EQ(provider.fetches, 1);
}

TEST(RemoteKeys, OfTheSameUrlStayDuringAReload) {
  Provider provider;
  const auto one = curveKey("P-256");
  provider.publish({jwkOf(es256, one, "one")});
  provider.open();
  provider.settle();
  provider.publish({});
  provider.verifier->reload(provider.options);
  provider.settle();
  EXPECT_EQ(provider.fetches, 2) << "SIGHUP asks for them";
  EXPECT_EQ(provider.ask(one, "one"), "ann");
}

}  // namespace parley::auth
