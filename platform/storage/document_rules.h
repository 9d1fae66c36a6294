// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/store.h>

#include <cstddef>
#include <string_view>

/// What every driver accepts, so that none takes what another refuses. All throw VALIDATION_FAILED.
namespace parley::storage {

inline constexpr std::size_t maxValueDepth = 64;    ///< nesting of objects and arrays in what is written
inline constexpr std::size_t maxPathSegments = 16;  ///< of a field path
inline constexpr std::size_t maxNameLength = 64;    ///< of a path segment, a collection, an index
inline constexpr std::size_t maxFilterDepth = 24;   ///< nesting of a filter
inline constexpr std::size_t maxFilterParts = 256;  ///< conditions and groups in a filter
inline constexpr std::size_t maxUpdateSteps = 256;  ///< steps of an update
inline constexpr std::size_t maxIndexFields = 16;   ///< fields of an index, keys of a sort
inline constexpr int maxParseDepth = 128;           ///< above what the two first limits can make together

/// Dotted names of `A-Z a-z 0-9 _`.
void checkPath(std::string_view path);

/// A letter, then `A-Z a-z 0-9 _`; `what` ("collection", "index") is for the message.
void checkName(std::string_view name, std::string_view what);

/// Finite numbers, integers of 64 bits with sign, valid UTF-8 without U+0000, bounded nesting.
void checkValue(const Json& value);

/// A text `_id` that is not empty, and values as above.
void checkDocument(const Document& document);

/// Valid paths of which none is a part of another, valid values, and no change of `_id` but SetOnInsert.
void checkUpdate(const Update& update);

/// Valid paths, values that their operator takes, bounded depth and number of parts.
void checkFilter(const Filter& filter);

/// Valid paths to sort by, nothing negative.
void checkFind(const FindOptions& options);

void checkCollection(const CollectionSpec& spec);

}  // namespace parley::storage
