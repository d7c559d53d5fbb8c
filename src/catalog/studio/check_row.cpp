#include <algorithm>

#include "base/text.h"
#include "catalog/import/text_forms.h"
#include "catalog/studio/findings.h"

namespace tsunagu::catalog {
namespace {

bool is_text(ColumnType type) {
  return type == ColumnType::kText;
}

// "-" in a name may be a name; in a number it stands for nothing.
bool takes_placeholders(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
    case ColumnType::kFlag:
    case ColumnType::kMark:
    case ColumnType::kList:
    case ColumnType::kChoice:
      return false;
    default:
      return true;
  }
}

void check_text(std::size_t column, const std::string& cell, std::vector<Hit>& out) {
  if (cell.find_first_of("\r\n") != std::string::npos) {
    out.push_back({FindingKind::kLines, column, Form::Fit::kFixable, {}});
  } else if (has_untidy_spaces(cell)) {
    out.push_back({FindingKind::kSpaces, column, Form::Fit::kFixable, {}});
  }
  if (has_untidy_width(cell)) out.push_back({FindingKind::kWidth, column, Form::Fit::kFixable, {}});
}

void check_place(const WorkTable& table, const WorkRow& row, std::vector<Hit>& out) {
  const auto [lat_at, lng_at] = table.coordinates();
  if (lat_at == WorkColumn::kNone) return;
  const std::string_view lat_text = trim_wide(row.cells[lat_at]), lng_text = trim_wide(row.cells[lng_at]);
  if (lat_text.empty() != lng_text.empty()) {
    out.push_back({FindingKind::kHalf, lat_text.empty() ? lat_at : lng_at, Form::Fit::kWrong, {}});
  }
  const auto lat = parse_number<double>(lat_text), lng = parse_number<double>(lng_text);
  if (!lat || !lng) return;
  const GeoPoint point{*lat, *lng};
  if (!in_japan(point)) {
    const bool swapped = in_japan({*lng, *lat});
    out.push_back({swapped ? FindingKind::kSwapped : FindingKind::kOutside,
                   lat_at,
                   swapped ? Form::Fit::kFixable : Form::Fit::kWrong,
                   {}});
    return;
  }
  std::string_view code = table.municipality();
  const std::size_t code_at = table.of_type(ColumnType::kCode);
  if (code_at != WorkColumn::kNone && row.cells[code_at].size() == 6) code = row.cells[code_at];
  const Place* place = table.places().find(code);
  if (place != nullptr && !table.places().contains(*place, point)) {
    out.push_back({FindingKind::kOutside, lat_at, Form::Fit::kWrong, {}});
  }
}

// Codes that are none of a municipality of the table: the prefecture, wards of Sapporo, villages of the Northern
// Territories.
bool is_other_code(std::string_view code) {
  return code == "010006" || (code >= "011010" && code <= "011109") || (code >= "016950" && code <= "017009");
}

void check_code(const WorkTable& table, const WorkRow& row, std::vector<Hit>& out) {
  const std::size_t code_at = table.of_type(ColumnType::kCode);
  if (code_at == WorkColumn::kNone || row.cells[code_at].size() != 6) return;
  const std::string& code = row.cells[code_at];
  const Place* place = table.places().find(code);
  if (place == nullptr) {
    if (code.starts_with("01") && checked_code6(code) && !is_other_code(code)) {
      out.push_back({FindingKind::kCodeName, code_at, Form::Fit::kWrong, {}});
    }
    return;
  }
  const std::size_t name_at = table.of_standard("市区町村名");
  if (name_at == WorkColumn::kNone) return;
  const std::string_view name = trim_wide(row.cells[name_at]);
  if (name.empty() || name.find(place->name) != std::string_view::npos) return;
  const Place* meant = table.places().by_name(name);
  out.push_back({FindingKind::kCodeName, code_at, Form::Fit::kWrong, meant != nullptr ? meant->code : std::string()});
}

}  // namespace

void check_row(const WorkTable& table, const WorkRow& row, std::vector<Hit>& out) {
  out.clear();
  if (row.dropped) return;
  const auto& columns = table.columns();
  if (std::all_of(row.cells.begin(), row.cells.end(), [](const std::string& c) { return trim_wide(c).empty(); })) {
    out.push_back({FindingKind::kEmptyRow, WorkColumn::kNone, Form::Fit::kFixable, {}});
    return;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const WorkColumn& column = columns[i];
    if (column.dropped) continue;
    const std::string& cell = row.cells[i];
    if (trim_wide(cell).empty()) {
      if (!cell.empty()) out.push_back({FindingKind::kSpaces, i, Form::Fit::kFixable, {}});
      if (column.required) out.push_back({FindingKind::kRequired, i, Form::Fit::kWrong, {}});
      continue;
    }
    if (is_text(column.rule.type)) {
      check_text(i, cell, out);
    } else if (takes_placeholders(column.rule.type) && is_placeholder(cell)) {
      out.push_back({FindingKind::kPlaceholder, i, Form::Fit::kFixable, {}});
    } else if (Form form = table.form(column, cell); form.fit != Form::Fit::kFine) {
      out.push_back({FindingKind::kForm, i, form.fit, std::move(form.text)});
    }
  }
  if (row.ragged) out.push_back({FindingKind::kRagged, WorkColumn::kNone, Form::Fit::kWrong, {}});
  check_place(table, row, out);
  check_code(table, row, out);
}

}  // namespace tsunagu::catalog
