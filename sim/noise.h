// Chance that can be asked again: every number is a pure function of a seed and of what is asked about, so a run can be
// repeated, started in the middle, and computed in any order.
#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>

namespace tsunagu::sim {

/// Sixty-four bits that look random (SplitMix64, Steele et al. 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

/// One stream of chance. Streams of different seeds and names have nothing to do with each other.
class Chance {
 public:
  constexpr explicit Chance(std::uint64_t seed, std::uint64_t name = 0, std::uint64_t second = 0)
      : key_(mix(mix(mix(seed) ^ name) ^ second)) {}

  /// In [0, 1), for the `index`-th question.
  constexpr double at(std::int64_t index) const {
    return static_cast<double>(mix(key_ ^ static_cast<std::uint64_t>(index)) >> 11) * 0x1p-53;
  }
  constexpr double between(double least, double most, std::int64_t index = 0) const {
    return least + (most - least) * at(index);
  }
  constexpr std::int64_t below(std::int64_t count, std::int64_t index = 0) const {
    return static_cast<std::int64_t>(at(index) * static_cast<double>(count));
  }
  /// Normal, mean 0 and deviation 1 (Box-Muller).
  double normal(std::int64_t index) const {
    return std::sqrt(-2 * std::log(1 - at(2 * index))) * std::cos(2 * std::numbers::pi * at(2 * index + 1));
  }
  /// Goes smoothly between independent values in [-1, 1], one every `period`.
  double wave(double t, double period) const {
    const double x = t / period;
    const double step = std::floor(x);
    const auto index = static_cast<std::int64_t>(step);
    const double f = x - step, s = f * f * (3 - 2 * f);
    return 2 * (at(index) * (1 - s) + at(index + 1) * s) - 1;
  }

 private:
  std::uint64_t key_;
};

}  // namespace tsunagu::sim
