// SPDX-License-Identifier: Apache-2.0
#include "ops/health.h"

#include "base/failure.h"

#include <parley/error.h>
#include <parley/json.h>

#include <exception>
#include <utility>

namespace parley::ops {

namespace {

http::Response jsonResponse(int status, const JsonObject& body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "application/json; charset=utf-8");
  response.body = boost::json::serialize(body);
  return response;
}

}  // namespace

Health::Health(http::Router& router, base::WorkerPool& workers, const Clock& clock, Checks checks, base::Locale locale)
    : router_(router), workers_(workers), clock_(clock), checks_(std::move(checks)), locale_(std::move(locale)) {
  routes_.push_back(router_.add("GET", "/api/health",
                                [this](const http::Request&, const http::Responder& respond) { respond(health()); }));
  routes_.push_back(
      router_.add("GET", "/api/ready",
                  [this](const http::Request& request, const http::Responder& respond) { ready(request, respond); }));
}

Health::~Health() {
  for (const auto route : routes_) router_.remove(route);
}

http::Response Health::health() const {
  return jsonResponse(200,
                      {{"status", "ok"}, {"timestamp", toIso8601(clock_.now())}, {"message", "聊天服务器运行正常"}});
}

void Health::ready(const http::Request& request, const http::Responder& respond) {
  const auto locale = base::chooseLocale(request.headers.get("Accept-Language"), locale_);
  if (checks_.isDraining() || checks_.isMigrating()) return respond(readiness("", locale));
  {
    const std::lock_guard lock(mutex_);
    asking_.emplace_back(locale, respond);
    if (asking_.size() > 1) return;
  }
  if (!workers_.post([this] { check(); })) tell("busy");
}

void Health::check() {
  const auto responds = [this] {
    const base::Waiting waiting;
    try {
      return checks_.storeResponds();
    } catch (const std::exception&) {
      return false;
    }
  };
  tell(responds() ? "ok" : "unavailable");
}

void Health::tell(std::string_view storage) {
  std::vector<std::pair<base::Locale, http::Responder>> asking;
  {
    const std::lock_guard lock(mutex_);
    asking.swap(asking_);
  }
  for (const auto& [locale, respond] : asking) respond(readiness(storage, locale));
}

http::Response Health::readiness(std::string_view storage, const base::Locale& locale) const {
  const bool draining = checks_.isDraining();
  const bool migrating = !draining && checks_.isMigrating();
  if (storage == "ok" && !draining && !migrating) return jsonResponse(200, {{"status", "ready"}, {"storage", storage}});
  const auto* detail = draining            ? "the server is shutting down"
                       : migrating         ? "the database is being completed"
                       : storage == "busy" ? "the server is busy"
                                           : "the store does not answer";
  auto body = base::failure(Error(ErrorCode::Unavailable, detail), locale);
  body["status"] = draining ? "draining" : migrating ? "migrating" : "unavailable";
  if (!storage.empty()) body["storage"] = storage;
  return jsonResponse(503, body);
}

}  // namespace parley::ops
