// SPDX-License-Identifier: Apache-2.0
#include "plugin/guarded_body.h"

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace parley::plugin {

namespace {

class GuardedProducer final : public BodyProducer {
 public:
  explicit GuardedProducer(std::shared_ptr<Border::Held<BodyProducer>> held) : held_(std::move(held)) {}
  std::string read(std::size_t max) override {
    return held_->call([max](BodyProducer& producer) { return producer.read(max); }).value();
  }

 private:
  std::shared_ptr<Border::Held<BodyProducer>> held_;
};

class GuardedSink final : public BodySink {
 public:
  GuardedSink(std::shared_ptr<Border::Held<BodySink>> held, std::weak_ptr<const HttpReply> reply)
      : held_(std::move(held)), reply_(std::move(reply)) {}
  void onData(std::string_view piece) override {
    call([piece](BodySink& sink) { sink.onData(piece); });
  }
  void onEnd() override {
    call([](BodySink& sink) { sink.onEnd(); });
  }
  void onBroken() override {
    call([](BodySink& sink) { sink.onBroken(); });
  }

 private:
  template <typename F>
  void call(F&& function) {
    const auto result = held_->call([&](BodySink& sink) { return function(sink), std::monostate{}; });
    if (result) return;
    if (const auto reply = reply_.lock()) (*reply)(result.error());
    throw Error(result.error());
  }
  std::shared_ptr<Border::Held<BodySink>> held_;
  std::weak_ptr<const HttpReply> reply_;
};

}  // namespace

HttpResponse guardedBody(Border& border, Site& site, HttpResponse response) {
  if (response.producer)
    response.producer = std::make_shared<GuardedProducer>(border.hold(site, std::move(response.producer)));
  return response;
}

HttpReply guardingBody(Border& border, Site& site, HttpReply reply) {
  return [&border, &site, reply = std::move(reply)](Result<HttpResponse> result) {
    if (!result) return reply(std::move(result));
    reply(guardedBody(border, site, std::move(result).value()));
  };
}

std::shared_ptr<BodySink> guardedSink(Border& border, Site& site, std::shared_ptr<BodySink> sink,
                                      std::weak_ptr<const HttpReply> reply) {
  return std::make_shared<GuardedSink>(border.hold(site, std::move(sink)), std::move(reply));
}

}  // namespace parley::plugin
