#include "gateway/http/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <algorithm>
#include <climits>
#include <ctime>

#include "base/log.h"

namespace tsunagu::gateway {
namespace {

constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

struct X509Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using X509Ptr = std::unique_ptr<X509, X509Free>;
struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioFree>;

std::string reason(unsigned long error) {
  const char* text = ERR_reason_error_string(error);
  return text != nullptr ? text : "unknown reason";
}

tl::unexpected<Error> refuse_file(const std::string& file, std::string_view what) {
  const std::string why = reason(ERR_peek_last_error());
  ERR_clear_error();
  return fail(ErrorCode::kInvalidRequest, fmt::format("{} {} ({})", file, what, why));
}

// Application-layer protocol negotiation (RFC 7301): HTTP/1.1 is all there is.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size,
                    void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, kHttp11, sizeof kHttp11, in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

// A key that is encrypted is refused rather than asked for on the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

Instant instant(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return Instant{static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000};
}

Result<SslContextPtr> make_context(const TlsOptions& options) {
  ERR_clear_error();
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context) return fail(ErrorCode::kInternalError, "TLS cannot be used");
  SSL_CTX* const c = context.get();
  SSL_CTX_set_min_proto_version(c, options.tls12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_cipher_list(c, "ECDHE+AESGCM:ECDHE+CHACHA20");  // of TLS 1.2; those of 1.3 are all good
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                             SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(c, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(c, no_password);
  if (SSL_CTX_use_certificate_chain_file(c, options.certificate.c_str()) != 1)
    return refuse_file(options.certificate, "holds no certificate (PEM) that can be read");
  if (SSL_CTX_use_PrivateKey_file(c, options.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return refuse_file(options.key, "holds no private key (PEM, not encrypted) that fits " + options.certificate);
  if (SSL_CTX_check_private_key(c) != 1) return refuse_file(options.key, "is not the key of " + options.certificate);
  if (!options.client_ca.empty()) {
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(options.client_ca.c_str());
    if (names == nullptr || SSL_CTX_load_verify_locations(c, options.client_ca.c_str(), nullptr) != 1) {
      sk_X509_NAME_pop_free(names, X509_NAME_free);
      return refuse_file(options.client_ca, "holds no certificates (PEM) that can be read");
    }
    SSL_CTX_set_client_CA_list(c, names);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
    constexpr std::string_view kName = "tsunagu";
    SSL_CTX_set_session_id_context(c, reinterpret_cast<const unsigned char*>(kName.data()), kName.size());
  }
  ERR_clear_error();
  return context;
}

// Distinguished name as in RFC 4514, letters as UTF-8.
std::string distinguished_name(const X509_NAME* name) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(std::max(size, 0L))};
}

}  // namespace

void SslContextFree::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}
void SslFree::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

// --- one connection --------------------------------------------------------------------------------------------------

TlsLine::Moved TlsLine::outcome(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {State::kWantsRead};
    case SSL_ERROR_WANT_WRITE:
      return {State::kWantsWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {State::kEnded};
    default:
      error_ = ERR_peek_last_error();
      return {ERR_GET_REASON(error_) == SSL_R_HTTP_REQUEST ? State::kPlainHttp : State::kBroken};
  }
}

TlsLine::Moved TlsLine::read(char* to, std::size_t room) {
  ERR_clear_error();
  std::size_t got = 0;
  const int result = SSL_read_ex(ssl_.get(), to, room, &got);
  return result == 1 ? Moved{State::kDone, got} : outcome(result);
}

TlsLine::Moved TlsLine::write(const char* from, std::size_t size) {
  ERR_clear_error();
  std::size_t taken = 0;
  const int result = SSL_write_ex(ssl_.get(), from, size, &taken);
  return result == 1 ? Moved{State::kDone, taken} : outcome(result);
}

void TlsLine::finish() {
  ERR_clear_error();
  if (established()) SSL_shutdown(ssl_.get());
}

bool TlsLine::established() const {
  return SSL_is_init_finished(ssl_.get()) == 1;
}

bool TlsLine::has_pending() const {
  return SSL_pending(ssl_.get()) > 0;
}

const ClientCertificate* TlsLine::client_certificate() {
  if (looked_ || !established()) return certificate_.get();
  looked_ = true;
  const X509Ptr shown(SSL_get1_peer_certificate(ssl_.get()));
  if (!shown || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return nullptr;
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(shown.get(), EVP_sha256(), digest, &size) != 1) return nullptr;
  certificate_ = std::make_unique<ClientCertificate>();
  for (unsigned i = 0; i < size; ++i)
    fmt::format_to(std::back_inserter(certificate_->fingerprint), "{:02x}", digest[i]);
  certificate_->subject = distinguished_name(X509_get_subject_name(shown.get()));
  certificate_->until = instant(X509_get0_notAfter(shown.get()));
  return certificate_.get();
}

std::string TlsLine::failure() const {
  if (const long verdict = SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK)
    return fmt::format("its certificate is refused: {}", X509_verify_cert_error_string(verdict));
  return error_ == 0 ? "the connection broke" : reason(error_);
}

// --- what a server shows ---------------------------------------------------------------------------------------------

Tls::Tls(TlsOptions options, MetricRegistry* metrics)
    : options_(std::move(options)),
      ends_(metrics == nullptr ? nullptr
                               : &metrics->gauge({"tsunagu_tls_certificate_ends_seconds",
                                                  "When the certificate of this server ends, since 1970"})) {}

Result<std::unique_ptr<Tls>> Tls::open(TlsOptions options, MetricRegistry* metrics) {
  std::unique_ptr<Tls> tls(new Tls(std::move(options), metrics));
  tls->seen_ = tls->stamps();
  if (auto loaded = tls->load(); !loaded) return tl::unexpected(loaded.error());
  return tls;
}

std::vector<Tls::Stamp> Tls::stamps() const {
  std::vector<Stamp> stamps;
  for (const std::string* file : {&options_.certificate, &options_.key, &options_.client_ca}) {
    Stamp& stamp = stamps.emplace_back();
    struct stat found {};
    if (file->empty() || ::stat(file->c_str(), &found) != 0) continue;
    stamp = {static_cast<long long>(found.st_ino), found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size};
  }
  return stamps;
}

Result<void> Tls::load() {
  auto context = make_context(options_);
  if (!context) return tl::unexpected(context.error());
  context_ = std::shared_ptr<ssl_ctx_st>(context->release(), SslContextFree());
  const Instant ends = instant(X509_get0_notAfter(SSL_CTX_get0_certificate(context_.get())));
  if (ends_ != nullptr) ends_->set(static_cast<double>(ends.us) / 1e6);
  return {};
}

std::unique_ptr<TlsLine> Tls::line(int socket) {
  std::shared_ptr<ssl_ctx_st> context;
  {
    const std::lock_guard lock(mutex_);
    if (auto now = stamps(); now != seen_) {
      seen_ = std::move(now);
      if (auto loaded = load(); loaded) {
        log::info("TLS: a new certificate is shown from now on: {}", options_.certificate);
      } else {
        log::error("TLS: the old certificate is still shown, because the new one cannot be used: {}",
                   loaded.error().detail);
      }
    }
    context = context_;
  }
  ERR_clear_error();
  SslPtr ssl(SSL_new(context.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsLine>(std::move(ssl));
}

}  // namespace tsunagu::gateway
