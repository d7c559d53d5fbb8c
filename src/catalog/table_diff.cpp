#include "catalog/table_diff.h"

#include <algorithm>
#include <unordered_map>

#include "base/hash.h"
#include "catalog/table_writer.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kMaxRows = 3'000'000;

/// Of the columns that both versions have, where they are in one of them.
struct Places {
  std::vector<std::size_t> key, shared;
};

std::optional<std::size_t> place_of(const std::vector<Column>& columns, const std::string& name) {
  const auto at = std::ranges::find(columns, name, &Column::id);
  return at == columns.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - columns.begin()));
}

std::uint64_t hash_of(const TableRow& row, const std::vector<std::size_t>& places) {
  std::uint64_t hash = places.size();
  for (const std::size_t place : places) hash = hash64(row.cells[place].text, hash + 1);
  return hash;
}

/// The key of a row, and which of those with this key it is.
class Keys {
 public:
  std::uint64_t number(std::uint64_t key) {
    const std::uint32_t nth = met_[key]++;
    return nth == 0 ? key : hash64({reinterpret_cast<const char*>(&nth), sizeof nth}, key);
  }

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> met_;
};

struct Old {
  std::uint64_t content = 0;
  std::uint32_t place = 0;
  bool met = false;
};

Result<void> read_all(const OpenTable& open, const RowHandler& row) {
  auto table = open();
  if (!table) return tl::unexpected(table.error());
  std::size_t rows = 0;
  const RowHandler count = [&](const TableRow& each) {
    if (++rows <= kMaxRows) row(each);
  };
  for (;;) {
    const auto more = (*table)->next(count);
    if (rows > kMaxRows) return fail(ErrorCode::kContentTooLarge, "more than 3 million rows are not compared");
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
  }
}

class Comparison {
 public:
  Comparison(const OpenTable& before, const OpenTable& after, std::uint64_t offset, std::uint64_t limit)
      : before_(before), after_(after), offset_(offset), limit_(limit) {}

  Result<TableDiff> run(const std::vector<std::string>& key) {
    if (auto done = match_columns(key); !done) return tl::unexpected(done.error());
    for (const auto step : {&Comparison::read_before, &Comparison::read_after, &Comparison::fill_in}) {
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    }
    return std::move(diff_);
  }

 private:
  Result<void> match_columns(const std::vector<std::string>& key) {
    const auto before = before_(), after = after_();
    if (!before) return tl::unexpected(before.error());
    if (!after) return tl::unexpected(after.error());
    old_columns_ = (*before)->columns();
    new_columns_ = (*after)->columns();
    for (const Column& column : old_columns_) {
      if (!place_of(new_columns_, column.id)) diff_.removed_columns.push_back(column.id);
    }
    for (std::size_t i = 0; i < new_columns_.size(); ++i) {
      const auto old = place_of(old_columns_, new_columns_[i].id);
      if (!old) {
        diff_.added_columns.push_back(new_columns_[i].id);
        continue;
      }
      new_.shared.push_back(i);
      old_.shared.push_back(*old);
    }
    for (const std::string& name : key) {
      const auto old = place_of(old_columns_, name), now = place_of(new_columns_, name);
      if (!old || !now) continue;
      diff_.key.push_back(name);
      old_.key.push_back(*old);
      new_.key.push_back(*now);
    }
    if (diff_.key.empty()) {
      old_.key = old_.shared;
      new_.key = new_.shared;
    }
    return {};
  }

  Result<void> read_before() {
    Keys keys;
    std::uint32_t place = 0;
    return read_all(before_, [&](const TableRow& row) {
      rows_.emplace(keys.number(hash_of(row, old_.key)), Old{hash_of(row, old_.shared), place++, false});
    });
  }

  bool on_page() {
    const std::uint64_t place = met_++;
    if (place >= offset_ && place - offset_ < limit_) return true;
    diff_.more = diff_.more || place >= offset_ + limit_;
    return false;
  }

  Result<void> read_after() {
    Keys keys;
    auto done = read_all(after_, [&](const TableRow& row) {
      const auto old = rows_.find(keys.number(hash_of(row, new_.key)));
      if (old == rows_.end()) {
        ++diff_.added;
        if (on_page()) diff_.rows.push_back(made(ChangedRow::State::kAdded, row, new_, new_columns_));
        return;
      }
      old->second.met = true;
      if (old->second.content == hash_of(row, new_.shared)) {
        ++diff_.unchanged;
        return;
      }
      ++diff_.changed;
      if (!on_page()) return;
      wanted_.emplace(old->second.place, diff_.rows.size());
      ChangedRow changed{ChangedRow::State::kChanged, key_of(row, new_), {}};
      for (const std::size_t i : new_.shared) {
        changed.cells.push_back({new_columns_[i].id, "", cell_text(row.cells[i])});
      }
      diff_.rows.push_back(std::move(changed));
    });
    if (!done) return done;
    for (const auto& [key, old] : rows_) {
      if (!old.met) removed_.push_back(old.place);
    }
    std::ranges::sort(removed_);
    diff_.removed = removed_.size();
    for (const std::uint32_t place : removed_) {
      if (!on_page()) continue;
      wanted_.emplace(place, diff_.rows.size());
      diff_.rows.push_back({ChangedRow::State::kRemoved, {}, {}});
    }
    return {};
  }

  /// The old cells of the page's rows.
  Result<void> fill_in() {
    if (wanted_.empty()) return {};
    std::uint32_t place = 0;
    return read_all(before_, [&](const TableRow& row) {
      const auto at = wanted_.find(place++);
      if (at == wanted_.end()) return;
      ChangedRow& changed = diff_.rows[at->second];
      if (changed.state == ChangedRow::State::kRemoved) {
        changed = made(ChangedRow::State::kRemoved, row, old_, old_columns_);
        return;
      }
      for (std::size_t i = 0; i < old_.shared.size(); ++i) {
        changed.cells[i].before = cell_text(row.cells[old_.shared[i]]);
      }
      std::erase_if(changed.cells, [](const ChangedCell& cell) { return cell.before == cell.after; });
    });
  }

  std::vector<std::string> key_of(const TableRow& row, const Places& places) const {
    std::vector<std::string> key;
    if (diff_.key.empty()) return key;
    for (const std::size_t place : places.key) key.push_back(row.cells[place].text);
    return key;
  }
  ChangedRow made(ChangedRow::State state, const TableRow& row, const Places& places,
                  const std::vector<Column>& columns) const {
    ChangedRow out{state, key_of(row, places), {}};
    for (std::size_t i = 0; i < columns.size(); ++i) {
      std::string text = cell_text(row.cells[i]);
      if (text.empty()) continue;
      ChangedCell& cell = out.cells.emplace_back();
      cell.column = columns[i].id;
      (state == ChangedRow::State::kAdded ? cell.after : cell.before) = std::move(text);
    }
    return out;
  }

  const OpenTable &before_, &after_;
  const std::uint64_t offset_, limit_;
  TableDiff diff_;
  std::vector<Column> old_columns_, new_columns_;
  Places old_, new_;
  std::unordered_map<std::uint64_t, Old> rows_;
  std::unordered_map<std::uint32_t, std::size_t> wanted_;  // place in `before` → place on the page
  std::vector<std::uint32_t> removed_;
  std::uint64_t met_ = 0;
};

}  // namespace

Result<TableDiff> compare_tables(const OpenTable& before, const OpenTable& after, const std::vector<std::string>& key,
                                 std::uint64_t offset, std::uint64_t limit) {
  return Comparison(before, after, offset, limit).run(key);
}

}  // namespace tsunagu::catalog
