#include "catalog/import/source.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/text.h"
#include "catalog/import/csv.h"
#include "catalog/import/json_split.h"
#include "catalog/import/json_walk.h"
#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kHeaderWithin = 200;  // records
constexpr int kMaxDepth = 16;

std::string column_name(std::string_view cell) {
  return single_spaces(cell);
}

bool is_damaged(std::string_view text) {
  return text.find(TextDecoder::kDamage) != std::string_view::npos;
}

void replace_damage(std::string& text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::size_t at = 0;
  while ((at = text.find(TextDecoder::kDamage, at)) != std::string::npos) {
    text.replace(at, TextDecoder::kDamage.size(), kReplacement);
  }
}

}  // namespace

struct RowReader::Parser {
  std::unique_ptr<CsvReader> csv;
  std::unique_ptr<JsonSplitter> json;
};

RowReader::RowReader(const SourceSpec& spec, Handlers handlers)
    : spec_(spec), handlers_(std::move(handlers)), decoder_(spec.encoding), parser_(std::make_unique<Parser>()) {
  row_.columns = &columns_;
  if (spec_.format == Format::kGeoJson && spec_.list.empty()) spec_.list = "features";
  if (spec_.format == Format::kCsv) {
    if (spec_.header_row == 0) {
      for (const std::string& name : spec_.columns) columns_.add(name);
      header_done_ = true;
    }
    parser_->csv = std::make_unique<CsvReader>(
        spec_.delimiter,
        CsvReader::Handlers{[this](CsvRecord& found) { record(found.fields, found.line); },
                            [this](std::size_t line, const std::string& reason) { fault(line, reason); }});
  } else if (spec_.format != Format::kNdjson) {
    parser_->json = std::make_unique<JsonSplitter>(
        spec_.list, JsonSplitter::Handlers{[this](std::string_view json, std::size_t line) { json_record(json, line); },
                                           [this](std::size_t line, const std::string& reason) { fault(line, reason); },
                                           [this](std::size_t line) {
                                             std::string reason =
                                                 fmt::format("this object has no list \"{}\"", spec_.list);
                                             if (spec_.list_may_lack) {
                                               handlers_.note(reason + ": nothing to read");
                                             } else {
                                               fault(line, reason);
                                             }
                                           }});
  }
}

RowReader::~RowReader() = default;

void RowReader::feed(std::string_view bytes) {
  decoder_.feed(bytes, text_);
  pass(false);
}

void RowReader::finish() {
  decoder_.finish(text_);
  pass(true);
  if (spec_.format == Format::kCsv && !header_done_) {
    if (!spec_.header_has.empty()) {
      fault(0, fmt::format("no header found: none of the first {} records has all of the cells \"{}\"",
                           std::min(records_, kHeaderWithin), fmt::join(spec_.header_has, "\", \"")));
    } else {
      fault(0, fmt::format("no header found: it should be record {}", spec_.header_row));
    }
  }
}

void RowReader::pass(bool at_end) {
  if (spec_.replace_invalid_bytes) replace_damage(text_);
  if (spec_.format == Format::kNdjson) {
    ndjson_lines(at_end);
    return;
  }
  if (parser_->csv) {
    parser_->csv->feed(text_);
    if (at_end) parser_->csv->finish();
  } else {
    parser_->json->feed(text_);
    if (at_end) parser_->json->finish();
  }
  text_.clear();
}

void RowReader::ndjson_lines(bool at_end) {
  std::size_t from = 0;
  while (from < text_.size()) {
    std::size_t end = text_.find('\n', from);
    if (end == std::string::npos) {
      if (text_.size() - from > JsonSplitter::kMaxRecord) {
        fault(line_, fmt::format("line of more than {} bytes", JsonSplitter::kMaxRecord));
        from = text_.size();
        break;
      }
      if (!at_end) break;
      end = text_.size();
    }
    const std::string_view line = trim(std::string_view(text_).substr(from, end - from));
    if (!line.empty()) json_record(line, line_);
    ++line_;
    from = std::min(end + 1, text_.size());
  }
  text_.erase(0, from);
}

bool RowReader::take_header(std::vector<std::string>& fields) {
  if (records_ > kHeaderWithin) return false;
  if (spec_.header_has.empty()) {
    if (records_ != spec_.header_row) return false;
  } else {
    for (const std::string& wanted : spec_.header_has) {
      const auto is_wanted = [&wanted](const std::string& cell) { return column_name(cell) == wanted; };
      if (std::none_of(fields.begin(), fields.end(), is_wanted)) return false;
    }
  }
  // Cells without a name at the end are an editor's leftovers.
  while (!fields.empty() && trim_wide(fields.back()).empty()) fields.pop_back();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::string name = column_name(fields[i]);
    if (name.empty()) name = fmt::format("#{}", i + 1);
    if (columns_.find(name) != Columns::kNone) {
      std::size_t n = 2;
      while (columns_.find(fmt::format("{}#{}", name, n)) != Columns::kNone) ++n;
      name = fmt::format("{}#{}", name, n);
    }
    columns_.add(name);
  }
  return true;
}

void RowReader::record(std::vector<std::string>& fields, std::size_t line) {
  ++records_;
  if (!header_done_) {
    header_done_ = take_header(fields);
    return;
  }
  std::size_t used = fields.size();
  while (used > 0 && trim_wide(fields[used - 1]).empty()) --used;
  if (used == 0) return;
  if (!spec_.comment.empty() && fields[0].starts_with(spec_.comment)) return;
  if (std::any_of(fields.begin(), fields.end(), is_damaged)) {
    fault(line, fmt::format("bytes that are not {}", to_string(decoder_.encoding())));
    return;
  }
  const std::size_t wanted = columns_.names().size();
  if (!spec_.ragged && (fields.size() < wanted || used > wanted)) {
    fault(line, fmt::format("{} cells where the header has {}", fields.size(), wanted));
    return;
  }
  row_.line = line;
  row_.cells.resize(std::min(fields.size(), wanted));
  for (std::size_t i = 0; i < row_.cells.size(); ++i) {
    if (fields[i].find('\0') != std::string::npos) {
      handlers_.fault({line, columns_.names()[i], "a NUL character"});
      return;
    }
    row_.cells[i].kind = Cell::Kind::kText;
    row_.cells[i].text = trim_wide(fields[i]);
  }
  handlers_.row(row_);
}

void RowReader::take_record(std::vector<std::string>& cells, std::size_t line) {
  if (header_done_ && cells.size() < columns_.names().size()) cells.resize(columns_.names().size());
  record(cells, line);
}

void RowReader::fault(std::size_t line, std::string reason) {
  handlers_.fault({line, "", std::move(reason)});
}

void RowReader::json_record(std::string_view json, std::size_t line) {
  if (is_damaged(json)) {
    fault(line, fmt::format("bytes that are not {}", to_string(decoder_.encoding())));
    return;
  }
  std::string canonical;
  if (!append_canonical_json(canonical, json, 64)) {
    fault(line, "not valid JSON");
    return;
  }
  if (canonical.empty() || canonical[0] != '{') {
    fault(line, "expected a JSON object");
    return;
  }
  if (spec_.format == Format::kNgsiLd) {
    handlers_.entity(canonical, line);
    return;
  }
  row_.line = record_line_ = line;
  for (Cell& cell : row_.cells) cell.kind = Cell::Kind::kAbsent;
  if (spec_.format == Format::kGeoJson) {
    std::string_view properties, geometry, id;
    for_each_member(canonical, [&](const std::string& name, std::string_view value) {
      if (name == "properties") properties = value;
      if (name == "geometry") geometry = value;
      if (name == "id") id = value;
    });
    if (!properties.starts_with('{') && properties != "null") {
      fault(line, "not a GeoJSON feature: no \"properties\"");
      return;
    }
    if (properties.starts_with('{') && !flatten(properties, "", 0)) return;
    if (geometry.starts_with('{') && !put("geometry", Cell::Kind::kJson, geometry)) return;
    if (!id.empty() && !put("feature.id", Cell::Kind::kText, id[0] == '"' ? json_string_text(id) : std::string(id)))
      return;
  } else if (!flatten(canonical, "", 0)) {
    return;
  }
  handlers_.row(row_);
}

// False when a fault has been reported.
bool RowReader::flatten(std::string_view object, const std::string& prefix, int depth) {
  bool good = true;
  for_each_member(object, [&](const std::string& member, std::string_view value) {
    if (!good) return;
    const std::string name = prefix + member;
    switch (value[0]) {
      case '"':
        good = put(name, Cell::Kind::kText, json_string_text(value));
        break;
      case '{':
        good = put(name, Cell::Kind::kJson, value) && (depth == kMaxDepth || flatten(value, name + ".", depth + 1));
        break;
      case '[':
        good = put(name, Cell::Kind::kJson, value);
        break;
      case 't':
      case 'f':
        good = put(name, Cell::Kind::kBoolean, value);
        break;
      case 'n':
        good = put(name, Cell::Kind::kNull, "");
        break;
      default:
        good = put(name, Cell::Kind::kNumber, value);
    }
  });
  return good;
}

bool RowReader::put(std::string_view name, Cell::Kind kind, std::string_view text) {
  const std::size_t at = columns_.add(name);
  if (at == Columns::kNone) {
    fault(record_line_, fmt::format("more than {} different member names", Columns::kMax));
    return false;
  }
  if (row_.cells.size() <= at) row_.cells.resize(at + 1);
  row_.cells[at].kind = kind;
  row_.cells[at].text = kind == Cell::Kind::kText ? trim_wide(text) : text;
  return true;
}

}  // namespace tsunagu::catalog
