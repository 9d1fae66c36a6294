// SPDX-License-Identifier: Apache-2.0
#include "first_admin.h"

#include <fstream>

using namespace parley;

namespace accounts {

namespace {

std::string lineOf(std::istream& stream) {
  std::string line;
  std::getline(stream, line);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

void makeFirstAdmin(People& people, const Passwords& passwords, const std::string& file, Log& log) {
  if (file.empty() || people.hasAdmin()) return;
  std::ifstream stream(file);
  User user;
  user.username = lineOf(stream);
  user.role = "admin";
  const auto password = lineOf(stream);
  if (stream.bad() || user.username.empty())
    throw Error(ErrorCode::ValidationFailed, "firstAdminFile: there is no such file, or it has no username");
  Passwords::checkRules("the second line of firstAdminFile", password);
  const auto account = people.create({user, passwords.hash(password)});
  log.info("the first admin was made: user " + account.id + "; firstAdminFile is needed no more");
}

}  // namespace accounts
