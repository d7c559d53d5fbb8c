#include "catalog/disclosure/suppression.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "catalog/table_writer.h"

namespace tsunagu::catalog {
namespace {

using CellPlace = FrequencyTable::Place;
using CellChange = std::pair<std::size_t, std::int64_t>;  // cell, difference
using CellDifference = std::map<std::size_t, std::int64_t>;

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr std::size_t kPartners = 48;  // cells tried as source or target of persons who move

class Suppressor {
 public:
  Suppressor(const FrequencyTable& table, const SuppressionRule& rule)
      : table_(table), rule_(rule), all_(table.cells() - 1), hidden_(table.cells()), weight_(table.cells()) {
    for (std::size_t cell = 0; cell < table.cells(); ++cell) {
      const std::uint32_t count = table.count(cell);
      // A margin tells more than a cell inside, a large count more than a small one; nothing is lost with a zero.
      weight_[cell] = (1 + std::log2(1.0 + count)) * std::pow(4, static_cast<double>(table.totals(cell)));
      if (count == 0) weight_[cell] *= 0.7;
      if (count > 0 && table.interior(cell)) filled_.push_back(cell);
      if (count == 0 || count >= rule.smallest) continue;
      hidden_[cell] = true;
      small_.push_back(cell);
    }
    weight_[all_] = kNever;
  }

  Result<Suppression> run() {
    // Margins first: what they need is of use to the cells below them.
    std::stable_sort(small_.begin(), small_.end(), [this](std::size_t a, std::size_t b) {
      return std::pair(table_.totals(b), table_.count(a)) < std::pair(table_.totals(a), table_.count(b));
    });
    if (hidden_[all_]) return too_few();
    std::vector<Protection> protections;
    for (const std::size_t cell : small_) {
      auto found = protect(cell, true);
      if (!found) return too_few();
      for (const auto* difference : {&found->less, &found->more}) {
        for (const auto& [changed, by] : *difference) hidden_[changed] = true;
      }
      protections.push_back(std::move(*found));
    }
    show_what_is_not_needed(protections);
    Suppression result;
    result.small = small_.size();
    result.others = static_cast<std::size_t>(std::count(hidden_.begin(), hidden_.end(), true)) - small_.size();
    result.hidden = std::move(hidden_);
    result.protections = std::move(protections);
    return result;
  }

 private:
  static tl::unexpected<Error> too_few() {
    return bad("there are too few persons: no table of their counts can be shown without telling of single ones");
  }

  /// A way to change the table by whole persons that keeps all sums: cells and signs.
  using Move = std::vector<CellChange>;

  /// What `count` persons who move by `move` (times `sign`) would cost to hide; kNever when it cannot be.
  double cost(const Move& move, int sign, const CellDifference& so_far, bool may_hide, double most,
              std::int64_t& count) const {
    double sum = 0;
    for (const auto& [cell, by] : move) {
      if (cell == all_) return kNever;
      if (!hidden_[cell]) {
        if (!may_hide) return kNever;
        if (!so_far.contains(cell)) sum += weight_[cell];
        if (sum >= most * static_cast<double>(count)) return kNever;
      }
      if (by * sign > 0) continue;
      const auto known = so_far.find(cell);
      const std::int64_t now =
          static_cast<std::int64_t>(table_.count(cell)) + (known == so_far.end() ? 0 : known->second);
      count = std::min(count, now);
      if (count <= 0) return kNever;
    }
    return sum / static_cast<double>(count);
  }

  struct Best {
    double cost = kNever;
    int sign = 0;
    std::int64_t count = 0;
    Move move;
  };
  void consider(const Move& move, int sign, const CellDifference& so_far, bool may_hide, std::int64_t wanted,
                Best& best) const {
    std::int64_t count = wanted;
    const double price = cost(move, sign, so_far, may_hide, best.cost, count);
    if (price < best.cost) best = {price, sign, count, move};
  }

  /// Between two places, in each dimension another: persons at opposite corners change places. With the total as one of
  /// a pair the other moves along with it.
  template <class Take>
  void each_box(std::size_t cell, const Take& take) const {
    const CellPlace here = table_.place(cell);
    const std::size_t dimensions = here.size();
    CellPlace other(dimensions, 0);
    Move move(std::size_t{1} << dimensions);
    for (;;) {
      bool differs = true;
      for (std::size_t d = 0; d < dimensions; ++d) differs = differs && other[d] != here[d];
      if (differs) {
        for (std::size_t mask = 0; mask < move.size(); ++mask) {
          std::size_t corner = 0;
          int sign = 1;
          for (std::size_t d = 0; d < dimensions; ++d) {
            const auto& dimension = table_.dimensions()[d];
            const bool away = (mask >> d & 1) != 0;
            corner += (away ? other[d] : here[d]) * dimension.stride;
            if (away && here[d] != dimension.total() && other[d] != dimension.total()) sign = -sign;
          }
          move[mask] = {corner, sign};
        }
        take(move);
      }
      std::size_t d = 0;
      for (; d < dimensions; ++d) {
        if (++other[d] <= table_.dimensions()[d].total()) break;
        other[d] = 0;
      }
      if (d == dimensions) return;
    }
  }

  /// Inside of what `cell` counts?
  bool within(std::size_t inner, std::size_t cell) const {
    for (std::size_t d = 0; d < table_.dimensions().size(); ++d) {
      const std::size_t here = table_.at(cell, d);
      if (here != table_.dimensions()[d].total() && here != table_.at(inner, d)) return false;
    }
    return true;
  }

  /// One person goes from a cell outside of what `cell` counts to one in it; all margins follow.
  template <class Take>
  void each_relocation(std::size_t cell, const Take& take) const {
    std::vector<std::size_t> inside, outside;
    for (const std::size_t one : filled_) (within(one, cell) ? inside : outside).push_back(one);
    for (auto* list : {&inside, &outside}) {
      std::stable_sort(list->begin(), list->end(), [this](std::size_t a, std::size_t b) {
        return std::pair(!hidden_[a], table_.count(b)) < std::pair(!hidden_[b], table_.count(a));
      });
      // Of each kind the largest.
      const auto shown = std::find_if(list->begin(), list->end(), [this](std::size_t one) { return !hidden_[one]; });
      const auto few = std::min<std::ptrdiff_t>(kPartners / 2, shown - list->begin());
      list->erase(list->begin() + few, shown);
      list->resize(std::min(list->size(), kPartners));
    }
    Move move;
    const std::size_t margins = std::size_t{1} << table_.dimensions().size();
    for (const std::size_t to : inside) {
      for (const std::size_t from : outside) {
        move.clear();
        for (std::size_t mask = 0; mask < margins; ++mask) {
          const std::size_t up = margin(to, mask), down = margin(from, mask);
          if (up == down) continue;
          move.emplace_back(up, 1);
          move.emplace_back(down, -1);
        }
        take(move);
      }
    }
  }
  std::size_t margin(std::size_t cell, std::size_t mask) const {
    for (std::size_t d = 0; mask != 0; ++d, mask >>= 1) {
      if ((mask & 1) == 0) continue;
      const auto& dimension = table_.dimensions()[d];
      cell += (dimension.total() - table_.at(cell, d)) * dimension.stride;
    }
    return cell;
  }

  /// Finds the cheapest moves, one after the other, that make the cell uncertain enough.
  std::optional<Protection> protect(std::size_t cell, bool may_hide) const {
    CellDifference less, more;
    std::int64_t missing = rule_.width;
    std::int64_t below = 0;
    while (missing > 0) {
      Best best;
      const auto try_both = [&](const Move& move) {
        consider(move, 1, more, may_hide, missing, best);
        const std::int64_t left = static_cast<std::int64_t>(table_.count(cell)) - below;
        if (left > 0) consider(move, -1, less, may_hide, std::min(missing, left), best);
      };
      each_box(cell, try_both);
      if (best.cost > 0) each_relocation(cell, try_both);
      if (best.sign == 0) return std::nullopt;
      CellDifference& difference = best.sign > 0 ? more : less;
      for (const auto& [changed, by] : best.move) {
        if ((difference[changed] += by * best.sign * best.count) == 0) difference.erase(changed);
      }
      missing -= best.count;
      if (best.sign < 0) below += best.count;
    }
    return Protection{cell, {less.begin(), less.end()}, {more.begin(), more.end()}};
  }

  static bool uses(const Protection& protection, std::size_t cell) {
    const auto has = [cell](const std::vector<CellChange>& difference) {
      const auto found =
          std::lower_bound(difference.begin(), difference.end(), cell,
                           [](const CellChange& change, std::size_t wanted) { return change.first < wanted; });
      return found != difference.end() && found->first == cell;
    };
    return has(protection.less) || has(protection.more);
  }

  /// Shows again, the most telling first, what the small cells can be protected without.
  void show_what_is_not_needed(std::vector<Protection>& protections) {
    std::vector<std::size_t> others;
    for (std::size_t cell = 0; cell < hidden_.size(); ++cell) {
      const std::uint32_t count = table_.count(cell);
      if (hidden_[cell] && (count == 0 || count >= rule_.smallest)) others.push_back(cell);
    }
    std::stable_sort(others.begin(), others.end(),
                     [this](std::size_t a, std::size_t b) { return weight_[a] > weight_[b]; });
    for (const std::size_t cell : others) {
      hidden_[cell] = false;
      std::vector<std::pair<std::size_t, Protection>> instead;
      bool needed = false;
      for (std::size_t i = 0; i < protections.size() && !needed; ++i) {
        if (!uses(protections[i], cell)) continue;
        auto found = protect(protections[i].cell, false);
        needed = !found;
        if (found) instead.emplace_back(i, std::move(*found));
      }
      if (needed) {
        hidden_[cell] = true;
        continue;
      }
      for (auto& [i, protection] : instead) protections[i] = std::move(protection);
    }
    // What was hidden on the way and is in no protection any more: it would be known exactly, so it may be shown.
    for (const std::size_t cell : others) {
      if (!hidden_[cell]) continue;
      hidden_[cell] = std::any_of(protections.begin(), protections.end(),
                                  [cell](const Protection& protection) { return uses(protection, cell); });
    }
  }

  const FrequencyTable& table_;
  const SuppressionRule rule_;
  const std::size_t all_;
  std::vector<bool> hidden_;
  std::vector<double> weight_;
  std::vector<std::size_t> small_, filled_;
};

std::string cell_name(const FrequencyTable& table, std::size_t cell) {
  std::string name;
  for (std::size_t d = 0; d < table.dimensions().size(); ++d) {
    const auto& dimension = table.dimensions()[d];
    const std::size_t at = table.at(cell, d);
    name += fmt::format("{}{} = {}", d == 0 ? "" : ", ", dimension.name,
                        at == dimension.total() ? std::string(kAllMark) : dimension.values[at]);
  }
  return name;
}

/// Is the true table, changed so, one that a reader could not tell from it?
Result<void> check_other_table(const FrequencyTable& table, const std::vector<bool>& hidden,
                               const std::vector<CellChange>& difference) {
  std::vector<std::int64_t> other(table.cells());
  for (std::size_t cell = 0; cell < table.cells(); ++cell) other[cell] = table.count(cell);
  for (const auto& [cell, by] : difference) {
    other[cell] += by;
    if (!hidden[cell] && by != 0) return bad(cell_name(table, cell) + ": it is shown, and would be another");
    if (other[cell] < 0) return bad(cell_name(table, cell) + ": it would be negative");
  }
  for (std::size_t cell = 0; cell < table.cells(); ++cell) {
    for (std::size_t d = 0; d < table.dimensions().size(); ++d) {
      const auto& dimension = table.dimensions()[d];
      if (table.at(cell, d) != dimension.total()) continue;
      std::int64_t sum = 0;
      for (std::size_t i = 1; i <= dimension.total(); ++i) sum += other[cell - i * dimension.stride];
      if (sum != other[cell]) return bad(cell_name(table, cell) + ": it would not be the sum of its parts");
    }
  }
  return {};
}

std::int64_t change_at(const std::vector<CellChange>& difference, std::size_t cell) {
  for (const auto& [changed, by] : difference) {
    if (changed == cell) return by;
  }
  return 0;
}

}  // namespace

Result<Suppression> suppress(const FrequencyTable& table, const SuppressionRule& rule) {
  return Suppressor(table, rule).run();
}

Result<void> check_suppression(const FrequencyTable& table, const Suppression& suppression,
                               const SuppressionRule& rule) {
  const auto& hidden = suppression.hidden;
  if (hidden.size() != table.cells() || hidden.back()) return bad("the total of all has to be shown");
  std::vector<bool> uncertain(table.cells()), protected_enough(table.cells());
  for (const Protection& protection : suppression.protections) {
    for (const auto* difference : {&protection.less, &protection.more}) {
      if (auto checked = check_other_table(table, hidden, *difference); !checked) {
        return bad(cell_name(table, protection.cell) + " is not protected: " + checked.error().detail);
      }
      for (const auto& [cell, by] : *difference) uncertain[cell] = uncertain[cell] || by != 0;
    }
    const std::int64_t width =
        change_at(protection.more, protection.cell) - change_at(protection.less, protection.cell);
    protected_enough[protection.cell] = width >= static_cast<std::int64_t>(rule.width);
  }
  for (std::size_t cell = 0; cell < table.cells(); ++cell) {
    const std::uint32_t count = table.count(cell);
    const bool small = count > 0 && count < rule.smallest;
    if (small && !hidden[cell]) return bad(cell_name(table, cell) + ": it is small, and shown");
    if (small && !protected_enough[cell]) return bad(cell_name(table, cell) + ": it can be computed too exactly");
    if (hidden[cell] && !uncertain[cell]) return bad(cell_name(table, cell) + ": it is hidden, but can be computed");
  }
  return {};
}

std::string suppressed_csv(const FrequencyTable& table, const Suppression& suppression) {
  std::vector<Column> columns;
  for (const auto& dimension : table.dimensions()) columns.push_back({dimension.name, Column::Type::kText});
  columns.push_back({std::string(kCountColumn), Column::Type::kText});
  const auto writer = csv_writer(columns, {.mark = true});
  std::string out;
  writer->begin(out);
  std::vector<Cell> row(columns.size());
  for (Cell& cell : row) cell.kind = Cell::Kind::kText;
  for (std::size_t cell = 0; cell < table.cells(); ++cell) {
    for (std::size_t d = 0; d < table.dimensions().size(); ++d) {
      const auto& dimension = table.dimensions()[d];
      const std::size_t at = table.at(cell, d);
      row[d].text = at == dimension.total() ? std::string(kAllMark) : dimension.values[at];
    }
    row.back().text = suppression.hidden[cell] ? std::string(kHiddenMark) : std::to_string(table.count(cell));
    writer->row(out, {static_cast<std::int64_t>(cell), row});
  }
  writer->end(out);
  return out;
}

}  // namespace tsunagu::catalog
