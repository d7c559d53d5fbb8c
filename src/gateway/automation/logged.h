// Who changed what of rules and alarms is in the log before it is done.
#pragma once
#include <functional>
#include <string>
#include <utility>

#include "gateway/trust/asking.h"
#include "trust/audit/record.h"

namespace tsunagu::gateway {

/// Writes it down, then does `then`; when it cannot be written down, `answer` says so and nothing is done.
inline void log_operation(trust::Auditor& auditor, const trust::Asking& asking, std::string action, std::string detail,
                          KeptReply answer, std::function<void()> then) {
  trust::AuditRecord event;
  event.kind = trust::AuditKind::kOperation;
  event.subject = asking.subject;
  event.action = std::move(action);
  event.tenant = asking.tenant_name;
  event.request = asking.request;
  event.peer = asking.peer;
  event.outcome = "ok";
  event.detail = std::move(detail);
  auditor.record(std::move(event), [answer, then = std::move(then)](Result<void> recorded) {
    if (!recorded) return answer->send(recorded.error());
    then();
  });
}

}  // namespace tsunagu::gateway
