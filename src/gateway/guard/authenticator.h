// Finds out who makes a request. Several can be asked one after the other: sessions, tokens, keys, certificates.
#pragma once
#include <optional>

#include "base/error.h"
#include "gateway/http/http.h"
#include "trust/subject.h"

namespace tsunagu::gateway {

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  /// Empty: the request has nothing of its kind to show. Unauthorized: it has, but it does not hold (forged, expired,
  /// revoked …); the detail says what to do and gives nothing away. Called on connection threads, no I/O: ~1 µs when
  /// the same was shown before.
  virtual Result<std::optional<trust::SubjectPtr>> who(const Request& request, Instant now) = 0;
  /// The same of a request that goes on (a live stream), which is no new use of what it showed.
  virtual Result<std::optional<trust::SubjectPtr>> still(const Request& request, Instant now) {
    return who(request, now);
  }
};

}  // namespace tsunagu::gateway
