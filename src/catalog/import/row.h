// A row of a source, whatever the format: named cells of text.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tsunagu::catalog {

struct Cell {
  enum class Kind : unsigned char {
    kAbsent,  ///< this row has no such cell
    kText,
    kNumber,   ///< `text` is the number as the JSON source wrote it
    kBoolean,  ///< `text` is "true" or "false"
    kNull,
    kJson,  ///< `text` is canonical JSON of an array or object
  };
  Kind kind = Kind::kAbsent;
  std::string text;
};

/// The names of the cells of a source's rows. Grows as JSON rows bring new names; an index stays what it is.
class Columns {
 public:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  static constexpr std::size_t kMax = 16'384;

  std::size_t find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? kNone : found->second;
  }
  /// The index of `name`, new or not; kNone when there are kMax names already.
  std::size_t add(std::string_view name) {
    if (const std::size_t known = find(name); known != kNone) return known;
    if (names_.size() == kMax) return kNone;
    names_.emplace_back(name);
    index_.emplace(names_.back(), names_.size() - 1);
    return names_.size() - 1;
  }
  const std::vector<std::string>& names() const { return names_; }
  void clear() { names_.clear(), index_.clear(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
};

struct Row {
  const Columns* columns = nullptr;
  std::vector<Cell> cells;  ///< by index of `columns`; may be shorter
  std::size_t line = 0;     ///< of the source, from 1; where the row begins

  /// The cell, or null when the row has none of that name. O(1).
  const Cell* find(std::string_view name) const {
    const std::size_t at = columns->find(name);
    return at < cells.size() && cells[at].kind != Cell::Kind::kAbsent ? &cells[at] : nullptr;
  }
};

/// Why a row (or the rest of a source) could not be used.
struct Fault {
  std::size_t line = 0;  ///< 0: the source as a whole
  std::string column;    ///< empty: the row as a whole
  std::string reason;
};

/// "column 緯度: not a number: "北緯43"", without line.
inline std::string to_string(const Fault& fault) {
  return fault.column.empty() ? fault.reason : "column " + fault.column + ": " + fault.reason;
}

}  // namespace tsunagu::catalog
