// What personal data an answer gives out or a request changed: gathered on the way, written into the audit log before
// the answer leaves.
#pragma once
#include <string>
#include <vector>

#include "ngsi/record.h"
#include "trust/audit/record.h"
#include "trust/view.h"

namespace tsunagu::gateway {

/// Of one request; used by one thread at a time.
class Disclosure {
 public:
  /// `shown`: an entity as the view gave it. Does nothing when it is about nobody.
  void note(const trust::View& view, store::TenantId tenant, trust::Action action, const ngsi::Record& shown);
  /// A device was asked for something, by a change of `entity`.
  void note_command(const ngsi::Record& entity);
  bool empty() const { return record_.count == 0; }
  /// Everything since the last time, without who asked.
  trust::AuditRecord take();

 private:
  static constexpr std::size_t kMostEntities = 1000;
  trust::AuditRecord record_;  ///< its lists with repetitions
};

/// Notes what relationships lead to, when it is written into an answer.
class NotingLinked final : public ngsi::Linked {
 public:
  NotingLinked(const trust::View& view, store::TenantId tenant, Disclosure& into)
      : view_(view), tenant_(tenant), into_(into) {}
  ngsi::RecordPtr find(std::string_view id) const override {
    ngsi::RecordPtr found = view_.find(tenant_, id);
    if (found) into_.note(view_, tenant_, trust::kRead, *found);
    return found;
  }

 private:
  const trust::View& view_;
  store::TenantId tenant_;
  Disclosure& into_;
};

}  // namespace tsunagu::gateway
