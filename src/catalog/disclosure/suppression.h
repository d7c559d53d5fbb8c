// Suppression of small cells in a table of counts, and of as many others as it takes that nobody can compute them back
// from the margins (primary and secondary suppression: Hundepool and others, Statistical Disclosure Control, 2012,
// chapters 4 and 5).
//
// What a reader knows: every count that is shown, that counts are whole and not negative, that margins are sums, and
// how this program works. A cell is protected when two tables of whole numbers exist that agree with all of it, and
// that differ in this cell by the width asked for: the reader cannot tell which of them (or what between) is the true
// one. Such pairs of tables are found by moving persons about — whole persons, so the proof holds for whole numbers,
// not only for a linear relaxation — and kept with the result.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "catalog/disclosure/frequency_table.h"

namespace tsunagu::catalog {

struct SuppressionRule {
  std::uint32_t smallest = 3;  ///< counts from 1 to below are not shown
  std::uint32_t width = 3;     ///< between the least and the largest value that such a cell could have
};

/// How one small cell is protected: two tables, as differences to the true one, by cell.
struct Protection {
  std::size_t cell = 0;
  std::vector<std::pair<std::size_t, std::int64_t>> less, more;  ///< sorted by cell; nothing that is 0
};

struct Suppression {
  std::vector<bool> hidden;             ///< by cell of the table
  std::size_t small = 0;                ///< cells hidden because they are small
  std::size_t others = 0;               ///< hidden so that these cannot be computed
  std::vector<Protection> protections;  ///< one for each small cell
};

/// The total of all is always shown. BadRequestData when there are too few persons to protect anybody. About 0.1 s for
/// 1,500 cells; grows with cells × small cells.
Result<Suppression> suppress(const FrequencyTable& table, const SuppressionRule& rule = {});

/// Checks the proof, without trusting how it was found: every small cell is hidden; both tables of its protection are
/// sums of themselves, not negative, the same as the true one wherever that is shown, and far enough apart; and every
/// other hidden cell has another value in one of those tables. The error names the cell.
Result<void> check_suppression(const FrequencyTable& table, const Suppression& suppression,
                               const SuppressionRule& rule = {});

/// CSV (UTF-8, with byte order mark): a column for each trait, and 人数. Every combination and every margin (合計) is a
/// line; what is hidden is "x".
std::string suppressed_csv(const FrequencyTable& table, const Suppression& suppression);

inline constexpr std::string_view kAllMark = "合計";
inline constexpr std::string_view kCountColumn = "人数";
inline constexpr std::string_view kHiddenMark = "x";

}  // namespace tsunagu::catalog
