// Owners of OpenSSL's objects. For .cpp files about certificates only.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/time.h"

namespace tsunagu::trust::x509 {

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_it(object);
  }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Crl = std::unique_ptr<X509_CRL, Free<X509_CRL_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Store = std::unique_ptr<X509_STORE, Free<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Free<X509_STORE_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using OcspRequest = std::unique_ptr<OCSP_REQUEST, Free<OCSP_REQUEST_free>>;
using OcspResponse = std::unique_ptr<OCSP_RESPONSE, Free<OCSP_RESPONSE_free>>;
using OcspBasic = std::unique_ptr<OCSP_BASICRESP, Free<OCSP_BASICRESP_free>>;
using OcspId = std::unique_ptr<OCSP_CERTID, Free<OCSP_CERTID_free>>;
struct FreeChain {
  void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
};
using Chain = std::unique_ptr<STACK_OF(X509), FreeChain>;

inline const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Null when `der` is no certificate from its first to its last byte.
Certificate read_certificate(std::string_view der);
/// DER of any of OpenSSL's objects: der_of(certificate, i2d_X509).
template <class T, class Write>
std::string der_of(const T* object, Write write) {
  unsigned char* out = nullptr;
  const int size = write(object, &out);
  std::string der(reinterpret_cast<const char*>(out), size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(out);
  return der;
}
std::string text_of(BIO* bio);
/// RFC 2253.
std::string name_text(const X509_NAME* name);
std::string serial_hex(const X509* certificate);
Instant instant_of(const ASN1_TIME* time);
/// Digest of issuer and serial number, hex: Card::key.
std::string card_key(const X509* certificate);

/// With SHA-256; of RSA also PSS.
bool verify(EVP_PKEY* key, std::string_view text, std::string_view signature);

}  // namespace tsunagu::trust::x509
