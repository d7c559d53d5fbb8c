#include "gateway/notify/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace tsunagu::gateway::notify {

Result<SslContextPtr> make_client_context(const std::string& ca_file) {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context) return fail(ErrorCode::kInternalError, "TLS cannot be used");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_verify_paths(context.get());
  if (!ca_file.empty() && SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidRequest, fmt::format("{} holds no certificates (PEM) that can be read", ca_file));
  }
  ERR_clear_error();
  return context;
}

SslPtr make_session(ssl_ctx_st* context, int fd, const Target& target) {
  SslPtr ssl(SSL_new(context));
  if (!ssl || SSL_set_fd(ssl.get(), fd) != 1) return nullptr;
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(expected, target.host.c_str()) != 1) {  // not an address, then: a name
    if (SSL_set1_host(ssl.get(), target.host.c_str()) != 1) return nullptr;
    SSL_set_tlsext_host_name(ssl.get(), target.host.c_str());
  }
  ERR_clear_error();
  SSL_set_connect_state(ssl.get());
  return ssl;
}

std::string handshake_failure(ssl_st* ssl) {
  const unsigned long error = ERR_peek_last_error();
  std::string reason;
  if (const long verdict = SSL_get_verify_result(ssl); verdict != X509_V_OK)
    reason = fmt::format("its certificate is refused: {}", X509_verify_cert_error_string(verdict));
  else if (const char* text = ERR_reason_error_string(error); text != nullptr)
    reason = fmt::format("no TLS: {}", text);
  else
    reason = "no TLS: the connection was closed";
  ERR_clear_error();
  return reason;
}

}  // namespace tsunagu::gateway::notify
