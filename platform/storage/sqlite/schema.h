// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/sqlite/connection.h"

#include <parley/store.h>

#include <map>
#include <string>

namespace parley::storage::sqlite {

/// Makes the file where it is missing, with access for its owner alone.
void createFile(const std::string& path);

/// Throws Error, with a detail for the admin, unless the file is a database of ours in a layout that this version
/// knows, or a new, empty one: returns whether it is that.
bool checkOwnership(Connection& connection, const std::string& path);

/// Makes sure that the file is a database of ours in a layout that this version knows; a new, empty one becomes ours.
/// Throws Error with a detail for the admin otherwise.
void claimDatabase(Connection& connection, const std::string& path);

/// Writes what is there already: the smallest durable change.
void rewriteLayoutVersion(Connection& connection);

bool hasCollection(Connection& connection, const std::string& name);

/// The statement that made each index, by its name.
std::map<std::string, std::string> indexDefinitions(Connection& connection, const std::string& collection);

/// Makes the table and the indexes that are missing, and makes those anew whose definition has changed.
void defineCollection(Connection& connection, const CollectionSpec& spec);

}  // namespace parley::storage::sqlite
