// Keys by which devices and programs show who they are, "tsk_<id>_<secret>", and client certificates that stand for a
// device. A key is shown once; its digest is kept (collection "trust.keys").
#pragma once
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "trust/sign_in/keeper.h"
#include "trust/subject.h"

namespace tsunagu::trust {

struct AccessKey {
  std::string id;           ///< to tell and to revoke it by
  std::string digest;       ///< of the secret, hex; "" for a certificate
  std::string mqtt;         ///< of the whole key, as mosquitto keeps it (mqtt_verifier.h); "" for a certificate
  std::string certificate;  ///< SHA-256 of a client certificate (DER), hex; "" for a key
  std::string title;        ///< what it is for
  std::string made_by;      ///< account or key
  Instant made, until;      ///< until: kNoInstant: for good
  SubjectPtr subject;       ///< kind, id, tenant, name
};
using AccessKeyPtr = std::shared_ptr<const AccessKey>;
std::string to_json(const AccessKey& key);
bool read_item(std::string_view json, AccessKey& key);

/// Thread-safe.
class AccessKeys {
 public:
  /// `store` outlives this and is stopped before this ends.
  explicit AccessKeys(store::Store& store);

  struct Made {
    std::string text;  ///< the key; "" for a certificate
    AccessKeyPtr key;
  };
  /// Of `draft` id, digest and made are not given. BadRequestData when something in it cannot be; AlreadyExists for a
  /// certificate that stands for something already.
  void make(AccessKey draft, Instant now, std::function<void(Result<Made>)> done);
  /// ResourceNotFound when there is none.
  void remove(std::string_view id, std::function<void(Result<AccessKeyPtr>)> done);
  std::vector<AccessKeyPtr> all() const { return keys_.all(); }
  /// Rises with every key that is made or removed.
  std::uint64_t changes() const { return changes_; }

  static bool is_key(std::string_view text) { return text.starts_with("tsk_"); }
  /// Unauthorized: unknown, revoked, expired. No I/O. ~1 µs.
  Result<SubjectPtr> who(std::string_view key, Instant now) const;
  /// Is there a key or certificate by which the subject can come? Quick while it is the one by which they came; else it
  /// looks through all.
  bool any_of(const Subject& subject, Instant now) const;
  /// Whose client certificate it is, by its SHA-256 (64 hex digits, lower case); null when it is nobody's.
  SubjectPtr of_certificate(std::string_view fingerprint, Instant now) const;

  /// The key in `file`, by which scripts of the machine's operator may do everything; made there, readable by its owner
  /// only, when there is none that holds. Waits for the store.
  Result<std::string> open_or_make_operator_key(const std::filesystem::path& file, Instant now);

 private:
  mutable std::shared_mutex mutex_;
  std::atomic<std::uint64_t> changes_{0};
  std::unordered_map<std::string, std::string> certificates_;  // fingerprint → id
  Keeper<AccessKey> keys_;                                     // last: fills the index
};

}  // namespace tsunagu::trust
