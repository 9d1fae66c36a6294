// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/access.h>
#include <parley/error.h>
#include <parley/json.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace parley {

/// One page of a list, as the API shows it beside `data`.
struct Pagination {
  std::int64_t page = 1;   ///< from 1
  std::int64_t limit = 0;  ///< 1 to 100
  std::int64_t total = 0;  ///< items in all pages

  JsonObject toJson() const {
    const auto pages = limit > 0 ? (total + limit - 1) / limit : 0;
    return {{"page", page}, {"limit", limit}, {"total", total}, {"pages", pages}};
  }
};

/// What a successful call gives back: `{"success": true, "data": …}`, of values or of text that is JSON already, or a
/// bare value where the standard API says so (`users:online`).
class Answer {
 public:
  Answer() : Answer(Json(nullptr)) {}
  Answer(Json data) : body_(JsonObject{{"success", true}, {"data", std::move(data)}}) {}  // NOLINT
  Answer(const JsonText& data) {                                                          // NOLINT
    written_.reserve(data.text.size() + 128);
    written_.append(R"({"success":true,"data":)").append(data.text).append(1, '}');
  }
  static Answer page(Json data, const Pagination& pagination) {
    return bare(JsonObject{{"success", true}, {"data", std::move(data)}, {"pagination", pagination.toJson()}});
  }
  static Answer page(const JsonText& data, const Pagination& pagination) {
    Answer answer(data);
    answer.written_.back() = ',';
    answer.written_.append(R"("pagination":)").append(boost::json::serialize(pagination.toJson())).append(1, '}');
    return answer;
  }
  static Answer bare(Json body) {
    Answer answer(nullptr);
    answer.body_ = std::move(body);
    return answer;
  }

  /// The same with bytes that its values have place holders for, as those of a Payload. Clients of /ws get the place
  /// holders alone.
  Answer with(std::vector<std::string> attachments) && {
    attachments_ = std::move(attachments);
    return std::move(*this);
  }

  const std::vector<std::string>& attachments() const { return attachments_; }
  /// Of an answer that was made of values.
  const Json& body() const { return body_; }
  std::string toText() const& { return written_.empty() ? boost::json::serialize(body_) : written_; }
  std::string toText() && { return written_.empty() ? boost::json::serialize(body_) : std::move(written_); }

 private:
  explicit Answer(std::nullptr_t) {}
  Json body_;
  std::string written_;  ///< instead of it, when it is not empty
  std::vector<std::string> attachments_;
};

/// One event from one client. Valid until the handler returns, also where the answer comes later: copy what that needs.
struct EventCall {
  std::string name;
  Caller caller;
  Payload payload;

  /// The event's first argument; null when it has none.
  const Json& data() const {
    static const Json none;
    return payload.args.empty() ? none : payload.args.front();
  }
};

/// Answers an event that was taken with `Scope::deferredEvent`. May be called from any thread, once; the
/// client's acknowledgement (or the `error` event) leaves then. Dropping every copy answers INTERNAL, or
/// FEATURE_DISABLED while the plugin is being switched off. Neither that nor a second answer, which goes nowhere, stays
/// without a line in the log.
using Reply = std::function<void(Result<Answer>)>;

/// Runs on a worker; may block; events of one client run one after another, in the order of arrival. Throw Error to
/// refuse. [worker]
using EventHandler = std::function<Answer(const EventCall&)>;

/// As EventHandler, but answers later. [worker]
using DeferredEventHandler = std::function<void(const EventCall&, Reply)>;

/// What becomes of the client's next events while a deferred one is not answered: they are handled, or wait for it, as
/// the news of the client's end does. A reply that is neither given nor dropped keeps them for ever.
enum class NextEvents { Handled, Wait };

}  // namespace parley
