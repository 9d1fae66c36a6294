// SPDX-License-Identifier: Apache-2.0
#include "thumbnail_line.h"

#include "failures.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace parley;

namespace file_transfer {

namespace {

class Line : public ::testing::Test {
 protected:
  bool ask(const std::string& user, const std::string& name) {
    return line_.add(user, {name, {}, 64}, [this, user, name](const Result<Thumbnail>& result) {
      heard_.push_back(user + ":" + name + (result ? "" : "!"));
    });
  }
  /// The name of the job whose turn it is, "" when none waits.
  std::string next() {
    const auto job = line_.next();
    return job ? job->name : "";
  }
  void end(const std::string& name, const Result<Thumbnail>& result = Thumbnail()) {
    for (const auto& done : line_.end(name, result)) done(result);
  }
  /// All that wait, one after the other.
  std::string rest() {
    std::string names;
    for (auto name = next(); !name.empty(); name = next()) {
      names += name;
      end(name);
    }
    return names;
  }

  ThumbnailLine line_{16};
  std::vector<std::string> heard_;
};

}  // namespace

TEST_F(Line, MakesOneJobOfEqualRequests) {
  ask("alice", "a");
  ask("bob", "a");
  EXPECT_EQ(next(), "a");
  ask("alice", "a");
  EXPECT_EQ(next(), "") << "also once it has begun";
  end("a");
  EXPECT_EQ(heard_, (std::vector<std::string>{"alice:a", "bob:a", "alice:a"}));
  ask("bob", "a");
  EXPECT_EQ(next(), "a") << "a new one when it has ended";
}

TEST_F(Line, GivesUsersTurns) {
  for (const auto* name : {"1", "2", "3", "4"}) ask("alice", name);
  ask("bob", "5");
  ask("bob", "6");
  ask("carol", "7");
  EXPECT_EQ(rest(), "1572634") << "each one's in the order of their asking";
}

TEST_F(Line, HurriesForEveryoneWhoWaitsForAJob) {
  for (const auto* name : {"1", "2", "3"}) ask("alice", name);
  EXPECT_EQ(next(), "1");
  ask("bob", "3");
  EXPECT_EQ(rest(), "23");
  end("1");
}

TEST_F(Line, HasNothingForThoseWhoComeAgainAndAgain) {
  for (const auto* name : {"1", "2", "3"}) ask("alice", name);
  std::string order;
  for (const auto* name : {"4", "5", "6"}) {
    ask("bob", name);
    for (int i = 0; i < 2; ++i) {
      const auto job = next();
      order += job;
      end(job);
    }
  }
  EXPECT_EQ(order, "142536");
}

TEST_F(Line, KeepsPlacesForOthers) {
  const auto taken = [this](const std::string& user) {
    int count = 0;
    while (ask(user, user + std::to_string(count))) ++count;
    return count;
  };
  EXPECT_EQ(taken("alice"), 8);
  EXPECT_EQ(taken("bob"), 4);
  EXPECT_EQ(taken("carol"), 2);
  EXPECT_EQ(next(), "alice0");
  EXPECT_FALSE(ask("alice", "more")) << "what is being made takes a place";
  rest();
  end("alice0");
  EXPECT_EQ(taken("alice"), 8);
}

TEST_F(Line, OfOnePlaceTakesOne) {
  ThumbnailLine one(1);
  EXPECT_TRUE(one.add("alice", {"a", {}, 64}, {}));
  EXPECT_FALSE(one.add("bob", {"b", {}, 64}, {}));
}

TEST_F(Line, RemembersWhatLiesInTheImage) {
  const auto fail = [this](const std::string& name, const Error& error) {
    ask("alice", name);
    next();
    end(name, error);
  };
  fail("broken", imageUnreadable());
  fail("large", imageTooLarge("too many pixels"));
  fail("gone", noSuchFile());
  fail("busy", Error(ErrorCode::Unavailable, "too much is waiting to be done"));
  ASSERT_TRUE(line_.refusal("broken"));
  EXPECT_EQ(line_.refusal("broken")->code(), ErrorCode::UnsupportedType);
  ASSERT_TRUE(line_.refusal("large"));
  EXPECT_EQ(line_.refusal("large")->code(), ErrorCode::PayloadTooLarge);
  EXPECT_FALSE(line_.refusal("gone"));
  EXPECT_FALSE(line_.refusal("busy"));
  EXPECT_EQ(heard_.back(), "alice:busy!");

  for (std::size_t i = 0; i < ThumbnailLine::maxRefusals - 1; ++i) fail(std::to_string(i), imageUnreadable());
  EXPECT_FALSE(line_.refusal("broken")) << "the oldest is forgotten";
  EXPECT_TRUE(line_.refusal("large"));
}

}  // namespace file_transfer
