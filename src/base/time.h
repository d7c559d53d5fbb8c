// Instants: UTC, microseconds since 1970-01-01. ISO 8601 in and out (clause 4.6.3 of ETSI GS CIM 009).
#pragma once
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tsunagu {

/// Default-constructed: no instant (an optional time that is absent).
struct Instant {
  std::int64_t us = std::numeric_limits<std::int64_t>::min();
  auto operator<=>(const Instant&) const = default;
};

inline constexpr Instant kNoInstant{};

/// The wall clock now.
Instant now();

/// Parses "2024-02-29T12:00:00Z", with up to 6 fraction digits ('.' or ','), 'Z' or ±hh:mm (turned into UTC).
/// Empty for anything else, impossible dates included. Years 0001–9999.
std::optional<Instant> parse_instant(std::string_view text);

/// Parses a date "2024-02-29" as midnight UTC; empty for anything else.
std::optional<Instant> parse_date(std::string_view text);

/// Appends "2024-02-29T12:00:00Z" with 0, 3 or 6 fraction digits: as many as needed.
void append_instant(std::string& out, Instant t);
std::string to_string(Instant t);

}  // namespace tsunagu
