// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace parley {

/// The stable codes of the failure object; `codeName` spells them, `httpStatus` maps them.
enum class ErrorCode {
  ValidationFailed,  ///< VALIDATION_FAILED, 400
  Unauthenticated,   ///< UNAUTHENTICATED, 401
  Forbidden,         ///< FORBIDDEN, 403
  NotFound,          ///< NOT_FOUND, 404
  FeatureDisabled,   ///< FEATURE_DISABLED, 404
  Conflict,          ///< CONFLICT, 409
  PayloadTooLarge,   ///< PAYLOAD_TOO_LARGE, 413
  UnsupportedType,   ///< UNSUPPORTED_TYPE, 415
  RateLimited,       ///< RATE_LIMITED, 429
  Internal,          ///< INTERNAL, 500
  Unavailable,       ///< UNAVAILABLE, 503
};

constexpr std::string_view codeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::ValidationFailed: return "VALIDATION_FAILED";
    case ErrorCode::Unauthenticated: return "UNAUTHENTICATED";
    case ErrorCode::Forbidden: return "FORBIDDEN";
    case ErrorCode::NotFound: return "NOT_FOUND";
    case ErrorCode::FeatureDisabled: return "FEATURE_DISABLED";
    case ErrorCode::Conflict: return "CONFLICT";
    case ErrorCode::PayloadTooLarge: return "PAYLOAD_TOO_LARGE";
    case ErrorCode::UnsupportedType: return "UNSUPPORTED_TYPE";
    case ErrorCode::RateLimited: return "RATE_LIMITED";
    case ErrorCode::Internal: return "INTERNAL";
    case ErrorCode::Unavailable: return "UNAVAILABLE";
  }
  return "INTERNAL";
}

constexpr int httpStatus(ErrorCode code) {
  switch (code) {
    case ErrorCode::ValidationFailed: return 400;
    case ErrorCode::Unauthenticated: return 401;
    case ErrorCode::Forbidden: return 403;
    case ErrorCode::NotFound:
    case ErrorCode::FeatureDisabled: return 404;
    case ErrorCode::Conflict: return 409;
    case ErrorCode::PayloadTooLarge: return 413;
    case ErrorCode::UnsupportedType: return 415;
    case ErrorCode::RateLimited: return 429;
    case ErrorCode::Internal: return 500;
    case ErrorCode::Unavailable: return 503;
  }
  return 500;
}

/// What people are told about a failure: a key of the plugin's texts.json (`recall.tooLate`), and the values of the
/// places in that text (`{seconds}`).
struct Text {
  using Values = std::vector<std::pair<std::string, std::string>>;
  std::string key = {};
  Values values = {};
};

/// A failure that the caller is told about. Throw it from a handler to refuse; `detail` is English, goes
/// to the client as `error`, and must not hold secrets, paths or query text. The host adds the
/// localised `message`: `text` where the client's language has it, else what fits every failure of the code.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string detail, Text text = {}, int retryAfter = 0)
      : code_(code), detail_(std::move(detail)), text_(std::move(text)), retryAfter_(retryAfter) {}

  ErrorCode code() const noexcept { return code_; }
  const std::string& detail() const noexcept { return detail_; }
  const Text& text() const noexcept { return text_; }
  /// In how many seconds trying again may help: `retryAfter` of the failure object, Retry-After over HTTP; 0: not told.
  int retryAfter() const noexcept { return retryAfter_; }
  const char* what() const noexcept override { return detail_.c_str(); }

 private:
  ErrorCode code_;
  std::string detail_;
  Text text_;
  int retryAfter_;
};

/// A value or the Error that took its place; what completions are called with.
template <typename T>
class Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const noexcept { return std::holds_alternative<T>(state_); }
  explicit operator bool() const noexcept { return ok(); }

  /// The value; throws the Error when there is none.
  const T& value() const& { return check(), std::get<T>(state_); }
  T&& value() && { return check(), std::get<T>(std::move(state_)); }

  /// The error. Only when !ok().
  const Error& error() const { return std::get<Error>(state_); }

 private:
  void check() const {
    if (!ok()) throw std::get<Error>(state_);
  }
  std::variant<T, Error> state_;
};

}  // namespace parley
