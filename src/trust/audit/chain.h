// The form of the audit log: lines of JSON, each bound to all before it by its hash (SHA-256), with signed checkpoints
// in between. Pure: no files, no clock.
//
//   {"n":7,"at":"2026-04-01T00:00:00Z","record":{…},"hash":"…64 hex digits…"}
//   {"n":7,"at":"2026-04-01T00:00:00Z","record":{"as":81,…},"hash":"…64 hex digits…"}
//   {"n":8,"at":"…","checkpoint":{"after":"…64 hex digits…","key":"…","signature":"…"},"hash":"…"}
//
// "as": what is not said of the record here (of RecordText::common, record.h) is as in the record whose line begins at
// this byte of the same file.
// `hash` is SHA-256 over the 32 bytes of the hash before (32 zeros for the first line ever) and the line up to
// `,"hash"`. A checkpoint repeats the hash before it (`after`), so that a log whose older part is no longer kept can
// begin with one; its signature (Ed25519, Base64) is over its own number and that hash, see signed_text().
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::trust {

using Digest = std::array<unsigned char, 32>;
Digest sha256(std::string_view a, std::string_view b = {});
std::string to_hex(const Digest& digest);
std::optional<Digest> digest_of(std::string_view hex);

/// Where a chain stands: its last line.
struct ChainEnd {
  std::uint64_t number = 0;  ///< 0: nothing written yet
  Digest hash{};
};

/// Appends the next line, with its line end, and moves `end` on. `member`: "record" or "checkpoint"; `json`: canonical
/// JSON of an object, in parts.
void append_line(std::string& out, ChainEnd& end, Instant at, std::string_view member,
                 std::initializer_list<std::string_view> json);

/// What a line says. Views into the line.
struct Line {
  std::uint64_t number = 0;
  std::string_view at;
  bool checkpoint = false;
  std::string_view json;
};
/// Reads a line (without line end), unchecked but for its form.
Result<Line> parse_line(std::string_view text);
/// Reads `text` (without line end) as the line behind `end` and moves `end` on; the error says what does not fit: form,
/// number, hash.
Result<Line> read_line(std::string_view text, ChainEnd& end);

/// What a checkpoint's signature is over: `number` is its own, `hash` that of the line before.
std::string signed_text(std::uint64_t number, const Digest& hash);

/// The number and the hash that a line claims, unchecked; empty when this is no (complete) line.
std::optional<ChainEnd> claimed_end(std::string_view text);

}  // namespace tsunagu::trust
