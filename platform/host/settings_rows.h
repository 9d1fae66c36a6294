// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/setting.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// How the rows of the table of settings are written, and its parts: a function for each group of settings.

namespace parley::host {

namespace settings_units {
constexpr std::int64_t kibi = 1024;
constexpr std::int64_t mebi = 1024 * kibi;
constexpr std::int64_t gibi = 1024 * mebi;
constexpr std::int64_t minute = 60'000;  ///< in milliseconds
constexpr std::int64_t hour = 60 * minute;
}  // namespace settings_units

/// When a changed setting counts: from the next start, or from SIGHUP on.
enum class Apply { Restart, Reload };

/// Adds rows of one group; a method per type keeps the rows to what differs.
class SettingsTable {
 public:
  void group(std::string prefix) { prefix_ = std::move(prefix); }

  void flag(const char* name, bool fallback, Apply apply, const char* description) {
    add(name, Setting::Type::Flag, fallback, apply, description);
  }
  void integer(const char* name, std::int64_t fallback, std::int64_t min, std::int64_t max, const char* unit,
               Apply apply, const std::string& description) {
    auto& row = add(name, Setting::Type::Integer, fallback, apply, description);
    row.min = min;
    row.max = max;
    row.unit = unit;
  }
  Setting& text(const char* name, const char* fallback, Apply apply, const char* description) {
    return add(name, Setting::Type::Text, fallback, apply, description);
  }
  void choice(const char* name, std::vector<std::string> choices, Apply apply, const char* description) {
    add(name, Setting::Type::Text, Json(choices.front()), apply, description).choices = std::move(choices);
  }
  void secret(const char* name, Apply apply, const char* description) {
    text(name, "", apply, description).secret = true;
  }
  void list(const char* name, Apply apply, const char* description, JsonArray fallback = {}) {
    add(name, Setting::Type::List, std::move(fallback), apply, description);
  }

  std::vector<Setting> take() { return std::move(rows_); }

 private:
  Setting& add(const char* name, Setting::Type type, Json fallback, Apply apply, const std::string& description) {
    Setting row;
    row.key = prefix_ + "." + name;
    row.type = type;
    row.fallback = std::move(fallback);
    row.description = description;
    row.reloadable = apply == Apply::Reload;
    rows_.push_back(std::move(row));
    return rows_.back();
  }

  std::string prefix_;
  std::vector<Setting> rows_;
};

void addServerSettings(SettingsTable& t);
void addHttpSettings(SettingsTable& t);
void addRealtimeSettings(SettingsTable& t);
void addLimitSettings(SettingsTable& t);
void addAuthSettings(SettingsTable& t);
void addStorageSettings(SettingsTable& t);
void addChatSettings(SettingsTable& t);
void addPluginSettings(SettingsTable& t);
void addOperationSettings(SettingsTable& t);

}  // namespace parley::host
