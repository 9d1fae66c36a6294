// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/migration/numbering.h"
#include "chat/migration/steps.h"

#include <parley/store.h>

#include <functional>
#include <memory>
#include <string>

namespace parley::chat::migration {

/// Numbers the messages of all sessions, one session after the other. Needs the index messages_by_time.
class MessagePass {
 public:
  /// `told` is called for each message.
  MessagePass(Store& store, Steps& steps, std::function<void()> told);

  /// All sessions behind that `_id`, in its order; empty: all, and the messages of none.
  void run(const std::string& after);

  /// What it walks along. Nobody needs it afterwards.
  static IndexSpec index();

 private:
  bool read(const Filter& filter);
  void finishSession();

  Store& store_;
  Steps& steps_;
  std::function<void()> told_;
  std::unique_ptr<Numbering> current_;
  std::string next_;  ///< the session that a new reading begins with
};

}  // namespace parley::chat::migration
