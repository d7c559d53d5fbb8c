#include "ngsi/query_value.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/text.h"
#include "base/uri.h"
#include "ngsi/json_walk.h"
#include "ngsi/time_of_day.h"

namespace tsunagu::ngsi {

namespace {

constexpr std::size_t kMaxPatternBytes = 1024;
constexpr std::int64_t kMaxPatternMemory = 1 << 20;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A number as in JSON.
bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > start;
  };
  if (text.starts_with('-')) ++i;
  if (i < text.size() && text[i] == '0') {
    ++i;
  } else if (!digits()) {
    return false;
  }
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

void set_text(QueryValue& out, QueryValue::Type type, std::string text) {
  out.type = type;
  out.text = std::move(text);
  out.json.clear();
  append_json_string(out.json, out.text);
}

/// Where a value without quotes ends: at a separator, or at the dots of a range if it begins like a number or a time.
/// The comma before a fraction of a second does not separate.
std::size_t bare_end(std::string_view text, std::size_t start) {
  const bool may_be_range = start < text.size() && (is_digit(text[start]) || text[start] == '-');
  std::size_t i = start;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ';' || c == '|' || c == ')' || c == '"') break;
    if (may_be_range && c == '.' && text.substr(i, 2) == "..") break;
    if (c == ',') {
      const auto value = trim(text.substr(start, i - start));
      const auto after = text.substr(i + 1);
      const auto fraction = std::min(after.find_first_not_of("0123456789"), after.size());
      const bool in_time = may_be_range && fraction > 0 && after.substr(fraction).starts_with('Z') &&
                           value.size() >= 8 && parse_time_of_day(value.substr(value.size() - 8));
      if (!in_time) break;
    }
  }
  return i;
}

bool classify_number_or_time(Cursor& cursor, std::size_t start, std::string_view bare, QueryValue& out) {
  if (is_json_number(bare)) {
    out.type = QueryValue::Type::kNumber;
    out.text = out.json = bare;
    out.number = walk::number(bare).value_or(0);
    return true;
  }
  if (const auto instant = parse_instant(bare)) {
    set_text(out, QueryValue::Type::kInstant, std::string(bare));
    out.instant = *instant;
    return true;
  }
  if (const auto date = parse_date(bare)) {
    set_text(out, QueryValue::Type::kDate, std::string(bare));
    out.instant = *date;
    return true;
  }
  if (const auto time = parse_time_of_day(bare)) {
    set_text(out, QueryValue::Type::kTime, std::string(bare));
    out.number = static_cast<double>(*time);
    return true;
  }
  return cursor.fail_at(start,
                        "neither a number, a date, a time nor a date and time; texts are written in double quotes");
}

bool read_bare(Cursor& cursor, const Context* vocabulary, QueryValue& out) {
  const std::size_t start = cursor.position();
  const std::size_t end = bare_end(cursor.text(), start);
  const auto bare = trim(cursor.text().substr(start, end - start));
  if (bare.empty()) return cursor.fail("expected a value");
  cursor.move_to(end);
  if (bare == "true" || bare == "false") {
    out.type = QueryValue::Type::kBool;
    out.text = out.json = bare;
    return true;
  }
  if (is_digit(bare.front()) || bare.front() == '-') return classify_number_or_time(cursor, start, bare, out);
  if (is_absolute_iri(bare)) {
    set_text(out, QueryValue::Type::kUri, std::string(bare));
    return true;
  }
  if (!vocabulary || bare.find_first_of(" <>'=\"") != std::string_view::npos) {
    return cursor.fail_at(start, "neither a number, a time, true, false nor a URI; texts are written in double quotes");
  }
  set_text(out, QueryValue::Type::kString, std::string(bare));
  return true;
}

/// Inside quotes \" \\ \/ are as in JSON; other backslashes belong to the pattern, so that "\d" and "\\d" mean the
/// same.
bool read_quoted_pattern(Cursor& cursor, std::string& out) {
  const std::size_t start = cursor.position();
  const auto text = cursor.text();
  for (std::size_t i = start + 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      cursor.move_to(i + 1);
      return true;
    }
    if (text[i] == '\\' && i + 1 < text.size()) {
      ++i;
      if (text[i] != '"' && text[i] != '\\' && text[i] != '/') out.push_back('\\');
    }
    out.push_back(text[i]);
  }
  return cursor.fail_at(start, "this quotation mark is never closed");
}

}  // namespace

bool read_value(Cursor& cursor, const Context* vocabulary, QueryValue& out) {
  cursor.skip_space();
  if (cursor.peek() == '"') {
    std::string text;
    if (!cursor.quoted(text)) return false;
    set_text(out, QueryValue::Type::kString, std::move(text));
    if (const auto instant = parse_instant(out.text)) {
      out.instant = *instant;
    } else if (const auto date = parse_date(out.text)) {
      out.instant = *date;
    }
  } else if (!read_bare(cursor, vocabulary, out)) {
    return false;
  }
  if (vocabulary && (out.type == QueryValue::Type::kString || out.type == QueryValue::Type::kUri)) {
    append_json_string(out.expanded, vocabulary->expand(out.text));
  }
  cursor.skip_space();
  return true;
}

bool read_pattern(Cursor& cursor, std::string& out) {
  cursor.skip_space();
  if (cursor.peek() == '"') return read_quoted_pattern(cursor, out);
  const auto text = cursor.text();
  const std::size_t start = cursor.position();
  int depth = 0;
  bool in_class = false;
  std::size_t i = start;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      if (i + 1 < text.size() && text[i + 1] == '^') ++i;
      if (i + 1 < text.size() && text[i + 1] == ']') ++i;
    } else if (c == '(') {
      ++depth;
    } else if (depth > 0) {
      depth -= c == ')';
    } else if (c == ';' || c == '|' || c == ')') {
      break;
    }
  }
  i = std::min(i, text.size());
  out = trim(text.substr(start, i - start));
  cursor.move_to(i);
  return !out.empty() || cursor.fail_at(start, "expected a pattern");
}

bool compile_pattern(Cursor& cursor, std::size_t position, const std::string& pattern,
                     std::shared_ptr<const void>& out) {
  if (pattern.size() > kMaxPatternBytes) {
    return cursor.fail_at(position, "the pattern is longer than 1024 bytes", ErrorCode::kTooComplexQuery);
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  auto compiled = std::make_shared<const RE2>(pattern, options);
  if (!compiled->ok()) {
    const bool large = compiled->error_code() == RE2::ErrorPatternTooLarge;
    return cursor.fail_at(position, "the pattern cannot be used: " + compiled->error(),
                          large ? ErrorCode::kTooComplexQuery : ErrorCode::kBadRequestData);
  }
  out = std::move(compiled);
  return true;
}

}  // namespace tsunagu::ngsi
