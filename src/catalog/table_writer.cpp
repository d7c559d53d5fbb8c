#include "catalog/table_writer.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/json_object.h"
#include "base/text.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace walk = ngsi::walk;
namespace {

constexpr std::array<std::string_view, 7> kLatitudes{"latitude",   "緯度",     "lat",     "y",
                                                     "office_lat", "LATITUDE", "Latitude"};
constexpr std::array<std::string_view, 9> kLongitudes{"longitude", "経度",       "lng",       "lon",      "long",
                                                      "x",         "office_lng", "LONGITUDE", "Longitude"};

bool would_be_computed(std::string_view text) {
  if (text.empty() || std::string_view("=+-@\t\r").find(text.front()) == std::string_view::npos) return false;
  std::string_view number = text;
  if (number.front() == '+' || number.front() == '-') number.remove_prefix(1);
  const bool digits = !number.empty() && ((number.front() >= '0' && number.front() <= '9') || number.front() == '.');
  return !digits || !parse_number<double>(number);
}

class CsvWriter final : public TableWriter {
 public:
  CsvWriter(const std::vector<Column>& columns, CsvStyle style) : columns_(columns), style_(style) {}

  void begin(std::string& out) override {
    if (style_.mark) out += "\xEF\xBB\xBF";
    if (!style_.header) return;
    if (style_.row_number) field(out, "_id");
    for (const Column& column : columns_) field(out, column.id);
    end_line(out);
  }
  void row(std::string& out, const TableRow& row) override {
    if (style_.row_number) field(out, std::to_string(row.number));
    for (const Cell& cell : row.cells) {
      if (cell.kind == Cell::Kind::kJson) {
        field(out, cell_text(cell));
      } else {
        field(out, cell.text);
      }
    }
    end_line(out);
  }

 private:
  void field(std::string& out, std::string_view text) {
    if (!first_) out += style_.delimiter;
    first_ = false;
    const bool shield = style_.harmless && would_be_computed(text);
    const bool plain = text.find_first_of("\"\r\n\t,;") == std::string_view::npos && !text.starts_with(' ') &&
                       !text.ends_with(' ') && text.find(style_.delimiter) == std::string_view::npos;
    if (plain) {
      if (shield) out += '\'';
      out += text;
      return;
    }
    out += '"';
    if (shield) out += '\'';
    for (const char c : text) {
      if (c == '"') out += '"';
      out += c;
    }
    out += '"';
  }
  void end_line(std::string& out) {
    out += "\r\n";
    first_ = true;
  }

  const std::vector<Column> columns_;
  const CsvStyle style_;
  bool first_ = true;
};

/// {"name":value,…} of the cells that `wanted` has.
class Members {
 public:
  Members(const std::vector<Column>& columns, std::vector<std::size_t> wanted) : wanted_(std::move(wanted)) {
    for (const std::size_t i : wanted_) {
      std::string& name = names_.emplace_back();
      append_json_string(name, columns[i].id);
      name += ':';
    }
  }
  void append(std::string& out, const TableRow& row) const {
    out += '{';
    for (std::size_t i = 0; i < wanted_.size(); ++i) {
      if (i > 0) out += ',';
      out += names_[i];
      append_cell_json(out, row.cells[wanted_[i]]);
    }
    out += '}';
  }

 private:
  std::vector<std::size_t> wanted_;
  std::vector<std::string> names_;
};

std::vector<std::size_t> all_but(const std::vector<Column>& columns, std::vector<std::size_t> left_out) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (std::ranges::find(left_out, i) == left_out.end()) all.push_back(i);
  }
  return all;
}

class JsonWriter final : public TableWriter {
 public:
  explicit JsonWriter(const std::vector<Column>& columns) : members_(columns, all_but(columns, {})) {}
  void begin(std::string& out) override { out += "[\n"; }
  void row(std::string& out, const TableRow& row) override {
    if (any_) out += ",\n";
    any_ = true;
    members_.append(out, row);
  }
  void end(std::string& out) override { out += "\n]\n"; }

 private:
  Members members_;
  bool any_ = false;
};

class GeoJsonWriter final : public TableWriter {
 public:
  /// `latitude` and `longitude` are the same for a column of geometries.
  GeoJsonWriter(const std::vector<Column>& columns, std::size_t latitude, std::size_t longitude)
      : latitude_(latitude), longitude_(longitude), members_(columns, all_but(columns, {latitude, longitude})) {}
  void begin(std::string& out) override { out += R"({"type":"FeatureCollection","features":[)"; }
  void row(std::string& out, const TableRow& row) override {
    out += any_ ? ",\n" : "\n";
    any_ = true;
    out += R"({"type":"Feature","geometry":)";
    geometry(out, row);
    out += R"(,"properties":)";
    members_.append(out, row);
    out += '}';
  }
  void end(std::string& out) override { out += "\n]}\n"; }

 private:
  void geometry(std::string& out, const TableRow& row) const {
    if (latitude_ == longitude_) {
      const Cell& cell = row.cells[latitude_];
      out += cell.kind == Cell::Kind::kJson ? std::string_view(cell.text) : "null";
      return;
    }
    const auto degrees = [&](std::size_t column, double most) {
      const auto value = parse_number<double>(trim(row.cells[column].text));
      return value && *value >= -most && *value <= most ? value : std::nullopt;
    };
    const auto latitude = degrees(latitude_, 90), longitude = degrees(longitude_, 180);
    if (!latitude || !longitude) {
      out += "null";
      return;
    }
    out += R"({"type":"Point","coordinates":[)";
    append_json_number(out, *longitude);
    out += ',';
    append_json_number(out, *latitude);
    out += "]}";
  }

  std::size_t latitude_, longitude_;
  Members members_;
  bool any_ = false;
};

template <class Names>
std::optional<std::size_t> find_column(const std::vector<Column>& columns, const Names& names) {
  for (const std::string_view name : names) {
    const auto at = std::ranges::find(columns, name, [](const Column& c) { return std::string_view(c.id); });
    if (at != columns.end()) return static_cast<std::size_t>(at - columns.begin());
  }
  return std::nullopt;
}

struct Twin {
  std::string_view from, to;
};
/// Characters that cp932 has under another code point.
constexpr std::array<Twin, 8> kTwins{
    {{"〜", "～"}, {"−", "－"}, {"—", "―"}, {"‖", "∥"}, {"¢", "￠"}, {"£", "￡"}, {"¬", "￢"}, {"\u00A0", " "}}};

std::size_t character_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

}  // namespace

void append_cell_json(std::string& out, const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kText:
      append_json_string(out, cell.text);
      break;
    case Cell::Kind::kNumber:
    case Cell::Kind::kBoolean:
    case Cell::Kind::kJson:
      out += cell.text;
      break;
    case Cell::Kind::kAbsent:
    case Cell::Kind::kNull:
      out += "null";
  }
}

std::string cell_text(const Cell& cell) {
  if (cell.kind != Cell::Kind::kJson || !walk::is_array(cell.text)) return cell.text;
  std::string joined, scratch;
  const bool compound = walk::any_element(cell.text, [&](std::string_view each) {
    if (walk::is_object(each) || walk::is_array(each)) return true;
    if (!joined.empty()) joined += ';';
    joined += walk::is_string(each) ? walk::string_text(each, scratch) : each;
    return false;
  });
  return compound ? cell.text : joined;
}

std::unique_ptr<TableWriter> csv_writer(const std::vector<Column>& columns, CsvStyle style) {
  return std::make_unique<CsvWriter>(columns, style);
}
std::unique_ptr<TableWriter> json_writer(const std::vector<Column>& columns) {
  return std::make_unique<JsonWriter>(columns);
}
std::unique_ptr<TableWriter> geojson_writer(const std::vector<Column>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].type == Column::Type::kGeometry) return std::make_unique<GeoJsonWriter>(columns, i, i);
  }
  const auto latitude = find_column(columns, kLatitudes), longitude = find_column(columns, kLongitudes);
  if (!latitude || !longitude) return nullptr;
  return std::make_unique<GeoJsonWriter>(columns, *latitude, *longitude);
}

Cp932Encoder::Cp932Encoder() : converter_(iconv_open("CP932", "UTF-8")) {}

Cp932Encoder::~Cp932Encoder() {
  if (converter_ != reinterpret_cast<void*>(-1)) iconv_close(static_cast<iconv_t>(converter_));
}

void Cp932Encoder::append(std::string& out, std::string_view text) {
  constexpr std::string_view kGeta = "\x81\xAC";  // 〓
  while (!text.empty()) {
    convert(out, text);
    if (text.empty()) return;
    std::string_view one = text.substr(0, character_length(text));
    text.remove_prefix(one.size());
    const auto twin = std::ranges::find(kTwins, one, &Twin::from);
    if (twin != kTwins.end()) {
      one = twin->to;
      convert(out, one);
      if (one.empty()) continue;
    }
    out += kGeta;
    ++substituted_;
  }
}

void Cp932Encoder::convert(std::string& out, std::string_view& text) {
  if (converter_ == reinterpret_cast<void*>(-1)) return;
  char* in = const_cast<char*>(text.data());
  std::size_t left = text.size();
  std::array<char, 16 << 10> buffer;
  for (bool full = true; full;) {
    char* to = buffer.data();
    std::size_t room = buffer.size();
    errno = 0;
    iconv(static_cast<iconv_t>(converter_), &in, &left, &to, &room);
    full = errno == E2BIG;
    out.append(buffer.data(), buffer.size() - room);
  }
  text.remove_prefix(text.size() - left);
}

}  // namespace tsunagu::catalog
