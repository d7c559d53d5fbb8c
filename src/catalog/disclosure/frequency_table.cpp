#include "catalog/disclosure/frequency_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tsunagu::catalog {

FrequencyTable::Place FrequencyTable::place(std::size_t cell) const {
  Place place;
  for (std::size_t d = 0; d < dimensions_.size(); ++d) place.push_back(at(cell, d));
  return place;
}

std::size_t FrequencyTable::cell(const Place& place) const {
  std::size_t cell = 0;
  for (std::size_t d = 0; d < dimensions_.size(); ++d) cell += place[d] * dimensions_[d].stride;
  return cell;
}

std::size_t FrequencyTable::totals(std::size_t cell) const {
  std::size_t totals = 0;
  for (std::size_t d = 0; d < dimensions_.size(); ++d) totals += at(cell, d) == dimensions_[d].total() ? 1 : 0;
  return totals;
}

void FrequencyCounter::add(const std::vector<std::string_view>& values, std::uint32_t persons) {
  counts_[{values.begin(), values.end()}] += persons;
}

FrequencyCounter::Small FrequencyCounter::small(std::uint32_t smallest) const {
  Small found;
  for (const auto& [traits, count] : counts_) {
    found.combinations += count > 0 ? 1 : 0;
    found.small += count > 0 && count < smallest ? 1 : 0;
    found.unique += count == 1 ? 1 : 0;
  }
  return found;
}

Result<FrequencyTable> FrequencyCounter::finish() const {
  if (names_.empty() || names_.size() > FrequencyTable::kMaxDimensions) {
    return bad(fmt::format("a table of counts is made by 1 to {} traits", FrequencyTable::kMaxDimensions));
  }
  if (counts_.empty()) return bad("there is nobody to count");
  std::vector<std::set<std::string_view>> values(names_.size());
  for (const auto& [traits, count] : counts_) {
    for (std::size_t d = 0; d < traits.size(); ++d) values[d].insert(traits[d]);
  }
  FrequencyTable table;
  std::size_t cells = 1;
  for (std::size_t d = 0; d < names_.size(); ++d) {
    table.dimensions_.push_back({names_[d], {values[d].begin(), values[d].end()}, cells});
    cells *= values[d].size() + 1;
    if (cells > FrequencyTable::kMaxCells) {
      return bad(fmt::format(
          "the table would have more than {} cells: leave a trait out, or make its values coarser (ages by ten years, "
          "residence by district)",
          FrequencyTable::kMaxCells));
    }
  }
  table.counts_.resize(cells);
  const std::size_t margins = std::size_t{1} << names_.size();
  for (const auto& [traits, count] : counts_) {
    FrequencyTable::Place place;
    for (std::size_t d = 0; d < traits.size(); ++d) {
      const auto& known = table.dimensions_[d].values;
      place.push_back(
          static_cast<std::size_t>(std::lower_bound(known.begin(), known.end(), traits[d]) - known.begin()));
    }
    for (std::size_t mask = 0; mask < margins; ++mask) {
      FrequencyTable::Place margin = place;
      for (std::size_t d = 0; d < place.size(); ++d) {
        if ((mask >> d & 1) != 0) margin[d] = table.dimensions_[d].total();
      }
      table.counts_[table.cell(margin)] += count;
    }
  }
  return table;
}

}  // namespace tsunagu::catalog
