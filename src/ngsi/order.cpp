#include <bit>
#include <cmath>
#include <limits>

#include "base/json.h"
#include "ngsi/collation.h"
#include "ngsi/query.h"
#include "ngsi/query_path.h"
#include "ngsi/time_of_day.h"

namespace tsunagu::ngsi {

namespace {

constexpr std::size_t kMaxOrderBytes = 2048;
constexpr std::size_t kMaxOrderKeys = 16;
constexpr int kMaxOrderLinks = 8;

/// First byte of a key: the order of types (clause 4.23.2).
enum class Rank : unsigned char {
  kDistance = 0x08,
  kNumber = 0x10,
  kString = 0x20,
  kObject = 0x30,
  kArray = 0x40,
  kBoolean = 0x50,
  kTime = 0x60,
  kDate = 0x70,
  kDateTime = 0x80,
  kNull = 0x90,
  kMissing = 0xFF
};

void append_rank(std::string& out, Rank rank) {
  out.push_back(static_cast<char>(rank));
}

void append_big_endian(std::string& out, std::uint64_t bits) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(bits >> shift));
}

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

void append_double(std::string& out, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);  // -0 is 0
  append_big_endian(out, bits & kSign ? ~bits : bits | kSign);
}

void append_signed(std::string& out, std::int64_t value) {
  append_big_endian(out, static_cast<std::uint64_t>(value) ^ kSign);
}

/// Bytes as they are; a zero becomes 00 FF so that 00 00 can end the text.
void append_bytes(std::string& out, std::string_view text) {
  for (char c : text) {
    out.push_back(c);
    if (c == '\0') out.push_back('\xFF');
  }
  out.append(2, '\0');
}

void append_text(std::string& out, const std::string& collation, std::string_view text) {
  if (const auto instant = parse_instant(text)) {
    append_rank(out, Rank::kDateTime);
    append_signed(out, instant->us);
  } else if (const auto date = parse_date(text)) {
    append_rank(out, Rank::kDate);
    append_signed(out, date->us);
  } else if (const auto time = parse_time_of_day(text)) {
    append_rank(out, Rank::kTime);
    append_signed(out, *time);
  } else {
    append_rank(out, Rank::kString);
    if (collation.empty()) {
      append_bytes(out, text);
    } else {
      append_collation_key(out, collation, text);
    }
  }
}

void append_json_key(std::string& out, const std::string& collation, std::string_view json) {
  if (walk::is_string(json)) {
    std::string scratch;
    append_text(out, collation, walk::string_text(json, scratch));
  } else if (const auto number = walk::number(json)) {
    append_rank(out, Rank::kNumber);
    append_double(out, *number);
  } else if (walk::is_bool(json)) {
    append_rank(out, Rank::kBoolean);
    out.push_back(json == "true");
  } else if (walk::is_object(json) || walk::is_array(json)) {
    append_rank(out, walk::is_object(json) ? Rank::kObject : Rank::kArray);
    append_bytes(out, json);
  } else {
    append_rank(out, Rank::kNull);
  }
}

void append_target(std::string& out, const Selection& selection, const OrderKey& key, const Target& target) {
  if (target.type == Target::Type::kInstant) {
    append_rank(out, Rank::kDateTime);
    append_signed(out, target.instant.us);
    return;
  }
  if (target.type == Target::Type::kText) return append_text(out, selection.collation, target.text);
  const auto& origin = selection.order_from ? selection.order_from : selection.geo;
  if (key.by_distance && origin && target.kind == AttrKind::kGeoProperty) {
    const double metres = origin->distance_m(target.json);
    if (std::isfinite(metres)) {
      append_rank(out, Rank::kDistance);
      append_double(out, metres);
      return;
    }
  }
  append_json_key(out, selection.collation, target.json);
}

bool read_direction(Cursor& cursor, OrderKey& key) {
  cursor.skip_space();
  for (const bool by_distance : {true, false}) {
    for (const bool descending : {true, false}) {
      if (!cursor.take(std::string(by_distance ? "dist-" : "") + (descending ? "desc" : "asc"))) continue;
      key.by_distance = by_distance;
      key.descending = descending;
      cursor.skip_space();
      return true;
    }
  }
  return cursor.fail("expected asc, desc, dist-asc or dist-desc");
}

}  // namespace

Result<std::vector<OrderKey>> parse_order_by(std::string_view text, const Context& context) {
  if (text.size() > kMaxOrderBytes) return fail(ErrorCode::kTooComplexQuery, "orderBy: longer than 2048 bytes");
  if (!valid_utf8(text)) return bad("orderBy: not valid UTF-8");
  Cursor cursor("orderBy", text);
  std::vector<OrderKey> keys;
  do {
    if (keys.size() == kMaxOrderKeys) {
      cursor.too_complex("too many keys");
      break;
    }
    OrderKey& key = keys.emplace_back();
    if (!read_path(cursor, context, kMaxOrderLinks, key.path)) break;
    if (cursor.take(";") && !read_direction(cursor, key)) break;
  } while (cursor.take(","));
  if (!cursor.failed() && !cursor.at_end()) cursor.fail("expected ',', ';' or the end here");
  if (cursor.failed()) return cursor.error();
  return keys;
}

Result<void> set_collation(Selection& selection, std::string_view tag) {
  auto checked = check_collation(tag);
  if (checked) selection.collation = tag;
  return checked;
}

std::string order_key(const Selection& selection, const Record& record, const Linked* linked) {
  std::string out, best, candidate;
  for (const OrderKey& key : selection.order) {
    best.clear();
    any_target(key.path, record, linked, [&](const Target& target) {
      candidate.clear();
      append_target(candidate, selection, key, target);
      if (best.empty() || (key.descending ? candidate > best : candidate < best)) best.swap(candidate);
      return false;
    });
    if (best.empty()) {
      append_rank(out, Rank::kMissing);
      continue;
    }
    if (key.descending) {
      for (char& c : best) c = static_cast<char>(~c);
    }
    out += best;
  }
  return out;
}

}  // namespace tsunagu::ngsi
