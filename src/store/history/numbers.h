// JSON numbers as a column: as whole numbers of a power of ten, or as doubles; either way the text comes back byte for
// byte.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/history/integers.h"

namespace tsunagu::store::leaf {

/// The value of a JSON text that is a number with a finite double; empty for everything else.
std::optional<double> number_of(std::string_view json);

/// Some of the texts as a column. What cannot be told by it is to be kept as text.
struct PackedNumbers {
  std::string bytes;               ///< empty when nothing fits
  std::vector<std::uint8_t> fits;  ///< one per text; 1: in the column
};
/// `texts`: at most 256 JSON numbers. Takes the form that is smallest, together with the texts that do not fit it.
PackedNumbers pack_numbers(std::span<const std::string_view> texts);

/// A column of numbers, read.
class NumberColumn {
 public:
  /// False for damaged bytes.
  bool read(Input& in, std::size_t count);
  /// Numbers as doubles, the nearest to their text. `out` has room for all. ~2 ns each.
  void values(double* out) const;
  /// Appends the text of number `i`. ~20 ns.
  void append_text(std::string& out, std::size_t i) const;

 private:
  bool doubles_ = false, forms_ = false;
  int scale_ = 0;
  std::size_t count_ = 0;
  std::array<std::int64_t, kMaxColumn> numbers_, form_;
};

}  // namespace tsunagu::store::leaf
