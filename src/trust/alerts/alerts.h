// Alerts on odd access, kept as entities of type SecurityAlert in the graph, where staff see them as far as the
// policies let them: by every form of the API, also in subscriptions.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"
#include "trust/alerts/detector.h"

namespace tsunagu::trust {

/// urn:ngsi-ld:SecurityAlert:KIND-HASH with `kind`, `severity`, `status` ("open", "seen", "closed"), `subject` (a
/// Relationship when it is a URN, else a Property), `person` (Relationship), `description` (ja, en), `detectedAt`,
/// `logLine`; `note` and `handledBy` of who took care of it. Thread-safe.
class Alerts {
 public:
  explicit Alerts(store::Store& store) : store_(store) {}

  /// Writes it in its tenant; what is there already stays as it is.
  void tell(const Alert& alert);

  struct Change {
    std::string status;  ///< "": stays
    std::string note;    ///< "": stays
    std::string by;      ///< URN of who changes it
  };
  /// ResourceNotFound, BadRequestData (status). `done` is called from a thread of the store.
  void change(store::TenantId tenant, std::string_view id, Change change, std::function<void(Result<void>)> done);

  /// The newest first, at most `limit`; `status` "": of any. All of the tenant's are looked at.
  std::vector<ngsi::RecordPtr> list(store::TenantId tenant, std::string_view status, std::size_t limit) const;
  /// JSON object of one: {"id","kind","severity","status","subject","person","description":{"ja","en"},…}.
  static std::string json(const ngsi::Record& record);

 private:
  store::Store& store_;
};

}  // namespace tsunagu::trust
