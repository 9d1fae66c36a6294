// SPDX-License-Identifier: Apache-2.0
#include "tus.h"

#include "failures.h"
#include "http_text.h"

#include <parley/fields.h>

#include <optional>
#include <utility>

using namespace parley;

namespace file_transfer {

namespace {

constexpr std::size_t maxMetadata = 4096;

HttpResponse bare(int status) {
  HttpResponse response;
  response.status = status;
  response.contentType.clear();
  return response;
}

std::optional<std::string_view> header(const HttpCall& call, std::string_view name) {
  const auto found = call.headers.find(name);
  if (found == call.headers.end()) return std::nullopt;
  return found->second;
}

/// An answer that no ErrorCode stands for.
struct Refusal {
  HttpResponse response;
};

Refusal refusal(int status, std::string detail) {
  auto response = bare(status);
  response.body = std::move(detail);
  return {std::move(response)};
}

void checkVersion(const HttpCall& call) {
  if (header(call, "tus-resumable") == Tus::version) return;
  auto other = refusal(412, std::string("Tus-Resumable must be ") + Tus::version);
  other.response.headers.emplace_back("Tus-Version", Tus::version);
  throw other;
}

std::uint64_t requiredNumber(const HttpCall& call, std::string_view name) {
  const auto field = header(call, name);
  const auto number = field ? parseNumber(*field) : std::nullopt;
  if (!number) Fields::fail(name, "must be a whole number");
  return *number;
}

std::optional<Checksum> checksumOf(const HttpCall& call) {
  const auto field = header(call, "upload-checksum");
  if (!field) return std::nullopt;
  const auto space = std::min(field->find(' '), field->size());
  const std::string algorithm(field->substr(0, space));
  auto expected = decodeBase64(trimmed(field->substr(space)));
  if (algorithm != "sha1" && algorithm != "sha256" && algorithm != "md5")
    Fields::fail("upload-checksum", "must be of sha1, sha256 or md5");
  if (!expected) Fields::fail("upload-checksum", "must have the digest in base64");
  return Checksum{std::make_unique<Digest>(algorithm), *std::move(expected)};
}

/// Runs a handler, whose refusals are answers as well.
template <typename F>
std::unique_ptr<BodySink> orRefuse(const HttpReply& reply, F&& handler) {
  try {
    return handler();
  } catch (Refusal& refusal) {
    reply(std::move(refusal.response));
    return nullptr;
  }
}

}  // namespace

Tus::Tus(const UploadKit& kit, FileAccess& access) : kit_(kit), access_(access) {}

HttpResponse Tus::options() const {
  auto response = bare(204);
  response.headers.emplace_back("Tus-Version", version);
  response.headers.emplace_back("Tus-Extension", "creation,creation-with-upload,expiration,checksum,termination");
  response.headers.emplace_back("Tus-Max-Size", std::to_string(kit_.settings.maxFileSize));
  response.headers.emplace_back("Tus-Checksum-Algorithm", "sha1,sha256,md5");
  return response;
}

std::unique_ptr<BodySink> Tus::create(const HttpCall& call, const HttpReply& reply) {
  return orRefuse(reply, [&]() -> std::unique_ptr<BodySink> {
    checkVersion(call);
    const auto given = header(call, "upload-metadata").value_or("");
    auto metadata = given.size() <= maxMetadata ? parseMetadata(given) : std::nullopt;
    if (!metadata) Fields::fail("upload-metadata", "is malformed or too long");
    Upload upload;
    upload.id = newFileId();
    upload.length = requiredNumber(call, "upload-length");
    upload.metadata = given;
    const auto& named = (*metadata)["userId"];
    upload.uploader = call.caller.userId.empty() ? named : call.caller.userId;
    if (!isValidId(upload.uploader)) Fields::fail("userId", "is required, in Upload-Metadata or the query");
    if (!named.empty() && named != upload.uploader) throw Error(ErrorCode::Forbidden, "userId is not the caller");
    upload.name = cleanName((*metadata)[metadata->contains("filename") ? "filename" : "name"]);
    upload.expiresAt = kit_.scope.clock().now() + kit_.settings.uploadAge;
    if (upload.length > kit_.settings.maxFileSize) throw fileTooLarge(kit_.settings.maxFileSize);
    auto checksum = checksumOf(call);
    kit_.library.addUpload(upload);
    auto answer = bare(201);
    answer.headers.emplace_back("Location", "/api/chat/files/tus/" + upload.id);
    auto turn = turns_.take(upload.id);
    return sink(upload, std::move(checksum), std::move(turn), kit_.blobs.create(upload.id), std::move(answer), reply);
  });
}

std::unique_ptr<BodySink> Tus::patch(const HttpCall& call, const HttpReply& reply) {
  return orRefuse(reply, [&] {
    checkVersion(call);
    if (header(call, "content-type") != "application/offset+octet-stream")
      throw Error(ErrorCode::UnsupportedType, "the body must be application/offset+octet-stream");
    const auto offset = requiredNumber(call, "upload-offset");
    const auto upload = uploadOf(call);
    auto turn = turns_.take(upload.id);
    std::unique_ptr<PartialBlob> partial;
    turn.use([&] { partial = kit_.blobs.open(upload.id); });
    if (!partial) throw noSuchUpload();
    if (offset != partial->size()) throw refusal(409, "Upload-Offset must be " + std::to_string(partial->size()));
    const auto length = header(call, "content-length");
    if (length && parseNumber(*length).value_or(0) > upload.length - offset)
      throw Error(ErrorCode::PayloadTooLarge, "more bytes than Upload-Length says");
    return sink(upload, checksumOf(call), std::move(turn), std::move(partial), bare(204), reply);
  });
}

std::unique_ptr<BodySink> Tus::sink(const Upload& upload, std::optional<Checksum> checksum, UploadTurns::Turn turn,
                                    std::unique_ptr<PartialBlob> partial, HttpResponse answer, const HttpReply& reply) {
  return std::make_unique<TusSink>(
      kit_, upload, std::move(turn), std::move(partial), std::move(checksum), reply,
      [this, answer = std::move(answer), reply](const Upload& kept, UploadTurns::Turn last, std::uint64_t offset) {
        conclude(kept, std::move(last), offset, answer, reply);
      });
}

void Tus::conclude(const Upload& upload, UploadTurns::Turn turn, std::uint64_t offset, HttpResponse answer,
                   const HttpReply& reply) {
  answer.headers.emplace_back("Upload-Offset", std::to_string(offset));
  if (offset < upload.length) {
    answer.headers.emplace_back("Upload-Expires", httpDate(upload.expiresAt));
    return reply(std::move(answer));
  }
  finishUpload(kit_, upload, std::move(turn), [answer = std::move(answer), reply](const Result<File>& file) mutable {
    if (!file) return reply(file.error());
    reply(std::move(answer));
  });
}

Upload Tus::uploadOf(const HttpCall& call) {
  const auto upload = kit_.library.findUpload(call.param("uploadId").value_or(""));
  if (!upload) throw noSuchUpload();
  if (!call.caller.userId.empty() && call.caller.userId != upload->uploader) throw notTheUploader();
  if (upload->expiresAt < kit_.scope.clock().now()) throw refusal(410, "the upload has rested for too long");
  return *upload;
}

void Tus::head(const HttpCall& call, const HttpReply& reply) {
  orRefuse(reply, [&]() -> std::unique_ptr<BodySink> {
    checkVersion(call);
    auto answer = bare(200);
    const auto id = call.param("uploadId").value_or("");
    if (const auto file = kit_.library.find(id)) {  // complete: the client may not have heard of it
      if (!call.caller.userId.empty() && call.caller.userId != file->uploader) throw notTheUploader();
      answer.headers.emplace_back("Upload-Length", std::to_string(file->size));
      answer.headers.emplace_back("Upload-Offset", std::to_string(file->size));
      reply(std::move(answer));
      return nullptr;
    }
    const auto upload = uploadOf(call);
    auto turn = turns_.take(id);
    std::uint64_t offset = 0;
    turn.use([&] {
      const auto partial = kit_.blobs.open(id);
      if (!partial) throw noSuchUpload();
      partial->sync();  // what the client is told is there must be
      offset = partial->size();
    });
    answer.headers.emplace_back("Upload-Length", std::to_string(upload.length));
    if (!upload.metadata.empty()) answer.headers.emplace_back("Upload-Metadata", upload.metadata);
    conclude(upload, std::move(turn), offset, std::move(answer), reply);
    return nullptr;
  });
}

HttpResponse Tus::terminate(const HttpCall& call) {
  try {
    checkVersion(call);
    const auto id = call.param("uploadId").value_or("");
    if (kit_.library.find(id)) {
      access_.remove(access_.removable(id, call.caller));
      return bare(204);
    }
    const auto upload = uploadOf(call);
    turns_.take(id).use([&] { kit_.library.removeUpload(upload.id); });
    return bare(204);
  } catch (Refusal& refusal) {
    return std::move(refusal.response);
  }
}

}  // namespace file_transfer
