#include "trust/sign_in/card_authority.h"

#include <openssl/rand.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "trust/keys.h"
#include "trust/sign_in/x509.h"

namespace tsunagu::trust {
namespace {

namespace fs = std::filesystem;

constexpr long kDay = 86'400;
constexpr int kCrlDays = 30, kAuthorityDays = 3650;

time_t seconds_of(Instant at) {
  return static_cast<time_t>((at == kNoInstant ? now() : at).us / 1'000'000);
}

std::string read_all(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool put_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

x509::Certificate begin_certificate(std::string_view name, time_t from, long days, EVP_PKEY* key) {
  x509::Certificate certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  unsigned char number[16];
  RAND_bytes(number, sizeof number);
  number[0] &= 0x7F;
  number[0] |= 0x40;
  BIGNUM* serial = BN_bin2bn(number, sizeof number, nullptr);
  BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate.get()));
  BN_free(serial);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), from);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), from + days * kDay);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "C", MBSTRING_ASC, x509::bytes_of("JP"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC, x509::bytes_of("Tsunagu test cards"), -1, -1, 0);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, x509::bytes_of(name), static_cast<int>(name.size()), -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

}  // namespace

struct CardAuthority::Keys {
  x509::Key key;
  x509::Certificate certificate;
};

CardAuthority::CardAuthority(fs::path folder, std::shared_ptr<const Keys> keys)
    : folder_(std::move(folder)), keys_(std::move(keys)) {}

Result<CardAuthority> CardAuthority::make(const fs::path& folder, std::string_view name, std::string_view pin) {
  if (fs::exists(folder / "ca.pem")) return fail(ErrorCode::kAlreadyExists, folder.string() + ": there is one already");
  if (name.empty() || name.size() > 64) return bad("the name must have 1 to 64 bytes");
  if (pin.size() < 4) return bad("a PIN has 4 characters or more");
  std::error_code fault;
  fs::create_directories(folder, fault);
  auto keys = std::make_shared<Keys>();
  keys->key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  keys->certificate = begin_certificate(name, seconds_of({}) - 60, kAuthorityDays, keys->key.get());
  X509* ca = keys->certificate.get();
  X509_set_issuer_name(ca, X509_get_subject_name(ca));
  put_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  put_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  put_extension(ca, ca, NID_subject_key_identifier, "hash");
  X509_sign(ca, keys->key.get(), EVP_sha256());

  const x509::Bio certificate(BIO_new(BIO_s_mem())), key(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificate.get(), ca);
  PEM_write_bio_PKCS8PrivateKey(key.get(), keys->key.get(), EVP_aes_256_cbc(), pin.data(), static_cast<int>(pin.size()),
                                nullptr, nullptr);
  CardAuthority authority(folder, keys);
  if (auto done = write_private(folder / "ca.key", x509::text_of(key.get())); !done)
    return tl::unexpected(done.error());
  if (auto done = write_private(folder / "ca.pem", x509::text_of(certificate.get())); !done) {
    return tl::unexpected(done.error());
  }
  if (auto done = authority.write_crl({}, kCrlDays); !done) return tl::unexpected(done.error());
  return authority;
}

Result<CardAuthority> CardAuthority::open(const fs::path& folder, std::string_view pin) {
  const std::string certificate = read_all(folder / "ca.pem"), key = read_all(folder / "ca.key");
  if (certificate.empty() || key.empty()) {
    return fail(ErrorCode::kResourceNotFound, folder.string() + ": there is no authority (tsunagu card ca makes one)");
  }
  auto keys = std::make_shared<Keys>();
  const x509::Bio from_certificate(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
  const x509::Bio from_key(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  std::string secret(pin);
  keys->certificate.reset(PEM_read_bio_X509(from_certificate.get(), nullptr, nullptr, nullptr));
  keys->key.reset(PEM_read_bio_PrivateKey(from_key.get(), nullptr, nullptr, secret.data()));
  ERR_clear_error();
  if (!keys->certificate) return bad((folder / "ca.pem").string() + ": this is no certificate");
  if (!keys->key) return fail(ErrorCode::kUnauthorized, "the authority's PIN is wrong");
  return CardAuthority(folder, std::move(keys));
}

Result<SoftwareCard> CardAuthority::issue(const CardRequest& request) {
  if (request.name.empty() || request.name.size() > 64) return bad("the name must have 1 to 64 bytes");
  if (request.days < 1 || request.days > kAuthorityDays) return bad("a card is valid for 1 to 3650 days");
  const x509::Key key(request.rsa ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
                                  : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  if (!key) return fail(ErrorCode::kInternalError, "no key could be made");
  const auto from = seconds_of(request.from) - (request.from == kNoInstant ? 60 : 0);
  const x509::Certificate made = begin_certificate(request.name, from, request.days, key.get());
  X509 *certificate = made.get(), *ca = keys_->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(ca));
  put_extension(certificate, ca, NID_basic_constraints, "critical,CA:FALSE");
  put_extension(certificate, ca, NID_key_usage,
                request.for_signing_in ? "critical,digitalSignature" : "critical,keyEncipherment");
  put_extension(certificate, ca, NID_ext_key_usage, "clientAuth");
  put_extension(certificate, ca, NID_subject_key_identifier, "hash");
  put_extension(certificate, ca, NID_authority_key_identifier, "keyid");
  if (!request.ocsp.empty() && !put_extension(certificate, ca, NID_info_access, ("OCSP;URI:" + request.ocsp).c_str())) {
    return bad("\"" + request.ocsp + "\" is no URL of a responder");
  }
  X509_sign(certificate, keys_->key.get(), EVP_sha256());

  SoftwareCard card;
  card.rsa = request.rsa;
  card.certificate = x509::der_of(certificate, i2d_X509);
  PKCS8_PRIV_KEY_INFO* secret = EVP_PKEY2PKCS8(key.get());
  card.key = x509::der_of(secret, i2d_PKCS8_PRIV_KEY_INFO);
  PKCS8_PRIV_KEY_INFO_free(secret);
  return card;
}

Result<void> CardAuthority::revoke(std::string_view certificate_der) {
  const x509::Certificate certificate = x509::read_certificate(certificate_der);
  if (!certificate) return bad("this is no certificate");
  if (X509_check_issued(keys_->certificate.get(), certificate.get()) != X509_V_OK) {
    return bad("the card was not issued by this authority");
  }
  std::ofstream list(folder_ / "revoked.txt", std::ios::app);
  list << x509::serial_hex(certificate.get()) << '\n';
  list.close();
  if (!list) return fail(ErrorCode::kReadOnly, (folder_ / "revoked.txt").string() + ": " + std::strerror(errno));
  return write_crl({}, kCrlDays);
}

Result<void> CardAuthority::write_crl(Instant from, int days) {
  const time_t begin = seconds_of(from) - (from == kNoInstant ? 60 : 0);
  const x509::Crl crl(X509_CRL_new());
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(keys_->certificate.get()));
  ASN1_TIME* at = ASN1_TIME_set(nullptr, begin);
  X509_CRL_set1_lastUpdate(crl.get(), at);
  std::ifstream list(folder_ / "revoked.txt");
  std::set<std::string> numbers;
  for (std::string line; std::getline(list, line);) numbers.insert(line);
  for (const std::string& number : numbers) {
    BIGNUM* serial = nullptr;
    if (BN_hex2bn(&serial, number.c_str()) == 0) continue;
    ASN1_INTEGER* integer = BN_to_ASN1_INTEGER(serial, nullptr);
    X509_REVOKED* revoked = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(revoked, integer);
    X509_REVOKED_set_revocationDate(revoked, at);
    X509_CRL_add0_revoked(crl.get(), revoked);
    ASN1_INTEGER_free(integer);
    BN_free(serial);
  }
  ASN1_TIME_set(at, begin + days * kDay);
  X509_CRL_set1_nextUpdate(crl.get(), at);
  ASN1_TIME_free(at);
  X509_CRL_sort(crl.get());
  X509_CRL_sign(crl.get(), keys_->key.get(), EVP_sha256());
  const x509::Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_CRL(bio.get(), crl.get());
  return write_private(crl_file(), x509::text_of(bio.get()));
}

std::string CardAuthority::answer_ocsp(std::string_view request_der) const {
  const unsigned char* at = x509::bytes_of(request_der);
  const x509::OcspRequest request(d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(request_der.size())));
  ERR_clear_error();
  if (!request) {
    const x509::OcspResponse refused(OCSP_response_create(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST, nullptr));
    return x509::der_of(refused.get(), i2d_OCSP_RESPONSE);
  }
  std::ifstream list(folder_ / "revoked.txt");
  std::set<std::string> numbers;
  for (std::string line; std::getline(list, line);) numbers.insert(line);
  const x509::OcspBasic basic(OCSP_BASICRESP_new());
  ASN1_TIME* from = X509_gmtime_adj(nullptr, -60);
  ASN1_TIME* until = X509_gmtime_adj(nullptr, 3600);
  const x509::OcspId ours(OCSP_cert_to_id(nullptr, nullptr, keys_->certificate.get()));
  for (int i = 0; i < OCSP_request_onereq_count(request.get()); ++i) {
    OCSP_CERTID* id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request.get(), i));
    ASN1_INTEGER* serial = nullptr;
    OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, id);
    BIGNUM* number = ASN1_INTEGER_to_BN(serial, nullptr);
    char* hex = BN_bn2hex(number);
    const bool revoked = numbers.contains(hex);
    OPENSSL_free(hex);
    BN_free(number);
    const int status = OCSP_id_issuer_cmp(ours.get(), id) != 0 ? V_OCSP_CERTSTATUS_UNKNOWN
                       : revoked                               ? V_OCSP_CERTSTATUS_REVOKED
                                                               : V_OCSP_CERTSTATUS_GOOD;
    OCSP_basic_add1_status(basic.get(), id, status, 0, revoked ? from : nullptr, from, until);
  }
  OCSP_copy_nonce(basic.get(), request.get());
  OCSP_basic_sign(basic.get(), keys_->certificate.get(), keys_->key.get(), EVP_sha256(), nullptr, 0);
  ASN1_TIME_free(from);
  ASN1_TIME_free(until);
  const x509::OcspResponse response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  return x509::der_of(response.get(), i2d_OCSP_RESPONSE);
}

}  // namespace tsunagu::trust
