// SPDX-License-Identifier: Apache-2.0
// A moderator: edits, vetoes, fails.
#include <parley/plugin.h>

#include <stdexcept>

using namespace parley;

namespace {

class Hooks final : public Plugin {
  void setup(Scope& scope) override {
    scope.before<hooks::MessageSend>([](MessageDraft& draft) {
      if (draft.content == "veto") throw Error(ErrorCode::Forbidden, "not here");
      if (draft.content == "disabled") throw Error(ErrorCode::FeatureDisabled, "what it needs is off");
      if (draft.content == "fail") throw std::runtime_error("broken");
      draft.content += "!";
    });
    scope.before<hooks::MessageSend>(
        [](MessageDraft& draft) {
          if (draft.content == "block!") throw std::runtime_error("broken");
        },
        {.onFailure = OnHookFailure::Block, .order = 1});
    auto& stored = scope.metric("stored", "Messages that were stored");
    scope.after<hooks::MessageStored>([&stored](const Message& message) {
      if (message.content == "unavailable!") throw Error(ErrorCode::Unavailable, "not now");
      stored.add();
    });
  }
};

}  // namespace

PARLEY_PLUGIN(Hooks, .name = "hooks", .version = "1.0.0")
