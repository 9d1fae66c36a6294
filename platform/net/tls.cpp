// SPDX-License-Identifier: Apache-2.0
#include "net/tls.h"

#include "base/read_file.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <utility>

namespace parley::net {

namespace {

// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE on a connection that the peer has reset.
int descriptorOf(BIO* bio) {
  return *static_cast<const int*>(BIO_get_data(bio));
}

int bioWrite(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(descriptorOf(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bioRead(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(descriptorOf(bio), data, static_cast<std::size_t>(size), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long bioControl(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

const BIO_METHOD* socketMethod() {
  static const std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> method = [] {
    std::unique_ptr<BIO_METHOD, decltype(&BIO_meth_free)> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "parley socket"), &BIO_meth_free);
    if (!made) throw std::bad_alloc();
    BIO_meth_set_write(made.get(), bioWrite);
    BIO_meth_set_read(made.get(), bioRead);
    BIO_meth_set_ctrl(made.get(), bioControl);
    return made;
  }();
  return method.get();
}

/// With what OpenSSL met first; the errors after it say where, in its own words.
[[noreturn]] void refuse(TlsFileError::File which, const std::string& what, const std::string& file) {
  const auto error = ERR_peek_error();
  ERR_clear_error();
  const bool isEmpty = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  const char* reason = isEmpty ? "holds none in PEM" : ERR_reason_error_string(error);
  throw TlsFileError(which, what + " " + file + ": " + (reason != nullptr ? reason : "is no good"));
}

/// OpenSSL's own reason would be "system lib".
void checkReadable(TlsFileError::File which, const std::string& file) {
  if (const auto text = base::readFile(file); !text) throw TlsFileError(which, text.error().detail());
}

int selectHttp1(SSL*, const unsigned char** out, unsigned char* outSize, const unsigned char* in, unsigned inSize,
                void*) {
  static constexpr unsigned char offered[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, outSize, offered, sizeof offered - 1, in, inSize) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

void TlsStream::Free::operator()(ssl_st* stream) const {
  SSL_free(stream);
}

std::shared_ptr<TlsContext> TlsContext::load(const std::string& certificateFile, const std::string& keyFile) {
  ERR_clear_error();
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  if (context == nullptr) throw std::bad_alloc();
  std::shared_ptr<TlsContext> made(new TlsContext(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Of TLS 1.2 what has forward secrecy and authenticates its encryption (RFC 9325 section 4.2), as all of 1.3 does.
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  // Without renegotiation a write never has to wait for the peer's bytes after the handshake.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Idle connections give their 34 kB of record buffers back.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, selectHttp1, nullptr);
  using File = TlsFileError::File;
  checkReadable(File::Certificate, certificateFile);
  checkReadable(File::Key, keyFile);
  if (SSL_CTX_use_certificate_chain_file(context, certificateFile.c_str()) != 1)
    refuse(File::Certificate, "certificate", certificateFile);
  if (SSL_CTX_use_PrivateKey_file(context, keyFile.c_str(), SSL_FILETYPE_PEM) != 1) refuse(File::Key, "key", keyFile);
  if (SSL_CTX_check_private_key(context) != 1) refuse(File::Key, "key does not belong to the certificate:", keyFile);
  return made;
}

TlsStream::TlsStream(std::shared_ptr<TlsContext> context, int fd)
    : context_(std::move(context)), fd_(fd), stream_(SSL_new(context_->context_.get())) {
  BIO* bio = BIO_new(socketMethod());
  if (!stream_ || bio == nullptr) {
    BIO_free(bio);
    throw std::bad_alloc();
  }
  BIO_set_data(bio, &fd_);
  BIO_set_init(bio, 1);
  SSL_set_bio(stream_.get(), bio, bio);
  SSL_set_accept_state(stream_.get());
}

TlsStream::Result TlsStream::resultOf(int code, std::size_t bytes) {
  if (code == 1) return {State::Done, bytes};
  switch (SSL_get_error(stream_.get(), code)) {
    case SSL_ERROR_WANT_READ: return {State::WantRead, 0};
    case SSL_ERROR_WANT_WRITE: return {State::WantWrite, 0};
    case SSL_ERROR_ZERO_RETURN: return {State::End, 0};
    default: failed_ = true; return {State::Failed, 0};
  }
}

TlsStream::Result TlsStream::read(std::span<char> into) {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int code = SSL_read_ex(stream_.get(), into.data(), into.size(), &bytes);
  return resultOf(code, bytes);
}

TlsStream::Result TlsStream::write(std::string_view data) {
  ERR_clear_error();
  std::size_t bytes = 0;
  const int code = SSL_write_ex(stream_.get(), data.data(), data.size(), &bytes);
  return resultOf(code, bytes);
}

bool TlsStream::hasPending() const {
  return SSL_has_pending(stream_.get()) == 1;
}

void TlsStream::shutdown() {
  if (failed_ || SSL_is_init_finished(stream_.get()) == 0) return;
  ERR_clear_error();
  SSL_shutdown(stream_.get());
  ERR_clear_error();
}

}  // namespace parley::net
