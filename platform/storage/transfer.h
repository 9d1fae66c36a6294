// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "storage/open_store.h"

#include <cstdint>
#include <functional>
#include <string>

/// Moving all documents of a store to another one, of the same driver or not, by way of a file.
///
/// The file is NDJSON, UTF-8: a first line {"format": "parley-export", "version": 1}; for each collection a line
/// {"collection": {name, idFields, dateFields, indexes}} and its documents, ordered by `_id`, a line each; a last line
/// {"end": {"documents": n, "sha256": "…"}}, with the digest of all bytes before it.
namespace parley::storage {

struct TransferSummary {
  std::int64_t collections = 0;
  std::int64_t documents = 0;
  std::string sha256;
};

/// Told now and then: the collection and how many of its documents are done.
using TransferProgress = std::function<void(const std::string& collection, std::int64_t documents)>;

/// Writes everything to a new file, at constant memory. The file gets its name when it is whole and on disk; what had
/// the name before is replaced. Writes to the store meanwhile may be in it or not. Throws Error.
TransferSummary exportTo(const std::string& path, ManagedStore& store, const TransferProgress& progress);

/// Reads such a file into a store, at constant memory. The digest is checked before anything is written. Documents that
/// are there already and equal are passed over, so that an import that was cut off can be repeated; one that is there
/// and differs ends it with CONFLICT. Throws Error; VALIDATION_FAILED names the line of the file.
TransferSummary importFrom(const std::string& path, ManagedStore& store, const TransferProgress& progress);

}  // namespace parley::storage
