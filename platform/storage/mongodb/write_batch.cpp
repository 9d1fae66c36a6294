// SPDX-License-Identifier: Apache-2.0
#include "storage/mongodb/write_batch.h"

#include <algorithm>
#include <string_view>

namespace parley::storage::mongodb {

namespace {

/// Statements that go out as one command, and whose they are.
struct Group {
  std::vector<const Statement*> statements;
  std::vector<Submission*> owners;
};

bool goTogether(const Statement& a, const Statement& b) {
  const auto isUpdate = [](const Statement& s) {
    return s.kind == Write::Kind::UpdateOne || s.kind == Write::Kind::Upsert;
  };
  if (a.collection != b.collection || a.inTwoSteps || b.inTwoSteps) return false;
  return a.kind == b.kind || (isUpdate(a) && isUpdate(b));
}

/// Takes what of a submission can join; the collections of the rest are closed to submissions behind it.
void join(Group& group, Submission& submission, const Statement& first, bool shared,
          std::set<std::string_view>& closed) {
  auto at = submission.next;
  for (; at < submission.statements.size(); ++at) {
    const auto& statement = submission.statements[at];
    if (&statement != &first && !goTogether(first, statement)) break;
    if (statement.sharesCommand() != shared || closed.contains(statement.collection)) break;
    group.statements.push_back(&statement);
    group.owners.push_back(&submission);
  }
  for (; at < submission.statements.size(); ++at) closed.insert(submission.statements[at].collection);
}

/// What is next in the oldest submission, with all that may go along. How many documents a command has changed is said
/// of all its statements together: one that has to be counted shares it only with others of its submission.
Group nextGroup(std::list<Submission>& batch) {
  Group group;
  std::set<std::string_view> closed;
  const Statement* first = nullptr;
  for (auto& submission : batch) {
    if (submission.finished()) continue;
    if (first == nullptr) first = &submission.statements[submission.next];
    join(group, submission, *first, first->sharesCommand(), closed);
    if (!first->sharesCommand()) break;
  }
  return group;
}

void leaveOut(Submission& submission, const Error& failure) {
  submission.failure = failure;
  submission.next = submission.statements.size();
}

/// Sends a group, and what is left of it after a failure again without the submission that failed.
void carryOut(Group group, const Operations& operations) {
  while (!group.statements.empty()) {
    const auto outcome = operations.perform(group.statements);
    const bool shared = group.statements.front()->sharesCommand();
    for (std::size_t i = 0; i < outcome.done; ++i) {
      ++group.owners[i]->next;
      if (shared) ++group.owners[i]->affected;
    }
    if (!shared) group.owners.front()->affected += outcome.affected;
    if (!outcome.failure) return;
    const auto* failed = group.owners[outcome.done];
    Group rest;
    for (std::size_t i = outcome.done; i < group.statements.size(); ++i) {
      if (outcome.all || group.owners[i] == failed) {
        leaveOut(*group.owners[i], *outcome.failure);
        continue;
      }
      rest.statements.push_back(group.statements[i]);
      rest.owners.push_back(group.owners[i]);
    }
    group = std::move(rest);
  }
}

}  // namespace

void carryOut(std::list<Submission>& batch, const Operations& operations) {
  for (;;) {
    auto group = nextGroup(batch);
    if (group.statements.empty()) return;
    carryOut(std::move(group), operations);
  }
}

}  // namespace parley::storage::mongodb
