// What a reader of a table of counts can find out about counts that are not shown: the simplest attack, each sum of a
// margin and its parts taken by itself until nothing changes any more (Hundepool and others, 2012, chapter 4.4). A
// table that withstands it may still be solved by better ones; suppression.h proves more.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace tsunagu::catalog {

struct ShownCounts {
  std::vector<std::size_t> values;                  ///< of each trait; the place behind the last stands for all
  std::vector<std::optional<std::uint32_t>> cells;  ///< by mixed radix, the first trait fastest; empty: not shown
};

struct Bounds {
  std::int64_t least = 0, most = 0;
};

/// Of each cell. Counts are whole and not negative; margins are sums. When they are not (a table that contradicts
/// itself) what was found until then. Time: cells × traits, a few times over.
std::vector<Bounds> infer(const ShownCounts& shown);

}  // namespace tsunagu::catalog
