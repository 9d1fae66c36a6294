// SPDX-License-Identifier: Apache-2.0
#include "form_upload.h"

#include "digest.h"
#include "failures.h"
#include "http_text.h"
#include "utf8.h"

#include <parley/fields.h>

#include <algorithm>
#include <string>
#include <utility>

using namespace parley;

namespace file_transfer {

namespace {

constexpr std::size_t maxUserId = 64;
constexpr std::uint64_t formOverhead = std::uint64_t{1} << 20U;  ///< what a form may have besides its file

class FormUpload final : public BodySink, private MultipartParser::Events {
 public:
  FormUpload(const UploadKit& kit, const HttpCall& call, const std::string& boundary, HttpReply reply)
      : kit_(kit),
        reply_(std::move(reply)),
        user_(call.caller.userId),
        parser_(boundary, {kit.settings.maxParts, kit.settings.maxPartHead}, *this) {
    file_.id = newFileId();
    if (!user_.empty()) room_ = kit_.library.roomFor(user_);
  }
  ~FormUpload() override {
    if (!partial_ || stored_) return;
    partial_.reset();
    try {
      kit_.blobs.discard(file_.id);
    } catch (const Error&) {
      kit_.scope.log().warn("an upload that was broken off could not be removed");
    }
  }
  FormUpload(const FormUpload&) = delete;
  FormUpload& operator=(const FormUpload&) = delete;

  void onData(std::string_view piece) override {
    if (!parser_.feed(piece)) throw Error(ErrorCode::ValidationFailed, "body: " + parser_.error());
  }

  void onEnd() override {
    if (!parser_.isComplete()) throw Error(ErrorCode::ValidationFailed, "body: the closing boundary is missing");
    if (!partial_) Fields::fail("file", "is required");
    if (user_.empty()) user_ = formUser_;
    if (user_.empty()) Fields::fail("userId", "is required");
    if (!isValidId(user_)) Fields::fail("userId", "must be 1 to 64 characters of A-Z a-z 0-9 _ - . : @");
    if (!formUser_.empty() && formUser_ != user_) throw Error(ErrorCode::Forbidden, "userId is not the caller");
    partial_->sync();
    file_.uploader = user_;
    file_.size = partial_->size();
    file_.sha256 = hexOf(digest_.finish());
    file_.utf8 = utf8_.isValid();
    file_.createdAt = kit_.scope.clock().now();
    kit_.library.add(file_.id, file_, false);
    stored_ = true;
    reply_(HttpResponse::created(file_.toJson()));
  }

 private:
  enum class Part { Other, File, UserId };

  void onPart(const PartHead& head) override {
    part_ = head.name == "file" ? Part::File : head.name == "userId" ? Part::UserId : Part::Other;
    if (part_ != Part::File) return;
    if (partial_) Fields::fail("file", "must be there once");
    if (!head.isFile) Fields::fail("file", "must be a file");
    file_.name = cleanName(head.fileName);
    partial_ = kit_.blobs.create(file_.id);
  }
  void onPartData(std::string_view data) override {
    if (part_ == Part::UserId) {
      if (formUser_.size() + data.size() > maxUserId) Fields::fail("userId", "must be at most 64 bytes");
      formUser_ += data;
    }
    if (part_ == Part::File) {
      take(data);
    } else if ((other_ += data.size()) > formOverhead) {
      throw Error(ErrorCode::PayloadTooLarge, "the other fields of the form are too large");
    }
  }
  void onPartEnd() override {
    if (part_ == Part::File && file_.type.empty()) file_.type = kit_.sniffer.check(head_);
    part_ = Part::Other;
  }

  void take(std::string_view data) {
    if (partial_->size() + data.size() > kit_.settings.maxFileSize) throw fileTooLarge(kit_.settings.maxFileSize);
    if (partial_->size() + data.size() > room_) throw quotaUsedUp(kit_.settings.userQuota);
    partial_->append(data);
    digest_.update(data);
    utf8_.update(data);
    if (!file_.type.empty()) return;
    head_.append(data.substr(0, Sniffer::headSize - head_.size()));
    if (head_.size() == Sniffer::headSize) file_.type = kit_.sniffer.check(head_);
  }

  const UploadKit& kit_;
  HttpReply reply_;
  std::string user_;
  std::string formUser_;
  std::uint64_t room_ = ~std::uint64_t{0};
  MultipartParser parser_;
  Part part_ = Part::Other;
  std::uint64_t other_ = 0;
  File file_;
  std::unique_ptr<PartialBlob> partial_;
  Digest digest_;
  Utf8Check utf8_;
  std::string head_;
  bool stored_ = false;
};

}  // namespace

std::unique_ptr<BodySink> openFormUpload(const UploadKit& kit, const HttpCall& call, HttpReply reply) {
  const auto type = call.headers.find("content-type");
  const auto boundary = boundaryOf(type == call.headers.end() ? std::string_view() : std::string_view(type->second));
  if (boundary.empty()) throw Error(ErrorCode::UnsupportedType, "the body must be multipart/form-data with a boundary");
  const auto length = call.headers.find("content-length");
  const auto size = length == call.headers.end() ? std::nullopt : parseNumber(length->second);
  if (size && *size > kit.settings.maxFileSize + formOverhead) throw fileTooLarge(kit.settings.maxFileSize);
  return std::make_unique<FormUpload>(kit, call, boundary, std::move(reply));
}

}  // namespace file_transfer
