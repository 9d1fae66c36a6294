// SPDX-License-Identifier: Apache-2.0
#include "net_fixture.h"

#include <parley/error.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <thread>

namespace parley::net {

namespace {

/// Writes a self-signed certificate for `name` and its key as PEM files.
void writeCertificate(const std::string& certificateFile, const std::string& keyFile, const std::string& name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(certificate, subject);
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* file = std::fopen(certificateFile.c_str(), "w");
  PEM_write_X509(file, certificate);
  std::fclose(file);
  file = std::fopen(keyFile.c_str(), "w");
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

/// A blocking TLS client on a TestClient's socket.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int newestVersion = TLS1_3_VERSION)
      : tcp_(port), context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), ssl_(nullptr, &SSL_free) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), newestVersion);
    SSL_CTX_set_security_level(context_.get(), 0);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), tcp_.fd());
    connected_ = SSL_connect(ssl_.get()) == 1;
    ERR_clear_error();
  }
  bool connected() const { return connected_; }
  std::string peerName() const {
    X509* certificate = SSL_get0_peer_certificate(ssl_.get());
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    return name;
  }
  void send(std::string_view bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }
  std::string exactly(std::size_t bytes) {
    std::string got;
    std::vector<char> buffer(65536);
    while (got.size() < bytes) {
      const int size = SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (size <= 0) break;
      got.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return got;
  }
  /// True when the server said properly that nothing more comes.
  bool atCleanEnd() {
    char byte = 0;
    const int size = SSL_read(ssl_.get(), &byte, 1);
    return size <= 0 && SSL_get_error(ssl_.get(), size) == SSL_ERROR_ZERO_RETURN;
  }
  TestClient& tcp() { return tcp_; }

 private:
  TestClient tcp_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  bool connected_ = false;
};

class TlsTest : public NetTest {
 protected:
  TlsTest() {
    folder_ = std::filesystem::temp_directory_path() / ("parley-tls-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    options_.tlsCertificate = folder_ / "certificate.pem";
    options_.tlsKey = folder_ / "key.pem";
    writeCertificate(options_.tlsCertificate, options_.tlsKey, "first");
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26 + i / 4096 % 3);
  return text;
}

}  // namespace

TEST_F(TlsTest, CarriesLargeDataBothWaysThroughSmallLimits) {
  options_.inputLimit = 5000;
  options_.outputLimit = 8'000'000;
  start();
  TlsClient peer(listener_->port());
  ASSERT_TRUE(peer.connected());
  onLoop([](Connection& connection) { EXPECT_TRUE(connection.isSecure()); });
  const auto text = pattern(3'000'000);
  std::thread sender([&] { peer.send(text); });
  sender.join();
  EXPECT_TRUE(peer.exactly(text.size()) == text);
}

TEST_F(TlsTest, ReadsOnAfterAPauseWhatOpenSslHoldsAlready) {
  script_.input = [](Connection& connection) {
    connection.send(std::string(connection.input()));
    connection.consume(connection.input().size());
    connection.pauseReading(true);
    connection.loop().after(Millis(1), [same = connection.shared_from_this()] { same->pauseReading(false); });
  };
  options_.inputLimit = 100;
  start();
  TlsClient peer(listener_->port());
  const auto text = pattern(2000);  // one record, twenty reads
  peer.send(text);
  EXPECT_TRUE(peer.exactly(text.size()) == text);
}

TEST_F(TlsTest, EndsWithCloseNotify) {
  script_.input = [](Connection& connection) {
    connection.send(std::string("bye"));
    connection.closeAfterFlush();
  };
  start();
  TlsClient peer(listener_->port());
  peer.send("x");
  EXPECT_EQ(peer.exactly(3), "bye");
  EXPECT_TRUE(peer.atCleanEnd());
}

TEST_F(TlsTest, ANewCertificateIsForNewConnections) {
  start();
  TlsClient old(listener_->port());
  EXPECT_EQ(old.peerName(), "first");
  writeCertificate(options_.tlsCertificate, options_.tlsKey, "second");
  listener_->reload(options_);
  TlsClient fresh(listener_->port());
  EXPECT_EQ(fresh.peerName(), "second");
  old.send("still here");
  EXPECT_EQ(old.exactly(10), "still here");
}

TEST_F(TlsTest, ABadCertificateChangesNothing) {
  start();
  const auto certificate = options_.tlsCertificate;
  std::FILE* file = std::fopen(certificate.c_str(), "w");
  std::fputs("nonsense", file);
  std::fclose(file);
  try {
    listener_->reload(options_);
    FAIL() << "that is no certificate";
  } catch (const TlsFileError& error) {
    EXPECT_EQ(error.file(), TlsFileError::File::Certificate);
    EXPECT_NE(error.detail().find(certificate), std::string::npos) << error.detail();
  }
  const TlsClient peer(listener_->port());
  EXPECT_EQ(peer.peerName(), "first");
}

TEST_F(TlsTest, AKeyOfAnotherCertificateIsRefused) {
  const auto other = (folder_ / "other.pem").string();
  writeCertificate(other, options_.tlsKey, "other");
  try {
    start();
    FAIL() << "the key is of another certificate";
  } catch (const TlsFileError& error) {
    EXPECT_EQ(error.file(), TlsFileError::File::Key);
    EXPECT_NE(error.detail().find(options_.tlsKey), std::string::npos) << error.detail();
  }
}

TEST_F(TlsTest, OldVersionsAreRefused) {
  start();
  EXPECT_FALSE(TlsClient(listener_->port(), TLS1_1_VERSION).connected());
  EXPECT_TRUE(TlsClient(listener_->port(), TLS1_2_VERSION).connected());
}

TEST_F(TlsTest, PlainTextEndsTheConnection) {
  start();
  auto peer = client();
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.untilEnd();
  EXPECT_EQ(journal_.next(), "closed: protocol error");
}

TEST_F(TlsTest, APeerThatVanishesIsNoticed) {
  start();
  TlsClient peer(listener_->port());
  peer.send("x");
  EXPECT_EQ(peer.exactly(1), "x");
  peer.tcp().reset();
  EXPECT_EQ(journal_.next(), "closed: peer reset");
}

}  // namespace parley::net
