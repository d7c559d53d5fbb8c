// On whose behalf a subscription tells what it tells.
#pragma once
#include <string>
#include <string_view>

#include "trust/subject.h"

namespace tsunagu::broker {

struct Owner {
  trust::SubjectPtr subject = trust::nobody();
  std::string purpose;  ///< that they named when they subscribed
};

/// As JSON, to be kept with the subscription, and back ("" gives nobody). Without assurance and, but for the id
/// of a key, without session: it outlives both.
std::string pack_owner(const Owner& owner);
Owner unpack_owner(std::string_view packed);

}  // namespace tsunagu::broker
