#include "catalog/import/template.h"

#include <fmt/format.h>

#include <algorithm>
#include <climits>

#include "base/text.h"
#include "base/url.h"
#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {
namespace {

// Start of the character `n` of UTF-8 text; from the end when negative.
std::size_t character(std::string_view text, int n) {
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  if (n < 0) n = std::max(0, n + static_cast<int>(std::count_if(text.begin(), text.end(), starts)));
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (starts(text[at]) && n-- == 0) break;
  }
  return at;
}

std::string mapped(std::string text, char first, char last, int shift) {
  for (char& c : text) {
    if (c >= first && c <= last) c = static_cast<char>(c + shift);
  }
  return text;
}

}  // namespace

Result<Template::Filter> Template::make_filter(std::string_view source, const LookupTables& tables) {
  std::string_view rest = source;
  const std::string_view name = take_until(rest, ':');
  const auto plain = [&](FilterKind kind) -> Result<Filter> {
    if (source.size() != name.size()) return bad(fmt::format("filter \"{}\" takes no argument", name));
    Filter filter;
    filter.kind = kind;
    return filter;
  };
  const auto table = [&](FilterKind kind, std::string_view table_name) -> Result<Filter> {
    const auto found = tables.find(std::string(table_name));
    if (found == tables.end()) return bad(fmt::format("filter \"{}\": there is no [tables.{}]", source, table_name));
    Filter filter;
    filter.kind = kind;
    filter.table = found->second;
    filter.argument = table_name;
    return filter;
  };
  if (name == "nfkc") return plain(FilterKind::kNfkc);
  if (name == "spaces") return plain(FilterKind::kSpaces);
  if (name == "lower") return plain(FilterKind::kLower);
  if (name == "upper") return plain(FilterKind::kUpper);
  if (name == "digits") return plain(FilterKind::kDigits);
  if (name == "code6") return plain(FilterKind::kCode6);
  if (name == "check6") return plain(FilterKind::kCheck6);
  if (name == "code") return plain(FilterKind::kCode);
  if (name == "raw") return plain(FilterKind::kRaw);
  if (name == "in") return table(FilterKind::kIn, rest);
  if (name == "lookup") {
    auto filter = table(FilterKind::kLookup, take_until(rest, ':'));
    if (!filter) return filter;
    const std::size_t column = filter->table->columns.find(rest);
    if (column == Columns::kNone) {
      return bad(fmt::format("filter \"{}\": {} has no column \"{}\"", source, filter->table->file, rest));
    }
    filter->first = static_cast<int>(column);
    return filter;
  }
  Filter filter;
  if (name == "before" || name == "after") {
    if (rest.empty()) return bad(fmt::format("filter \"{}\": a text is missing", source));
    filter.kind = name == "before" ? FilterKind::kBefore : FilterKind::kAfter;
    filter.argument = rest;
    return filter;
  }
  const bool slice = name == "slice", part = name == "part";
  if (!slice && !part && name != "pad") return bad(fmt::format("unknown filter \"{}\"", name));
  filter.kind = slice ? FilterKind::kSlice : part ? FilterKind::kPart : FilterKind::kPad;
  const auto first = parse_number<int>(take_until(rest, ':'));
  if (!first || (!slice && (*first < 1 || *first > 100)))
    return bad(fmt::format("filter \"{}\": a number is missing", source));
  filter.first = *first;
  filter.second = INT_MAX;
  if (part) {
    filter.argument = rest.empty() ? "," : rest;
  } else if (!rest.empty()) {
    const auto second = parse_number<int>(rest);
    if (!second || !slice) return bad(fmt::format("filter \"{}\": \"{}\" is no number", source, rest));
    filter.second = *second;
  }
  return filter;
}

Result<Template> Template::make(std::string_view source, const LookupTables& tables) {
  Template made;
  if (source.empty()) return bad("an empty column name");
  if (source.find_first_of("{}") == std::string_view::npos) {
    made.pieces_.push_back({"", std::string(source), {}});
    return made;
  }
  Piece piece;
  for (std::size_t at = 0; at < source.size(); ++at) {
    const char c = source[at];
    if ((c == '{' || c == '}') && at + 1 < source.size() && source[at + 1] == c) {
      piece.literal += c;
      ++at;
    } else if (c == '}') {
      return bad(fmt::format("template \"{}\": '}}' without '{{'", source));
    } else if (c != '{') {
      piece.literal += c;
    } else {
      const std::size_t end = source.find('}', at);
      if (end == std::string_view::npos) return bad(fmt::format("template \"{}\": '{{' is never closed", source));
      std::string_view inside = source.substr(at + 1, end - at - 1);
      piece.column = trim(take_until(inside, '|'));
      if (piece.column.empty()) return bad(fmt::format("template \"{}\": a column name is missing", source));
      while (!inside.empty()) {
        auto filter = make_filter(take_until(inside, '|'), tables);
        if (!filter) return tl::unexpected(filter.error());
        piece.filters.push_back(*std::move(filter));
      }
      made.pieces_.push_back(std::move(piece));
      piece = {};
      at = end;
    }
  }
  if (!piece.literal.empty()) made.pieces_.push_back(std::move(piece));
  return made;
}

Template Template::fixed(std::string text) {
  Template made;
  made.pieces_.push_back({std::move(text), "", {}});
  return made;
}

tl::expected<std::string, std::string> Template::apply(const Filter& filter, std::string text) {
  const auto fault = [](std::string reason) { return tl::unexpected<std::string>(std::move(reason)); };
  switch (filter.kind) {
    case FilterKind::kNfkc:
      return nfkc(text);
    case FilterKind::kSpaces:
      return single_spaces(text);
    case FilterKind::kLower:
      return mapped(std::move(text), 'A', 'Z', 'a' - 'A');
    case FilterKind::kUpper:
      return mapped(std::move(text), 'a', 'z', 'A' - 'a');
    case FilterKind::kDigits:
      text.erase(std::remove_if(text.begin(), text.end(), [](char c) { return c < '0' || c > '9'; }), text.end());
      return text;
    case FilterKind::kSlice: {
      const std::size_t from = character(text, filter.first), to = character(text, filter.second);
      return from < to ? text.substr(from, to - from) : std::string();
    }
    case FilterKind::kPart: {
      std::size_t at = 0;
      for (int n = 1;; ++n) {
        const std::size_t end = text.find(filter.argument, at);
        if (n == filter.first) return std::string(trim_wide(std::string_view(text).substr(at, end - at)));
        if (end == std::string::npos)
          return fault(fmt::format("\"{}\" has no part {} (separator \"{}\")", text, filter.first, filter.argument));
        at = end + filter.argument.size();
      }
    }
    case FilterKind::kPad:
      if (text.size() < static_cast<std::size_t>(filter.first))
        text.insert(0, static_cast<std::size_t>(filter.first) - text.size(), '0');
      return text;
    case FilterKind::kBefore:
      return std::string(trim_wide(std::string_view(text).substr(0, text.find(filter.argument))));
    case FilterKind::kAfter: {
      const std::size_t at = text.find(filter.argument);
      if (at == std::string::npos) return std::string();
      return std::string(trim_wide(std::string_view(text).substr(at + filter.argument.size())));
    }
    case FilterKind::kCode6:
      if (auto code = code6_of_code5(nfkc(text))) return *code;
      return fault(fmt::format("\"{}\" is not a municipal code of 5 digits", text));
    case FilterKind::kCheck6:
      if (auto code = checked_code6(nfkc(text))) return *code;
      return fault(fmt::format("\"{}\" is not a municipal code of 6 digits with its check digit", text));
    case FilterKind::kCode: {
      const std::string plain = nfkc(text);
      if (auto code = plain.size() == 6 ? checked_code6(plain) : code6_of_code5(plain)) return *code;
      return fault(fmt::format("\"{}\" is not a municipal code", text));
    }
    case FilterKind::kIn:
    case FilterKind::kLookup: {
      const auto row = filter.table->rows.find(text);
      if (row == filter.table->rows.end())
        return fault(fmt::format("\"{}\" is not in table {} ({})", text, filter.argument, filter.table->file));
      return filter.kind == FilterKind::kIn ? text : row->second[static_cast<std::size_t>(filter.first)];
    }
    case FilterKind::kRaw:
      return text;
  }
  return text;
}

tl::expected<std::optional<std::string>, Template::Problem> Template::text(const Row& row, bool in_uri) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    out += piece.literal;
    if (piece.column.empty()) continue;
    const Cell* cell = row.find(piece.column);
    if (cell == nullptr || cell->kind == Cell::Kind::kNull) return std::nullopt;
    std::string text = cell->text;
    bool encode = in_uri;
    for (const Filter& filter : piece.filters) {
      if (filter.kind == FilterKind::kRaw) encode = false;
      if (text.empty()) break;
      auto passed = apply(filter, std::move(text));
      if (!passed) return tl::unexpected(Problem{piece.column, passed.error()});
      text = *std::move(passed);
    }
    if (text.empty()) return std::nullopt;
    if (encode) {
      append_percent_encoded(out, text);
    } else {
      out += text;
    }
  }
  return out;
}

const Cell* Template::cell(const Row& row) const {
  if (pieces_.size() != 1 || !pieces_[0].literal.empty() || !pieces_[0].filters.empty()) return nullptr;
  return row.find(pieces_[0].column);
}

std::vector<std::string> Template::columns() const {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_) {
    if (!piece.column.empty()) names.push_back(piece.column);
  }
  return names;
}

}  // namespace tsunagu::catalog
