// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chat/chat.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace parley::chat::test {

/// Documents as a Mongoose server with the standard models writes them.
class OldDatabase {
 public:
  explicit OldDatabase(Store& store) : store_(store) {}

  std::string newId() {
    auto number = std::to_string(++lastId_);
    return "65a0" + std::string(20 - number.size(), '0') + number;
  }
  /// So many milliseconds after the beginning.
  static std::string at(std::int64_t millis) { return toIso8601(Time{Millis{1'600'000'000'000 + millis}}); }
  static JsonArray readBy(const std::vector<std::pair<std::string, std::int64_t>>& marks) {
    JsonArray list;
    for (const auto& [user, time] : marks) list.push_back(JsonObject{{"user", user}, {"readAt", at(time)}});
    return list;
  }

  void user(const std::string& id) {
    store_.insert("users", {{"_id", id}, {"username", id}, {"password", "$2a$10$hash"}, {"__v", 0}});
  }
  /// What `more` has as null is left out.
  std::string session(const std::vector<std::string>& participants, const JsonObject& more = {}) {
    const auto id = newId();
    JsonObject document{{"_id", id},
                        {"participants", JsonArray(participants.begin(), participants.end())},
                        {"sessionType", "private"},
                        {"unreadCount", JsonObject{{"a", 99}}},
                        {"createdAt", at(0)},
                        {"updatedAt", at(0)},
                        {"__v", 3}};
    insert("chatsessions", std::move(document), more);
    return id;
  }
  std::string message(const std::string& sessionId, const std::string& sender, std::int64_t time,
                      const std::string& content, const JsonObject& more = {}) {
    const auto id = newId();
    JsonObject document{{"_id", id},
                        {"sessionId", sessionId.empty() ? Json(nullptr) : Json(sessionId)},
                        {"sender", sender},
                        {"receiver", nullptr},
                        {"content", content},
                        {"messageType", "text"},
                        {"status", "sent"},
                        {"readBy", JsonArray{}},
                        {"createdAt", at(time)},
                        {"updatedAt", at(time)},
                        {"__v", 0},
                        {"moodOfTheDay", "sunny"}};
    insert("messages", std::move(document), more);
    return id;
  }

  using Dump = std::map<std::string, Document>;
  /// Everything but the migration's own mark, by collection and `_id`.
  Dump dump() {
    Dump all;
    for (const auto* collection : {"users", "chatsessions", "messages", "chatmembers", "readstates"})
      for (auto& document : store_.find(collection, Filter()))
        all.emplace(std::string(collection) + "/" + std::string(textOf(document, "_id")), document);
    return all;
  }
  /// The first field of before that is not as it was.
  std::string changedFields(const Dump& before) {
    const auto now = dump();
    for (const auto& [place, document] : before)
      for (const auto& [name, value] : document) {
        const auto* still = now.contains(place) ? now.at(place).if_contains(name) : nullptr;
        if (still == nullptr || *still != value) return place + "." + std::string(name);
      }
    return {};
  }

  void fillAtRandom(unsigned seed);
  /// Against what a look at every message gives.
  void expectCounts(Chat& chat);

 private:
  void insert(const char* collection, JsonObject document, const JsonObject& more) {
    for (const auto& [name, value] : more) {
      document[name] = value;
      if (value.is_null() && name != "receiver") document.erase(name);
    }
    store_.insert(collection, std::move(document));
  }

  Store& store_;
  int lastId_ = 0;
  std::vector<std::string> users_;
};

inline void OldDatabase::fillAtRandom(unsigned seed) {
  std::mt19937 random(seed);
  const auto pick = [&](std::size_t below) { return static_cast<std::size_t>(random()) % below; };
  for (int i = 0; i < 8; ++i) {
    users_.push_back(newId());
    user(users_.back());
  }
  for (int s = 0; s < 12; ++s) {
    std::vector<std::string> participants;
    const bool group = s % 3 == 0;
    for (std::size_t i = 0; i < (group ? 5U : 2U); ++i)
      participants.push_back(users_[(static_cast<std::size_t>(s) + i * 3) % 8]);
    const auto id = session(participants, {{"sessionType", group ? "group" : "private"}});
    for (int m = 0; m < 120; ++m) {
      const auto sender = pick(50) == 0 ? users_[pick(8)] : participants[pick(participants.size())];
      const auto receiver = sender == participants[0] ? participants[1] : participants[0];
      std::vector<std::pair<std::string, std::int64_t>> marks;
      bool read = false;
      for (const auto& reader : participants) {
        if (reader == sender || pick(4) == 0) continue;
        marks.emplace_back(reader, m + 1);
        read = read || reader == receiver;
      }
      if (!group && read && pick(5) == 0) marks.clear();  // of a time before readBy
      JsonObject more{{"readBy", readBy(marks)}};
      if (!group) more["receiver"] = receiver;
      if (!group && read) more["status"] = "read";
      message(id, sender, static_cast<std::int64_t>(pick(90)), "text " + std::to_string(m), more);
    }
  }
}

inline void OldDatabase::expectCounts(Chat& chat) {
  std::map<std::string, std::set<std::string>> sessionsOf;
  for (const auto& session : store_.find("chatsessions", Filter()))
    for (const auto& participant : session.at("participants").as_array())
      sessionsOf[std::string(participant.as_string())].insert(std::string(textOf(session, "_id")));
  for (const auto& user : users_) {
    std::map<std::string, std::int64_t> unread;
    Reads::Totals totals;
    totals.sessions = static_cast<std::int64_t>(sessionsOf[user].size());
    std::map<std::string, std::vector<std::pair<std::string, std::string>>> order;
    for (const auto& message : store_.find("messages", Filter())) {
      const std::string sessionId(textOf(message, "sessionId"));
      if (!sessionsOf[user].contains(sessionId)) continue;
      order[sessionId].emplace_back(textOf(message, "createdAt"), textOf(message, "_id"));
      if (textOf(message, "sender") == user) {
        ++totals.sent;
        continue;
      }
      ++totals.received;
      bool read = textOf(message, "receiver") == user && textOf(message, "status") == "read";
      for (const auto& mark : message.at("readBy").as_array()) read = read || mark.at("user").as_string() == user;
      if (read) continue;
      ++totals.unread;
      ++unread[sessionId];
    }
    const auto shown = chat.reads().totals(user);
    EXPECT_EQ(shown.sessions, totals.sessions);
    EXPECT_EQ(shown.sent, totals.sent);
    EXPECT_EQ(shown.received, totals.received);
    EXPECT_EQ(shown.unread, totals.unread);
    EXPECT_EQ(chat.reads().unread(user).sessions, unread);
    for (auto& [sessionId, messages] : order) {
      std::sort(messages.begin(), messages.end());
      const auto history = chat.messages().history({.sessionId = sessionId, .limit = 1000, .viewer = user});
      ASSERT_EQ(history.messages.size(), messages.size());
      for (std::size_t i = 0; i < messages.size(); ++i) {
        EXPECT_EQ(history.messages[i].id, messages[i].second);
        EXPECT_EQ(history.messages[i].seq, static_cast<std::int64_t>(i) + 1);
      }
    }
  }
}

}  // namespace parley::chat::test
