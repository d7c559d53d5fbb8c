#include "trust/subject.h"

#include <array>

namespace tsunagu::trust {

std::string_view name(SubjectKind kind) {
  static constexpr std::array<std::string_view, 6> kNames = {"anonymous", "resident", "staff",
                                                             "device",    "program",  "system"};
  return kNames[static_cast<std::size_t>(kind)];
}

const SubjectPtr& nobody() {
  static const SubjectPtr subject = std::make_shared<const Subject>();
  return subject;
}

const SubjectPtr& everybody() {
  static const SubjectPtr subject = [] {
    Subject all;
    all.kind = SubjectKind::kSystem;
    return std::make_shared<const Subject>(std::move(all));
  }();
  return subject;
}

}  // namespace tsunagu::trust
