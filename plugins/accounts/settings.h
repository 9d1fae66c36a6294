// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "address_limit.h"
#include "passwords.h"

#include <parley/plugin.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

namespace accounts {

/// config.json, read once at setup.
struct Settings {
  explicit Settings(const parley::Config& config)
      : isOpen(config.text("registration") == "open"),
        roles(config.texts("roles")),
        registrationRoles(config.texts("registrationRoles")),
        firstAdminFile(config.text("firstAdminFile")),
        accessAge(config.integer("accessSeconds")),
        refreshAge(std::chrono::hours(24) * config.integer("refreshDays")),
        loginsPerUser(config.integer("loginsPerUser")),
        cost{static_cast<std::size_t>(config.integer("hashMemory")),
             static_cast<unsigned long long>(config.integer("hashPasses"))},
        hashesAtOnce(atOnce(config.integer("hashesAtOnce"))),
        hashesWaiting(static_cast<std::size_t>(config.integer("hashesWaiting"))),
        maxServiceTokens(config.integer("maxServiceTokens")),
        wrongAnswerPace(config.integer("wrongAnswerMillis")),
        freeAttempts(config.integer("freeAttempts")),
        maxLock(config.integer("maxLockSeconds")),
        forget(std::max(config.integer("forgetSeconds"), config.integer("maxLockSeconds"))),
        addresses{config.integer("addressAttempts"), std::chrono::seconds(config.integer("addressSeconds")), forget,
                  static_cast<std::size_t>(config.integer("maxAddresses"))} {}

  bool isOpen;
  std::vector<std::string> roles;
  std::vector<std::string> registrationRoles;
  std::string firstAdminFile;
  std::chrono::seconds accessAge;
  std::chrono::seconds refreshAge;
  std::int64_t loginsPerUser;
  HashCost cost;
  std::size_t hashesAtOnce;
  std::size_t hashesWaiting;
  std::int64_t maxServiceTokens;
  parley::Millis wrongAnswerPace;
  std::int64_t freeAttempts;
  std::chrono::seconds maxLock;
  std::chrono::seconds forget;
  AddressLimit::Options addresses;

 private:
  static std::size_t atOnce(std::int64_t wanted) {
    return wanted > 0 ? static_cast<std::size_t>(wanted) : std::max(1U, std::thread::hardware_concurrency() / 2);
  }
};

}  // namespace accounts
