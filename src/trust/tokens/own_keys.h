// The keys by which this installation signs its tokens, turned over by themselves.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include "base/time.h"
#include "trust/tokens/jws.h"

namespace tsunagu::trust {

/// A key signs for 90 days. The next one is published a day before it signs, so that everybody who keeps our keys for a
/// while has it by then; the old one is published for a week more, so that what it signed can be checked. Thread-safe.
class OwnKeys {
 public:
  /// Those of `file` (a JWK Set with private halves, mode 0600), made when there is none. BadRequestData when it holds
  /// something else; ReadOnly when it cannot be written.
  static Result<std::unique_ptr<OwnKeys>> open(std::filesystem::path file, Instant now);

  /// The one that signs now. Turns keys over when it is time; when the file cannot be written then, the old one goes
  /// on.
  TokenKey signing(Instant now);
  /// All that are published.
  std::shared_ptr<const KeySet> published(Instant now);
  /// One of them may be known to others: a new one signs at once, and nothing that an older one signed holds any more.
  Result<void> replace(Instant now);

 private:
  struct Aged {
    TokenKey key;
    Instant made;
  };
  explicit OwnKeys(std::filesystem::path file) : file_(std::move(file)) {}
  Result<void> read(std::string_view json);
  Result<void> write(const std::vector<Aged>& keys) const;
  void turn_over(Instant now);
  void take(std::vector<Aged> keys);

  const std::filesystem::path file_;
  std::mutex mutex_;
  std::vector<Aged> keys_;  ///< oldest first; never empty
  std::shared_ptr<const KeySet> published_;
};

}  // namespace tsunagu::trust
