// A column of at most 256 integers: differences of order 0, 1 or 2, of which the smallest is taken off, a common
// divisor is taken out, and the rest is packed in equally many bits; a few that stick out are kept beside. Bytes:
// docs/history-format.md.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "store/history/bytes.h"

namespace tsunagu::store::leaf {

inline constexpr std::size_t kMaxColumn = 256;

/// Appends `values` (1 to 256 of them, any values) in the form that needs the fewest bytes. ~10 µs for 256 that do not
/// follow a rule.
void put_integers(std::string& out, std::span<const std::int64_t> values);

/// Reads out.size() (1 to 256) integers. False for damaged bytes. 8 bytes behind in.end must be readable. ~1-2 ns each.
bool read_integers(Input& in, std::span<std::int64_t> out);
/// Passes over a column of `count` integers.
bool skip_integers(Input& in, std::size_t count);

}  // namespace tsunagu::store::leaf
