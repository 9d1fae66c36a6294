// SPDX-License-Identifier: Apache-2.0
// Takes and gives bodies piece by piece.
#include <parley/plugin.h>

#include <memory>
#include <string>
#include <utility>

using namespace parley;

namespace {

/// Counts what comes; refuses at a '!', answers early at a '?'.
class Counter final : public BodySink {
 public:
  Counter(HttpReply reply, Metric& broken) : reply_(std::move(reply)), broken_(broken) {}
  void onData(std::string_view piece) override {
    size_ += piece.size();
    if (piece.find('!') != std::string_view::npos) throw Error(ErrorCode::UnsupportedType, "no exclamations");
    if (piece.find('?') != std::string_view::npos) reply_(HttpResponse::ok("early"));
  }
  void onEnd() override { reply_(HttpResponse::ok(size_)); }
  void onBroken() override { broken_.add(); }

 private:
  HttpReply reply_;
  Metric& broken_;
  std::size_t size_ = 0;
};

/// As many pieces as asked for.
class Pieces final : public BodyProducer {
 public:
  explicit Pieces(int count) : left_(count) {}
  std::string read(std::size_t max) override { return left_-- > 0 ? std::string(max, 'x') : std::string(); }

 private:
  int left_;
};

class Streams final : public Plugin {
 public:
  void setup(Scope& scope) override {
    auto& broken = scope.metric("broken", "Bodies that did not come to their end");
    scope.streamRoute("POST", "/probe/upload", Access::anyone(), [&broken](const HttpCall& call, HttpReply reply) {
      if (call.queryParam("refuse")) throw Error(ErrorCode::Forbidden, "as asked");
      return std::make_unique<Counter>(std::move(reply), broken);
    });
    scope.streamRoute("POST", "/probe/gated", Access::role("admin"),
                      [](const HttpCall&, const HttpReply&) { return std::unique_ptr<BodySink>(); });
    scope.route("GET", "/probe/download", Access::anyone(), [](const HttpCall&) {
      HttpResponse response;
      response.producer = std::make_shared<Pieces>(3);
      return response;
    });
  }
};

}  // namespace

PARLEY_PLUGIN(Streams, .name = "streams", .version = "1.0.0")
