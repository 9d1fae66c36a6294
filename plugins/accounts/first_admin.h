// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "passwords.h"
#include "people.h"

#include <parley/scope.h>

#include <string>

namespace accounts {

/// While no admin has a password: makes the one whose username and password are the two lines of `file`. Throws
/// VALIDATION_FAILED when that cannot be done. [host]
void makeFirstAdmin(People& people, const Passwords& passwords, const std::string& file, parley::Log& log);

}  // namespace accounts
