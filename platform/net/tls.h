// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <parley/error.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct ssl_st;
struct ssl_ctx_st;

namespace parley::net {

/// A PEM file that is no good; the detail names it and what is wrong with it.
class TlsFileError : public Error {
 public:
  enum class File { Certificate, Key };
  TlsFileError(File file, std::string detail) : Error(ErrorCode::ValidationFailed, std::move(detail)), file_(file) {}
  File file() const { return file_; }

 private:
  File file_;
};

/// A certificate chain and key, ready for handshakes. TLS 1.2 and 1.3. Unchanged after loading; connections that began
/// with one keep it alive while another is loaded for the next. [any thread]
class TlsContext {
 public:
  /// Reads PEM files; throws TlsFileError.
  static std::shared_ptr<TlsContext> load(const std::string& certificateFile, const std::string& keyFile);

 private:
  friend class TlsStream;
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  std::unique_ptr<ssl_ctx_st, Free> context_;
};

/// The server's side of TLS on a non-blocking socket that the caller owns. The handshake runs within the first reads
/// and writes. [loop]
class TlsStream {
 public:
  enum class State { Done, WantRead, WantWrite, End, Failed };
  struct Result {
    State state;
    std::size_t bytes;
  };

  TlsStream(std::shared_ptr<TlsContext> context, int fd);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Result read(std::span<char> into);
  /// After WantRead or WantWrite the same bytes must be offered again, at any address, more may follow them.
  Result write(std::string_view bytes);
  /// Whether decrypted or received bytes wait inside, of which epoll knows nothing.
  bool hasPending() const;
  /// Sends close_notify if that is possible now.
  void shutdown();

 private:
  struct Free {
    void operator()(ssl_st* stream) const;
  };
  Result resultOf(int code, std::size_t bytes);

  std::shared_ptr<TlsContext> context_;
  int fd_;  ///< that the stream's BIO refers to
  std::unique_ptr<ssl_st, Free> stream_;
  bool failed_ = false;
};

}  // namespace parley::net
