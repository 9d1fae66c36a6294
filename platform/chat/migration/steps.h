// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace parley::chat::migration {

/// {_id, stage, reached?, startedAt, finishedAt?}: how far each migration has come. `stage` is "sessions", "messages",
/// "done"; `reached` the `_id` of the last session that the stage is through with.
inline constexpr const char* marks = "migrations";
inline constexpr const char* markId = "mongoose";

/// Thrown between two steps, when the process is to end.
struct Stopped {};

/// Writes in order, some hundred at a time. [one thread]
class Steps {
 public:
  Steps(Store& store, std::function<bool()> stopAsked);

  /// `weight`: how many usual writes it is as large as.
  void add(Write write, std::size_t weight = 1);
  /// What was added up to here completes the session: said in the mark with the step that stores it.
  void reached(const std::string& sessionId) { reached_ = sessionId; }
  /// Stores what was added. Throws Error, and Stopped afterwards when that was asked for.
  void flush();

 private:
  Store& store_;
  std::function<bool()> stopAsked_;
  std::vector<Write> writes_;
  std::size_t weight_ = 0;
  std::string reached_;
  std::string said_;
};

}  // namespace parley::chat::migration
