// SPDX-License-Identifier: Apache-2.0
#include "tus_sink.h"

#include "failures.h"
#include "utf8.h"

#include <algorithm>
#include <utility>

using namespace parley;

namespace file_transfer {

UploadTurns::Turn UploadTurns::take(const std::string& id) {
  const std::lock_guard lock(mutex_);
  std::erase_if(uploads_, [](const auto& item) { return item.second.expired(); });
  auto upload = uploads_[id].lock();
  if (!upload) uploads_[id] = upload = std::make_shared<Turn::Upload>();
  const std::lock_guard using_(upload->mutex);
  const auto number = ++upload->newest;
  return {std::move(upload), number};
}

TusSink::TusSink(const UploadKit& kit, Upload upload, UploadTurns::Turn turn, std::unique_ptr<PartialBlob> partial,
                 std::optional<Checksum> checksum, HttpReply reply, Done done)
    : kit_(kit),
      upload_(std::move(upload)),
      turn_(std::move(turn)),
      partial_(std::move(partial)),
      checksum_(std::move(checksum)),
      reply_(std::move(reply)),
      done_(std::move(done)),
      begin_(partial_->size()) {}

void TusSink::onData(std::string_view piece) {
  turn_.use([&] {
    const auto before = partial_->size();
    if (piece.size() > upload_.length - before)
      throw Error(ErrorCode::PayloadTooLarge, "more bytes than Upload-Length says");
    partial_->append(piece);
    if (checksum_) checksum_->digest->update(piece);
    if (before < Sniffer::headSize && partial_->size() >= Sniffer::headSize) refuseWrongType();
  });
}

/// As soon as the type can be told: nobody shall upload gigabytes for nothing.
void TusSink::refuseWrongType() {
  try {
    kit_.sniffer.check(partial_->read(0, Sniffer::headSize));
  } catch (const Error&) {
    kit_.library.removeUpload(upload_.id);
    throw;
  }
}

void TusSink::onEnd() {
  bool matches = true;
  turn_.use([&] {
    matches = !checksum_ || checksum_->digest->finish() == checksum_->expected;
    if (!matches) partial_->truncate(begin_);
    partial_->sync();
    keep();
  });
  if (matches) return done_(upload_, std::move(turn_), partial_->size());
  HttpResponse mismatch;
  mismatch.status = 460;
  mismatch.contentType.clear();
  mismatch.body = "the bytes do not have the given checksum";
  reply_(std::move(mismatch));
}

/// What came stays, for the client to go on from, unless only a checksum could have vouched for it.
void TusSink::onBroken() {
  turn_.use([&] {
    if (checksum_) partial_->truncate(begin_);
    partial_->sync();
    if (partial_->size() > begin_) keep();
  });
}

/// Has its time begin anew.
void TusSink::keep() {
  upload_.expiresAt = kit_.scope.clock().now() + kit_.settings.uploadAge;
  kit_.library.keepUpload(upload_.id, upload_.expiresAt);
}

namespace {

class Finishing : public std::enable_shared_from_this<Finishing> {
 public:
  Finishing(const UploadKit& kit, Upload upload, UploadTurns::Turn turn, std::function<void(Result<File>)> done)
      : kit_(kit), upload_(std::move(upload)), turn_(std::move(turn)), done_(std::move(done)) {}

  void run() {
    try {
      if (!partial_) partial_ = kit_.blobs.open(upload_.id);
      if (!partial_) throw noSuchUpload();
      const auto end = std::min(upload_.length, at_ + sliceSize);
      while (at_ < end) {
        const auto piece = partial_->read(at_, static_cast<std::size_t>(std::min<std::uint64_t>(readSize, end - at_)));
        if (piece.empty()) throw Error(ErrorCode::Internal, "an upload became shorter");
        digest_.update(piece);
        utf8_.update(piece);
        at_ += piece.size();
      }
      if (at_ == upload_.length) return done_(store());
      if (kit_.scope.post([self = shared_from_this()] { self->run(); })) return;
      throw Error(ErrorCode::Unavailable, "too much is waiting to be done; ask again");
    } catch (const Error& error) {
      done_(error);
    }
  }

 private:
  static constexpr std::uint64_t sliceSize = std::uint64_t{64} << 20U;
  static constexpr std::uint64_t readSize = std::uint64_t{1} << 18U;

  File store() {
    File file{upload_.id,
              upload_.uploader,
              upload_.name,
              upload_.length,
              {},
              hexOf(digest_.finish()),
              kit_.scope.clock().now(),
              utf8_.isValid()};
    try {
      file.type = kit_.sniffer.check(partial_->read(0, Sniffer::headSize));
    } catch (const Error&) {
      turn_.use([&] { kit_.library.removeUpload(upload_.id); });
      throw;
    }
    turn_.use([&] { kit_.library.add(upload_.id, file, true); });
    return file;
  }

  const UploadKit& kit_;
  Upload upload_;
  UploadTurns::Turn turn_;
  std::function<void(Result<File>)> done_;
  std::unique_ptr<PartialBlob> partial_;
  Digest digest_;
  Utf8Check utf8_;
  std::uint64_t at_ = 0;
};

}  // namespace

void finishUpload(const UploadKit& kit, const Upload& upload, UploadTurns::Turn turn,
                  std::function<void(Result<File>)> done) {
  std::make_shared<Finishing>(kit, upload, std::move(turn), std::move(done))->run();
}

}  // namespace file_transfer
