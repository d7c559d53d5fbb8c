// Counts of persons by several traits, with all margins: what is published instead of rows about persons.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu::catalog {

/// Cells are numbered by mixed radix; in each dimension the place behind the last value stands for all of them.
class FrequencyTable {
 public:
  static constexpr std::size_t kMaxDimensions = 4;
  static constexpr std::size_t kMaxCells = 20'000;

  struct Dimension {
    std::string name;
    std::vector<std::string> values;  ///< sorted
    std::size_t stride = 1;           ///< between neighbours in the numbering
    std::size_t total() const { return values.size(); }
  };
  using Place = std::vector<std::size_t>;  ///< by dimension; Dimension::total() for all

  const std::vector<Dimension>& dimensions() const { return dimensions_; }
  std::size_t cells() const { return counts_.size(); }
  std::uint32_t count(std::size_t cell) const { return counts_[cell]; }
  std::uint32_t persons() const { return counts_.back(); }
  Place place(std::size_t cell) const;
  std::size_t cell(const Place& place) const;
  std::size_t at(std::size_t cell, std::size_t dimension) const {
    const Dimension& d = dimensions_[dimension];
    return cell / d.stride % (d.values.size() + 1);
  }
  bool interior(std::size_t cell) const { return totals(cell) == 0; }
  /// In how many dimensions it stands for all.
  std::size_t totals(std::size_t cell) const;

 private:
  friend class FrequencyCounter;
  std::vector<Dimension> dimensions_;
  std::vector<std::uint32_t> counts_;
};

/// Counts rows. Memory: that of the different combinations.
class FrequencyCounter {
 public:
  explicit FrequencyCounter(std::vector<std::string> names) : names_(std::move(names)) {}
  /// One person, or `persons` of the same traits; as many values as names. Empty values count as a value.
  void add(const std::vector<std::string_view>& values, std::uint32_t persons = 1);
  /// BadRequestData: no or too many traits, nothing counted, or more than kMaxCells cells.
  Result<FrequencyTable> finish() const;
  /// Combinations that fewer than `smallest` persons have; and that exactly one has.
  struct Small {
    std::size_t combinations = 0, small = 0, unique = 0;
  };
  Small small(std::uint32_t smallest) const;

 private:
  std::vector<std::string> names_;
  std::map<std::vector<std::string>, std::uint32_t> counts_;
};

}  // namespace tsunagu::catalog
