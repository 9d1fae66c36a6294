// SPDX-License-Identifier: Apache-2.0
#include "chat/migration/steps.h"

#include "chat/collections.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

namespace parley::chat::migration {

namespace {

/// Well below what the store's queue takes.
constexpr std::size_t weightPerStep = 500;

/// Sessions come last: it is they that are marked as done.
int rankOf(const Write& write) {
  if (write.collection == collections::sessions) return 2;
  return write.collection == collections::messages ? 0 : 1;
}

}  // namespace

Steps::Steps(Store& store, std::function<bool()> stopAsked) : store_(store), stopAsked_(std::move(stopAsked)) {}

void Steps::add(Write write, std::size_t weight) {
  writes_.push_back(std::move(write));
  weight_ += weight;
  if (weight_ >= weightPerStep) flush();
}

/// A step may be done twice, and so begin anew anywhere: what a database can take together comes together.
void Steps::flush() {
  std::stable_sort(writes_.begin(), writes_.end(),
                   [](const Write& a, const Write& b) { return rankOf(a) < rankOf(b); });
  if (reached_ != said_)
    writes_.push_back(
        Write::updateOne(marks, where("_id") == Json(markId), Update().set("reached", Json(said_ = reached_))));
  weight_ = 0;
  if (!writes_.empty()) {
    const auto answer = std::make_shared<std::promise<Result<WriteSummary>>>();
    auto future = answer->get_future();
    store_.submit(std::exchange(writes_, {}),
                  [answer](Result<WriteSummary> result) { answer->set_value(std::move(result)); });
    future.get().value();
  }
  if (stopAsked_ && stopAsked_()) throw Stopped{};
}

}  // namespace parley::chat::migration
