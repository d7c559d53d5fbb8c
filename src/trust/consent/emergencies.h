// Break-glass: a professional sees what they must in an emergency, with a reason, for a short time. The person and a
// supervisor are told, and the supervisor looks into it afterwards. Kept as `EmergencyAccess` entities.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "trust/consent/consents.h"

namespace tsunagu::trust {

struct EmergencyView {
  std::string id;
  Named subject, person, supervisor;
  std::string reason;
  Instant began, until;
  bool reviewed = false;
  std::string review;
};

/// Thread-safe; `done` as in Consents.
class Emergencies {
 public:
  using Done = std::function<void(Result<EmergencyView>)>;
  static constexpr int kLongestMinutes = 240;

  Emergencies(store::Store& store, const PolicyAuthority& authority, const Directory& directory, Auditor& auditor,
              PolicyAuthority::Clock clock = {});

  struct Lists {
    std::vector<EmergencyView> own, about_me, to_review;  ///< newest first
    bool may_begin = false;
  };
  Lists of(const Asking& asking) const;

  /// Forbidden when no policy has an emergency rule for the subject; BadRequestData without a reason, for a person that
  /// is not there, or a time out of 1 to kLongestMinutes.
  void begin(const Asking& asking, const std::string& person, std::string reason, int minutes, Done done);
  /// By its supervisor, once. ResourceNotFound for one that is not theirs.
  void review(const Asking& asking, const std::string& id, std::string finding, Done done);

 private:
  EmergencyView view(const ngsi::Record& record, store::TenantId tenant) const;
  std::string supervisor_for(const Asking& asking) const;
  void write(const Asking& asking, std::string action, std::string detail, EmergencyView wanted, store::Decide decide,
             Done done);

  store::Store& store_;
  const PolicyAuthority& authority_;
  const Directory& directory_;
  Auditor& auditor_;
  const PolicyAuthority::Clock clock_;
};

}  // namespace tsunagu::trust
