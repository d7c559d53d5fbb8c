// TLS as a server (RFC 8446): the certificate that is shown, the clients' certificates that are believed, and the bytes
// of one connection.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/metrics.h"
#include "gateway/http/http.h"

struct ssl_ctx_st;
struct ssl_st;

namespace tsunagu::gateway {

struct SslContextFree {
  void operator()(ssl_ctx_st* context) const;
};
struct SslFree {
  void operator()(ssl_st* ssl) const;
};
using SslContextPtr = std::unique_ptr<ssl_ctx_st, SslContextFree>;
using SslPtr = std::unique_ptr<ssl_st, SslFree>;

struct TlsOptions {
  std::string certificate;  ///< PEM file: ours, then those that lead to its authority; "": plain HTTP
  std::string key;          ///< PEM file, not encrypted
  std::string client_ca;    ///< PEM file of authorities whose certificates clients may show; "": none are asked for
  bool tls12 = false;       ///< also TLS 1.2 (with forward secrecy and authenticated encryption only)

  bool used() const { return !certificate.empty(); }
};

/// TLS on one socket, which does not block. Used by the connection's thread.
class TlsLine {
 public:
  enum class State : unsigned char { kDone, kWantsRead, kWantsWrite, kEnded, kPlainHttp, kBroken };
  struct Moved {
    State state;
    std::size_t bytes = 0;  ///< only with kDone
  };

  explicit TlsLine(SslPtr ssl) : ssl_(std::move(ssl)) {}
  /// Both make the handshake first, where it is not made. kEnded: the client sends no more. kPlainHttp: it does not
  /// speak TLS but HTTP. A write that was not done must be repeated with the same bytes (more may follow them).
  Moved read(char* to, std::size_t room);
  Moved write(const char* from, std::size_t size);
  /// Tells the client that nothing more comes.
  void finish();
  bool established() const;
  /// Bytes were received that read() gives without waiting.
  bool has_pending() const;
  /// The certificate that the client proved to hold; null when it showed none. After the handshake.
  const ClientCertificate* client_certificate();
  /// Why the last call gave kBroken, for a person.
  std::string failure() const;

 private:
  Moved outcome(int result);

  const SslPtr ssl_;
  std::unique_ptr<ClientCertificate> certificate_;
  bool looked_ = false;
  unsigned long error_ = 0;
};

/// What a server shows. Thread-safe.
class Tls {
 public:
  /// InvalidRequest with the file and what is wrong with it. `metrics` (may be null) tells when the certificate ends.
  static Result<std::unique_ptr<Tls>> open(TlsOptions options, MetricRegistry* metrics);

  /// For a new connection on `socket`. Looks first whether a file has changed (two or three stat calls), and takes the
  /// new certificate; when that is broken, the log says so and the old one goes on. Null: out of memory.
  std::unique_ptr<TlsLine> line(int socket);

 private:
  /// What tells that a file is another one than before.
  struct Stamp {
    long long inode = 0, seconds = 0, nanoseconds = 0, size = -1;
    bool operator==(const Stamp&) const = default;
  };
  Tls(TlsOptions options, MetricRegistry* metrics);
  std::vector<Stamp> stamps() const;
  Result<void> load();

  const TlsOptions options_;
  Gauge* const ends_;
  std::mutex mutex_;
  std::vector<Stamp> seen_;
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace tsunagu::gateway
