// SPDX-License-Identifier: Apache-2.0
#include "chat/migration/message_pass.h"

#include "chat/collections.h"

#include <cstdint>
#include <utility>

namespace parley::chat::migration {

namespace {

/// Then it is begun anew with the next session: a database keeps what one reading may still need.
constexpr std::int64_t messagesPerReading = 50'000;

}  // namespace

MessagePass::MessagePass(Store& store, Steps& steps, std::function<void()> told)
    : store_(store), steps_(steps), told_(std::move(told)) {}

IndexSpec MessagePass::index() {
  return {.name = "messages_by_time", .fields = {{"sessionId"}, {"createdAt"}, {"_id"}}};
}

void MessagePass::run(const std::string& after) {
  auto filter = after.empty() ? Filter() : where("sessionId") > after;
  while (read(filter)) filter = where("sessionId") >= next_;
  steps_.flush();
}

/// True when there may be more.
bool MessagePass::read(const Filter& filter) {
  std::int64_t messages = 0;
  bool more = false;
  const FindOptions byTime{.sort = index().fields};
  store_.forEach(collections::messages, filter, byTime, [&](Document&& message) {
    auto sessionId = std::string(textOf(message, "sessionId"));
    if (!current_ || current_->sessionId() != sessionId) {
      finishSession();
      if (messages >= messagesPerReading) {
        next_ = std::move(sessionId);
        more = true;
        return false;
      }
      current_ = std::make_unique<Numbering>(store_, steps_, std::move(sessionId));
    }
    current_->take(std::move(message));
    ++messages;
    told_();
    return true;
  });
  finishSession();
  return more;
}

void MessagePass::finishSession() {
  if (!current_) return;
  current_->finish();
  if (!current_->sessionId().empty()) steps_.reached(current_->sessionId());
  current_.reset();
}

}  // namespace parley::chat::migration
