// Who made a request, and what they say they want it for.
#pragma once
#include <memory>
#include <string>

#include "trust/audit/record.h"
#include "trust/authority.h"
#include "trust/subject.h"

namespace tsunagu::gateway {

/// Made once for a request, before its route is called (guard.h).
struct Caller {
  trust::SubjectPtr subject = trust::nobody();
  std::string purpose;  ///< header Tsunagu-Purpose
};

}  // namespace tsunagu::gateway
