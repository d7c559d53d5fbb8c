#include "things/device.h"

#include <algorithm>
#include <array>

namespace tsunagu::things {

const Measure* Model::find(std::string_view name) const {
  const auto found =
      std::find_if(measures.begin(), measures.end(), [name](const Measure& m) { return m.name == name; });
  return found == measures.end() ? nullptr : &*found;
}

std::string_view name(Status status) {
  constexpr std::array<std::string_view, 5> kNames{"registered", "online", "late", "silent", "outOfRange"};
  return kNames[static_cast<std::size_t>(status)];
}

}  // namespace tsunagu::things
