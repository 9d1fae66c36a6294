// SPDX-License-Identifier: Apache-2.0
#include "thumbnails.h"

#include "digest.h"
#include "failures.h"
#include "image_size.h"
#include "upright.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

using namespace parley;

namespace file_transfer {

namespace {

constexpr int jpegQuality = 82;
constexpr std::size_t partialIdBytes = 16;

Image decode(std::string bytes, const std::string& type) {
  const auto size = static_cast<int>(bytes.size());
  if (type == "image/jpeg") return Image(gdImageCreateFromJpegPtrEx(size, bytes.data(), 1));
  if (type == "image/png") return Image(gdImageCreateFromPngPtr(size, bytes.data()));
  if (type == "image/gif") return Image(gdImageCreateFromGifPtr(size, bytes.data()));
  return Image(gdImageCreateFromWebpPtr(size, bytes.data()));
}

/// The smaller image, turned upright and encoded. Empty when libgd fails.
std::string encodeSmaller(const Image& image, int orientation, int side, const std::string& type) {
  const auto longer = std::max({gdImageSX(image.get()), gdImageSY(image.get()), 1});
  const auto scaled = [&](int length) {
    return longer <= side ? length : std::max(1, static_cast<int>(static_cast<std::int64_t>(length) * side / longer));
  };
  const int width = scaled(gdImageSX(image.get()));
  const int height = scaled(gdImageSY(image.get()));
  Image small(gdImageCreateTrueColor(width, height));
  if (!small) return {};
  gdImageAlphaBlending(small.get(), 0);
  gdImageCopyResampled(small.get(), image.get(), 0, 0, 0, 0, width, height, gdImageSX(image.get()),
                       gdImageSY(image.get()));
  small = upright(std::move(small), orientation);
  if (!small) return {};
  gdImageSaveAlpha(small.get(), 1);
  int size = 0;
  void* bytes = Thumbnails::typeOf(type) == "image/jpeg" ? gdImageJpegPtr(small.get(), &size, jpegQuality)
                                                         : gdImagePngPtr(small.get(), &size);
  if (bytes == nullptr) return {};
  std::string encoded(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  gdFree(bytes);
  return encoded;
}

}  // namespace

std::string Thumbnails::blobName(const std::string& sha256, int side) {
  return sha256 + "-t" + std::to_string(side);
}

int Thumbnails::sideFor(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 4 &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  const int wanted = digits ? std::stoi(text) : 0;
  if (wanted < 1 || wanted > sides.back())
    throw Error(ErrorCode::ValidationFailed, "thumb must be from 1 to " + std::to_string(sides.back()));
  return *std::lower_bound(sides.begin(), sides.end(), wanted);
}

bool Thumbnails::isImage(const std::string& type) {
  return type == "image/jpeg" || type == "image/png" || type == "image/gif" || type == "image/webp";
}

std::string Thumbnails::typeOf(const std::string& imageType) {
  return imageType == "image/jpeg" ? "image/jpeg" : "image/png";  // what is not a photograph may be transparent
}

// That an image is damaged is told to whoever asks for it, and the log is not for what anybody can upload.
Thumbnails::Thumbnails(Scope& scope, BlobStore& blobs, const Settings& settings)
    : scope_(scope), blobs_(blobs), settings_(settings), line_(settings.thumbnailsWaiting + settings.thumbnailsAtOnce) {
  gdSetErrorMethod([](int /*priority*/, const char* /*format*/, va_list /*arguments*/) {});
}

/// Nothing of this library may be called once it is unloaded.
Thumbnails::~Thumbnails() {
  gdClearErrorMethod();
}

Result<Thumbnail> Thumbnails::find(const File& file, int side) {
  std::shared_ptr<BlobReader> image = blobs_.read(blobName(file.sha256, side));
  if (!image) return Error(ErrorCode::NotFound, "there is no such thumbnail yet");
  return Thumbnail{std::move(image), typeOf(file.type)};
}

void Thumbnails::get(const std::string& user, const File& file, int side, Done done) {
  if (!isImage(file.type))
    throw Error(ErrorCode::UnsupportedType, "thumbnails are made of JPEG, PNG, GIF and WebP",
                {"file_transfer.notAnImage"});
  if (file.size > settings_.thumbnailMaxFileSize) throw imageTooLarge("the image is too large for a thumbnail");
  if (auto made = find(file, side)) return done(std::move(made));
  const auto name = blobName(file.sha256, side);
  {
    const std::lock_guard lock(mutex_);
    if (const auto refusal = line_.refusal(name)) throw Error(*refusal);
    if (!line_.add(user, {name, file, side}, std::move(done)))
      throw Error(ErrorCode::Unavailable, "too many thumbnails are waiting to be made");
  }
  next();
}

/// Begins with what waits, as far as that is allowed.
void Thumbnails::next() {
  for (;;) {
    std::optional<Job> job;
    {
      const std::lock_guard lock(mutex_);
      if (running_ >= settings_.thumbnailsAtOnce) return;
      job = line_.next();
      if (!job) return;
      ++running_;
    }
    const bool posted = scope_.post([this, job] {
      const auto result = run(*job);
      const auto waiters = end(*job, result);
      next();
      tell(waiters, result);
    });
    if (posted) return;
    const Result<Thumbnail> refusal(Error(ErrorCode::Unavailable, "too much is waiting to be done"));
    tell(end(*job, refusal), refusal);
  }
}

/// Who is to be told.
std::vector<Thumbnails::Done> Thumbnails::end(const Job& job, const Result<Thumbnail>& result) {
  const std::lock_guard lock(mutex_);
  --running_;
  return line_.end(job.name, result);
}

/// That one of them cannot be answered is nothing to the others.
void Thumbnails::tell(const std::vector<Done>& waiters, const Result<Thumbnail>& result) {
  for (const auto& done : waiters) {
    try {
      done(result);
    } catch (const std::exception& error) {
      scope_.log().warn(std::string("a thumbnail could not be given: ") + error.what());
    }
  }
}

Result<Thumbnail> Thumbnails::run(const Job& job) {
  try {
    if (auto made = find(job.file, job.side)) return made;  // it may have been made since it was asked for
    make(job.file, job.side);
    return find(job.file, job.side);
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    scope_.log().warn(std::string("a thumbnail could not be made: ") + error.what());
    return Error(ErrorCode::Internal, "the thumbnail could not be made");
  }
}

void Thumbnails::make(const File& file, int side) {
  const auto blob = blobs_.read(file.sha256);
  if (!blob) throw noSuchFile();
  auto bytes = blob->read(0, static_cast<std::size_t>(blob->size()));
  const auto size = imageSize(bytes, file.type);
  constexpr std::uint64_t maxSide = 65'535;
  if (size.width == 0 || size.height == 0) throw imageUnreadable();
  if (size.width > maxSide || size.height > maxSide ||
      size.width * size.height > static_cast<std::uint64_t>(settings_.thumbnailMaxPixels))
    throw imageTooLarge("the image has too many pixels for a thumbnail");
  const auto orientation = file.type == "image/jpeg" ? orientationOf(bytes) : 1;
  const auto image = decode(std::move(bytes), file.type);
  if (!image) throw imageUnreadable();
  const auto encoded = encodeSmaller(image, orientation, side, file.type);
  if (encoded.empty()) throw imageUnreadable();
  const auto id = randomHex(partialIdBytes);
  try {
    const auto partial = blobs_.create(id);
    partial->append(encoded);
    partial->sync();
    blobs_.commit(id, blobName(file.sha256, side));
  } catch (const Error&) {
    blobs_.discard(id);
    throw;
  }
}

}  // namespace file_transfer
