// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace file_transfer {

/// Bytes of an upload that is not complete. Used by one thread at a time.
class PartialBlob {
 public:
  virtual ~PartialBlob() = default;
  virtual std::uint64_t size() const = 0;
  virtual void append(std::string_view bytes) = 0;
  virtual void truncate(std::uint64_t size) = 0;
  /// All that was appended is durable when this returns.
  virtual void sync() = 0;
  /// At most `max` bytes; empty at the end.
  virtual std::string read(std::uint64_t offset, std::size_t max) const = 0;
};

/// A stored blob; may be read on after it was removed.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual std::uint64_t size() const = 0;
  virtual std::string read(std::uint64_t offset, std::size_t max) const = 0;
};

/// Where the bytes lie. All names are made by the server: of partial blobs ids, of stored ones digests; any other is
/// refused. Failures throw Error: UNAVAILABLE where there is no room, or too many files are
/// open; INTERNAL else. [worker]
class BlobStore {
 public:
  virtual ~BlobStore() = default;

  virtual std::unique_ptr<PartialBlob> create(const std::string& id) = 0;
  /// Null when there is none.
  virtual std::unique_ptr<PartialBlob> open(const std::string& id) = 0;
  virtual void discard(const std::string& id) = 0;
  virtual void forEachPartial(const std::function<void(const std::string& id)>& each) = 0;

  /// Makes a synced partial blob the stored one of that name, durably. Where there is one already, that one stays. The
  /// partial one is gone either way.
  virtual void commit(const std::string& id, const std::string& name) = 0;
  /// Null when there is none.
  virtual std::unique_ptr<BlobReader> read(const std::string& name) = 0;
  virtual void remove(const std::string& name) = 0;
  /// Those whose name begins with two hexadecimal digits: `shard`, 0 to 255.
  virtual void forEachBlob(int shard, const std::function<void(const std::string& name)>& each) = 0;
};

}  // namespace file_transfer
