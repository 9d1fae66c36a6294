// SPDX-License-Identifier: Apache-2.0
#include "realtime/engine/session_homes.h"

#include "base/id.h"

#include <charconv>

namespace parley::realtime {

namespace {
constexpr std::size_t randomBytes = 18;
constexpr std::size_t randomLength = 24;
}  // namespace

SessionHomes::SessionHomes(const SessionOptions& options, net::EventLoops& loops) : options_(options) {
  for (std::size_t i = 0; i < loops.size(); ++i)
    homes_.push_back(std::make_unique<SessionHome>(loops.at(i), options_, counts_));
}

SessionHome* SessionHomes::homeOf(std::string_view sessionId) {
  if (sessionId.size() <= randomLength) return nullptr;
  std::size_t index = 0;
  const char* const end = sessionId.data() + sessionId.size();
  const auto [stop, error] = std::from_chars(sessionId.data() + randomLength, end, index);
  return error == std::errc() && stop == end && index < homes_.size() ? homes_[index].get() : nullptr;
}

std::string SessionHomes::newId(const SessionHome& home) {
  return base::randomToken(randomBytes) + std::to_string(home.loop.index());
}

bool SessionHomes::admit() {
  if (closing_.load(std::memory_order_relaxed)) return false;
  if (counts_.open.fetch_add(1, std::memory_order_relaxed) < options_.maxSessions) return true;
  counts_.open.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

std::shared_ptr<void> SessionHomes::admitPolling(const std::string& address) {
  if (!polling_->enter(address, options_.maxPollingPerAddress)) return nullptr;
  std::shared_ptr<void> place(this, [polling = polling_, address](void*) { polling->leave(address); });
  return admit() ? place : nullptr;
}

void SessionHomes::closeAll(const std::string& reason) {
  closing_.store(true, std::memory_order_relaxed);
  for (const auto& home : homes_) {
    home->loop.post([home = home.get(), reason] {
      std::vector<std::shared_ptr<SessionBase>> sessions;
      for (const auto& [id, session] : home->sessions) sessions.push_back(session);
      for (const auto& session : sessions) session->close(reason);
    });
  }
}

}  // namespace parley::realtime
