// Integer ids that cannot be mixed up.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>

namespace tsunagu {

template <class Tag, class Int = std::uint32_t>
struct StrongId {
  Int value{};
  auto operator<=>(const StrongId&) const = default;
};

}  // namespace tsunagu

template <class Tag, class Int>
struct std::hash<tsunagu::StrongId<Tag, Int>> {
  std::size_t operator()(tsunagu::StrongId<Tag, Int> id) const noexcept { return std::hash<Int>{}(id.value); }
};
