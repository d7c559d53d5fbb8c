// Certificates made by the test that needs them.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace tsunagu::gateway::notify {

/// A self-signed certificate and its key as PEM files, gone with the object.
class Certificate {
 public:
  /// `names` as in "IP:127.0.0.1,DNS:localhost"; valid from now for `seconds` (negative: expired).
  explicit Certificate(const std::string& names, long seconds = 3600) {
    static int number = 0;
    const auto folder = std::filesystem::temp_directory_path();
    const std::string stem =
        (folder / ("tsunagu_" + std::to_string(::getpid()) + "_" + std::to_string(number++))).string();
    certificate_file = stem + ".crt";
    key_file = stem + ".key";
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* x = X509_new();
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1 + number);
    X509_gmtime_adj(X509_getm_notBefore(x), seconds < 0 ? 2 * seconds : 0);
    X509_gmtime_adj(X509_getm_notAfter(x), seconds);
    X509_set_pubkey(x, key);
    X509_NAME* name = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x, x, nullptr, nullptr, 0);
    for (const auto& [id, value] : {std::pair<int, std::string>{NID_subject_alt_name, names},
                                    std::pair<int, std::string>{NID_basic_constraints, "critical,CA:TRUE"}}) {
      X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
      X509_add_ext(x, extension, -1);
      X509_EXTENSION_free(extension);
    }
    X509_sign(x, key, EVP_sha256());
    std::FILE* file = std::fopen(certificate_file.c_str(), "w");
    PEM_write_X509(file, x);
    std::fclose(file);
    file = std::fopen(key_file.c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    X509_free(x);
    EVP_PKEY_free(key);
  }
  ~Certificate() {
    std::filesystem::remove(certificate_file);
    std::filesystem::remove(key_file);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string certificate_file, key_file;
};

}  // namespace tsunagu::gateway::notify
