// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <optional>
#include <string>
#include <vector>

/// What the collections of a store are, kept in the store itself: whoever moves the documents to another one learns
/// from it which fields hold ids and dates, and which indexes there are, without the plugins that defined them.
namespace parley::storage {

CollectionSpec specBook();

/// Writes down what a collection is, unless it is written already.
void recordSpec(Store& store, const CollectionSpec& spec);

std::optional<CollectionSpec> recordedSpec(Store& store, const std::string& collection);
/// All that was written down, by name.
std::vector<CollectionSpec> recordedSpecs(Store& store);

JsonObject toJson(const CollectionSpec& spec);
/// Throws Error VALIDATION_FAILED.
CollectionSpec toSpec(const JsonObject& json);

}  // namespace parley::storage
