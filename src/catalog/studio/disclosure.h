// Disclosure control: what in a table tells of single persons, and whether groups of them are large enough that nobody
// can be picked out (k-anonymity: Samarati and Sweeney 1998).
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/studio/work_table.h"

namespace tsunagu::catalog {

struct PersonalColumn {
  std::string column;
  std::string reason_ja, reason_en;
  bool forbidden = false;  ///< may not be published, whatever anybody says (個人番号)
};

struct Disclosure {
  static constexpr std::size_t kSmallest = 3;  ///< k: rows that a group has at least
  std::vector<PersonalColumn> personal;
  std::vector<std::string> quasi;       ///< columns that together may tell who somebody is: age, sex, residence …
  std::vector<std::string> ages;        ///< of these, those that can be made coarser
  std::size_t small_groups = 0;         ///< combinations of them that fewer than k rows have
  std::vector<std::size_t> small_rows;  ///< these rows, sorted; and, so that the emptied ones are k themselves, more
  bool counts = false;  ///< the table is one of counts: each of the small groups is a count below k that is
                        ///< shown, or can be computed from those that are
  bool clean() const { return personal.empty() && small_groups == 0; }
};

/// Is it a number of the system 個人番号 (My Number): 12 digits, the last one a check digit (総務省令第85号)?
bool is_personal_number(std::string_view text);

/// Looks at the columns when made, at each row with add(). Memory: 40 bytes for each combination. Not thread-safe.
class DisclosureCheck {
 public:
  explicit DisclosureCheck(const WorkTable& table);
  void add(const WorkRow& row);
  Disclosure finish();

 private:
  struct Group {
    std::size_t count = 0;  // rows
    std::size_t rows[Disclosure::kSmallest - 1] = {};
  };
  /// A row of what may be a table of counts.
  struct CountRow {
    std::vector<std::string> traits;
    std::optional<std::uint32_t> persons;  ///< empty: hidden
    std::size_t number = 0;
  };
  bool counts_persons() const;
  void find_small_counts();
  Disclosure found_;
  std::vector<std::size_t> quasi_;
  std::size_t count_ = WorkColumn::kNone;  // column that may say how many persons a row stands for
  bool margins_ = false;
  std::vector<CountRow> count_rows_;
  std::unordered_map<std::uint64_t, Group> groups_;
};

}  // namespace tsunagu::catalog
