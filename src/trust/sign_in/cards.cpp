#include "trust/sign_in/cards.h"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>

#include "base/log.h"
#include "trust/keys.h"
#include "trust/sign_in/x509.h"

namespace tsunagu::trust {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCertificate = 16 * 1024, kMaxSignature = 1024;
constexpr long kClockSlack = 300;  // seconds

tl::unexpected<Error> unauthorized(std::string detail) {
  return fail(ErrorCode::kUnauthorized, std::move(detail));
}

Result<std::string> read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in || text.empty()) return bad(file.string() + ": cannot be read");
  return text;
}

/// Chains are judged at the instant asked for, with keys of at least 112 bits (level 2).
struct Checked {
  x509::Certificate certificate;
  x509::Chain chain;
  bool known_not_revoked = false;
};

std::string ocsp_url(X509* certificate) {
  STACK_OF(OPENSSL_STRING)* urls = X509_get1_ocsp(certificate);
  std::string url;
  if (urls != nullptr && sk_OPENSSL_STRING_num(urls) > 0) url = sk_OPENSSL_STRING_value(urls, 0);
  X509_email_free(urls);
  return url;
}

Result<void> check_use(X509* certificate, EVP_PKEY* key) {
  if (X509_check_ca(certificate) != 0) return unauthorized("this is the certificate of an authority, not of a card");
  const auto use = X509_get_key_usage(certificate);
  if (use == UINT32_MAX || (use & KU_DIGITAL_SIGNATURE) == 0) {
    return unauthorized("the card's certificate is not made for signing in (key usage digitalSignature)");
  }
  const auto extended = X509_get_extended_key_usage(certificate);
  if (extended != UINT32_MAX && (extended & (XKU_SSL_CLIENT | XKU_ANYEKU)) == 0) {
    return unauthorized("the card's certificate is not made for signing in (extended key usage clientAuth)");
  }
  const int kind = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key);
  if (!(kind == EVP_PKEY_RSA && bits >= 2048) && !(kind == EVP_PKEY_EC && bits >= 256)) {
    return unauthorized("the card's key is of a kind or length that is not taken: RSA from 2048 bits, or EC from 256");
  }
  return {};
}

Card card_of(X509* certificate) {
  Card card;
  card.key = x509::card_key(certificate);
  card.subject = x509::name_text(X509_get_subject_name(certificate));
  card.issuer = x509::name_text(X509_get_issuer_name(certificate));
  card.serial = x509::serial_hex(certificate);
  card.until = x509::instant_of(X509_get0_notAfter(certificate));
  return card;
}

}  // namespace

struct CardVerifier::State {
  CardOptions options;
  mutable std::mutex mutex;
  mutable std::shared_ptr<X509_STORE> store;
  mutable std::map<fs::path, fs::file_time_type> read_at;  // of CRL files

  /// CAs and CRLs as the files are now.
  Result<std::shared_ptr<X509_STORE>> load() const {
    const std::lock_guard lock(mutex);
    bool fresh = store != nullptr;
    std::map<fs::path, fs::file_time_type> times;
    for (const fs::path& file : options.crl_files) {
      std::error_code fault;
      times[file] = fs::last_write_time(file, fault);
      if (fault || !read_at.contains(file) || read_at.at(file) != times[file]) fresh = false;
    }
    if (fresh) return store;
    const std::shared_ptr<X509_STORE> next(X509_STORE_new(), X509_STORE_free);
    for (const fs::path& file : options.ca_files) {
      auto text = read_file(file);
      if (!text) return tl::unexpected(text.error());
      const x509::Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
      int found = 0;
      while (const x509::Certificate ca{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        X509_STORE_add_cert(next.get(), ca.get());
        ++found;
      }
      ERR_clear_error();
      if (found == 0) return bad(file.string() + ": there is no certificate (PEM) in it");
    }
    for (const fs::path& file : options.crl_files) {
      auto text = read_file(file);
      if (!text) return tl::unexpected(text.error());
      const x509::Bio bio(BIO_new_mem_buf(text->data(), static_cast<int>(text->size())));
      int found = 0;
      while (const x509::Crl crl{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)}) {
        X509_STORE_add_crl(next.get(), crl.get());
        ++found;
      }
      ERR_clear_error();
      if (found == 0) return bad(file.string() + ": there is no CRL (PEM) in it");
    }
    store = next;
    read_at = std::move(times);
    return next;
  }

  /// The chain up to a configured CA; with CRLs also that it is on none of them.
  Result<Checked> chain_of(std::string_view der, X509_STORE* with, Instant now) const {
    Checked checked;
    checked.certificate = x509::read_certificate(der);
    if (!checked.certificate) return unauthorized("this is no certificate (X.509, DER)");
    X509* certificate = checked.certificate.get();
    const auto build = [&](bool crl) {
      const x509::StoreContext context(X509_STORE_CTX_new());
      X509_STORE_CTX_init(context.get(), with, certificate, nullptr);
      X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
      X509_VERIFY_PARAM_set_time(parameters, static_cast<time_t>(now.us / 1'000'000));
      X509_VERIFY_PARAM_set_auth_level(parameters, 2);
      if (crl) X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_CRL_CHECK);
      const bool good = X509_verify_cert(context.get()) == 1;
      const int reason = X509_STORE_CTX_get_error(context.get());
      if (good) checked.chain.reset(X509_STORE_CTX_get1_chain(context.get()));
      ERR_clear_error();
      return good ? X509_V_OK : reason;
    };
    if (!options.crl_files.empty()) {
      const int reason = build(true);
      if (reason == X509_V_OK) {
        checked.known_not_revoked = true;
        return checked;
      }
      // Without a CRL of its issuer that is up to date the responder may know.
      const bool unknown = reason == X509_V_ERR_UNABLE_TO_GET_CRL || reason == X509_V_ERR_CRL_HAS_EXPIRED;
      if (reason == X509_V_ERR_CERT_REVOKED) return unauthorized("the card was revoked");
      if (!unknown) return refuse_chain(reason);
    }
    const int reason = build(false);
    if (reason != X509_V_OK) return refuse_chain(reason);
    return checked;
  }

  static tl::unexpected<Error> refuse_chain(int reason) {
    if (reason == X509_V_ERR_CERT_HAS_EXPIRED) return unauthorized("the card has expired");
    if (reason == X509_V_ERR_CERT_NOT_YET_VALID) return unauthorized("the card is not valid yet");
    return unauthorized(fmt::format("the card does not come from an authority that is known here ({})",
                                    X509_verify_cert_error_string(reason)));
  }

  /// What the responder answered, judged.
  Result<void> judge(std::string_view der, const OCSP_REQUEST* request, OCSP_CERTID* id, X509_STORE* with,
                     STACK_OF(X509) * chain) const {
    const unsigned char* at = x509::bytes_of(der);
    const x509::OcspResponse response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
    const x509::OcspBasic basic(response && OCSP_response_status(response.get()) == OCSP_RESPONSE_STATUS_SUCCESSFUL
                                    ? OCSP_response_get1_basic(response.get())
                                    : nullptr);
    const auto unknown = [](std::string_view why) {
      ERR_clear_error();
      return unauthorized(fmt::format("whether the card was revoked cannot be found out: {}", why));
    };
    if (!basic) return unknown("the responder's answer is no good");
    if (OCSP_check_nonce(const_cast<OCSP_REQUEST*>(request), basic.get()) == 0)
      return unknown("the answer is of another question");
    if (OCSP_basic_verify(basic.get(), chain, with, 0) != 1)
      return unknown("the answer is not signed by the authority");
    int status = 0, reason = 0;
    ASN1_GENERALIZEDTIME *revoked = nullptr, *from = nullptr, *until = nullptr;
    if (OCSP_resp_find_status(basic.get(), id, &status, &reason, &revoked, &from, &until) != 1) {
      return unknown("the answer is about another card");
    }
    if (OCSP_check_validity(from, until, kClockSlack, -1) != 1) return unknown("the answer is out of date");
    if (status == V_OCSP_CERTSTATUS_REVOKED) return unauthorized("the card was revoked");
    if (status != V_OCSP_CERTSTATUS_GOOD) return unknown("the responder does not know it");
    return {};
  }
};

CardVerifier::CardVerifier(std::unique_ptr<State> state) : state_(std::move(state)) {}
CardVerifier::~CardVerifier() = default;

Result<std::unique_ptr<CardVerifier>> CardVerifier::open(CardOptions options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  if (auto loaded = state->load(); !loaded) return tl::unexpected(loaded.error());
  return std::unique_ptr<CardVerifier>(new CardVerifier(std::move(state)));
}

void CardVerifier::check(std::string_view der, std::string_view text, std::string_view signature, Instant now,
                         std::function<void(Result<Card>)> done) const {
  if (der.size() > kMaxCertificate || signature.size() > kMaxSignature) {
    return done(unauthorized("the certificate or the signature is too long"));
  }
  const auto store = state_->load();
  if (!store) {
    log::error("Cards cannot be checked: {}", store.error().detail);
    return done(fail(ErrorCode::kUnavailable, "cards cannot be checked at this moment; sign in in another way"));
  }
  auto checked = state_->chain_of(der, store->get(), now);
  if (!checked) return done(tl::unexpected(checked.error()));
  X509* certificate = checked->certificate.get();
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr) return done(unauthorized("the card's certificate has no key that can be used"));
  if (auto good = check_use(certificate, key); !good) return done(tl::unexpected(good.error()));
  if (!x509::verify(key, text, signature)) {
    return done(unauthorized("the signature is not one of this card on this challenge"));
  }
  const Card card = card_of(certificate);
  if (checked->known_not_revoked) return done(card);

  const std::string url = ocsp_url(certificate);
  if (url.empty() || !state_->options.fetch || sk_X509_num(checked->chain.get()) < 2) {
    return done(unauthorized("whether the card was revoked cannot be found out: no CRL of its authority is at hand"));
  }
  struct Question {
    x509::OcspRequest request{OCSP_REQUEST_new()};
    x509::OcspId id;
    x509::Chain chain;
  };
  const auto question = std::make_shared<Question>();
  X509* issuer = sk_X509_value(checked->chain.get(), 1);
  question->id.reset(OCSP_cert_to_id(nullptr, certificate, issuer));
  OCSP_request_add0_id(question->request.get(), OCSP_CERTID_dup(question->id.get()));
  OCSP_request_add1_nonce(question->request.get(), nullptr, -1);
  question->chain = std::move(checked->chain);
  std::string body = x509::der_of(question->request.get(), i2d_OCSP_REQUEST);
  state_->options.fetch(
      url, std::move(body), [this, question, store = *store, card, done](const Result<std::string>& answer) {
        if (!answer) {
          return done(unauthorized("whether the card was revoked cannot be found out: its responder does not answer"));
        }
        auto judged =
            state_->judge(*answer, question->request.get(), question->id.get(), store.get(), question->chain.get());
        if (!judged) return done(tl::unexpected(judged.error()));
        done(card);
      });
}

Result<std::string> certificate_der(std::string_view text) {
  if (text.find("-----BEGIN") == std::string_view::npos) return from_base64(text);
  const x509::Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const x509::Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!certificate) return bad("this is no certificate in PEM");
  return x509::der_of(certificate.get(), i2d_X509);
}

}  // namespace tsunagu::trust
