#include "catalog/studio/work_table.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/json.h"
#include "base/text.h"
#include "catalog/import/text_forms.h"
#include "catalog/table/header.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kPreambleLines = 20, kPreambleBytes = 300;

// What a column is that no standard tells about.
ColumnType type_by_name(const ColumnProfile& profile) {
  static const auto names = [] {
    std::unordered_map<std::string, ColumnType> out;
    for (const Standard& standard : standards()) {
      for (const StandardColumn& column : standard.columns) {
        const bool telling = column.type == ColumnType::kLatitude || column.type == ColumnType::kLongitude ||
                             column.type == ColumnType::kPhone || column.type == ColumnType::kCode;
        if (!telling) continue;
        out.emplace(plain_name(column.name), column.type);
        for (const std::string& alias : column.aliases) out.emplace(plain_name(alias), column.type);
      }
    }
    for (const char* name : {"郵便番号", "zip", "postalcode"}) out.emplace(plain_name(name), ColumnType::kPostcode);
    return out;
  }();
  const auto found = names.find(plain_name(profile.name));
  if (found != names.end()) return found->second;
  switch (profile.type) {
    case ColumnType::kInteger:
    case ColumnType::kNumber:
      return ColumnType::kNumber;
    case ColumnType::kDate:
    case ColumnType::kTime:
    case ColumnType::kUrl:
    case ColumnType::kMail:
      return profile.type;
    default:
      return ColumnType::kText;
  }
}

std::string band(std::string_view text) {
  const std::string plain = nfkc(trim_wide(text));
  const Form date = form_of({ColumnType::kDate, nullptr, DateOrder::kUnknown}, plain);
  const std::string& day = date.fit == Form::Fit::kFine ? plain : date.text;
  if (day.size() == 10) return day.substr(0, 4);
  std::size_t digits = 0;
  while (digits < plain.size() && plain[digits] >= '0' && plain[digits] <= '9') ++digits;
  const auto age = parse_number<int>(std::string_view(plain).substr(0, digits));
  if (!age || *age > 150) return std::string(text);
  if (*age >= 90) return "90以上";
  return *age < 10 ? "10未満" : std::to_string(*age / 10 * 10) + "代";
}

}  // namespace

struct WorkTable::Action {
  Step::Kind kind;
  const Step* step;
  std::size_t column = WorkColumn::kNone;
  std::vector<std::size_t> columns;
  std::unordered_map<std::size_t, std::vector<std::pair<std::size_t, const std::string*>>> edits;  // by row
};

WorkTable::WorkTable(std::shared_ptr<const RowFile> records, TableSettings settings, std::vector<Step> steps,
                     std::shared_ptr<const Places> places, std::string hint)
    : records_(std::move(records)),
      settings_(std::move(settings)),
      steps_(std::move(steps)),
      places_(std::move(places)) {
  find_header_row(hint);
  for (std::size_t i = 0; i < profiles_.size(); ++i) {
    WorkColumn column;
    column.name = profiles_[i].name;
    column.source = column.profile = i;
    columns_.push_back(std::move(column));
  }
  add_made_columns();
  choose_standard(hint);
  make_rules();
  compile_steps();
  find_municipality();
}

WorkTable::~WorkTable() = default;

void WorkTable::find_header_row(std::string& hint) {
  std::vector<TableRecord> head;
  records_->for_each(0, kHeaderSample, [&head](std::size_t, const TableRecord& record) {
    head.push_back(record);
    return true;
  });
  std::vector<std::vector<std::string_view>> cells;
  for (const TableRecord& record : head) cells.push_back(record.cells);
  const bool told = settings_.header_row && (*settings_.header_row <= cells.size());
  std::vector<std::string_view> header;
  if (told && *settings_.header_row == 0) {
    data_ = 0;
  } else {
    HeaderPlace place = find_header(cells, is_known_column);
    if (told) place = {*settings_.header_row - 1, data_after(cells, *settings_.header_row - 1)};
    header_row_ = place.header + 1;
    data_ = std::min(place.data, records_->size());
    if (place.header < cells.size()) header = cells[place.header];
  }
  std::size_t width = 0;
  for (std::size_t i = data_; i < cells.size(); ++i) {
    for (std::size_t c = width; c < cells[i].size(); ++c) {
      if (!trim_wide(cells[i][c]).empty()) width = c + 1;
    }
  }
  for (std::size_t i = 0; i < std::min(data_, cells.size()); ++i) {
    if (i + 1 == header_row_ || preamble_.size() == kPreambleLines) continue;
    std::string line;
    for (const std::string_view cell : cells[i]) {
      if (trim_wide(cell).empty() || line.size() > kPreambleBytes) continue;
      if (!line.empty()) line += ' ';
      line += single_spaces(cell.substr(0, kPreambleBytes));
    }
    while (!valid_utf8(line)) line.pop_back();
    hint += ' ' + line;
    if (!line.empty()) preamble_.push_back(std::move(line));
  }
  rows_ = records_->size() - data_;
  profiles_ = profile_columns(*records_, data_, column_names(header, width));
}

void WorkTable::add_column(const std::string& name) {
  if (name.empty() || find(name) != WorkColumn::kNone) return;
  ColumnProfile profile;
  profile.name = name;
  profile.seen = 1;
  WorkColumn column;
  column.name = name;
  column.profile = profiles_.size();
  profiles_.push_back(std::move(profile));
  columns_.push_back(std::move(column));
}

void WorkTable::add_made_columns() {
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Step::Kind::kSplit:
        for (const std::string& name : step.columns) add_column(name);
        break;
      case Step::Kind::kFill:
      case Step::Kind::kNumber:
      case Step::Kind::kJoin:
        add_column(step.column);
        break;
      default:
        break;
    }
  }
}

void WorkTable::choose_standard(const std::string& hint) {
  candidates_ = match_standards(profiles_, hint);
  const Match* chosen = nullptr;
  Match told;
  if (settings_.standard) {
    if (const Standard* standard = find_standard(*settings_.standard)) {
      told = match_standard(*standard, profiles_, hint);
      chosen = &told;
    }
  } else if (!candidates_.empty() && candidates_[0].confidence >= kSure) {
    chosen = &candidates_[0];
  }
  if (chosen != nullptr) {
    standard_ = chosen->standard;
    confidence_ = chosen->confidence;
    for (std::size_t at = 0; at < standard_->columns.size(); ++at) {
      std::size_t column = chosen->columns[at];
      const auto own = settings_.columns.find(standard_->columns[at].name);
      if (own != settings_.columns.end()) column = own->second.empty() ? WorkColumn::kNone : find(own->second);
      if (column == WorkColumn::kNone) continue;
      // What somebody told goes before what was found for another column of the standard.
      const bool taken = columns_[column].standard != WorkColumn::kNone;
      if (!taken || own != settings_.columns.end()) columns_[column].standard = at;
    }
  }
  if (candidates_.size() > 3) candidates_.resize(3);
}

void WorkTable::make_rules() {
  for (WorkColumn& column : columns_) {
    const ColumnProfile& profile = profiles_[column.profile];
    if (column.standard != WorkColumn::kNone) {
      const StandardColumn& of = standard_->columns[column.standard];
      column.rule = {of.type, &of.codes, profile.order};
      column.required = of.required && of.type != ColumnType::kMark;
    } else {
      column.rule = {type_by_name(profile), nullptr, profile.order};
    }
  }
  const std::size_t lat = of_type(ColumnType::kLatitude), lng = of_type(ColumnType::kLongitude);
  if (lat != WorkColumn::kNone && lng != WorkColumn::kNone) coordinates_ = {lat, lng};
}

void WorkTable::compile_steps() {
  for (const Step& step : steps_) {
    Action action{step.kind, &step, find(step.column), {}, {}};
    for (const std::string& name : step.columns) {
      if (const std::size_t at = find(name); at != WorkColumn::kNone) action.columns.push_back(at);
    }
    for (const CellEdit& edit : step.cells) {
      if (const std::size_t at = find(edit.column); at != WorkColumn::kNone)
        action.edits[edit.row].emplace_back(at, &edit.text);
    }
    using Kind = Step::Kind;
    const bool needs_column = step.kind == Kind::kForm || step.kind == Kind::kPlaceholder ||
                              step.kind == Kind::kSpaces || step.kind == Kind::kLines || step.kind == Kind::kWidth ||
                              step.kind == Kind::kDropColumn || step.kind == Kind::kSplit || step.kind == Kind::kFill ||
                              step.kind == Kind::kNumber || step.kind == Kind::kJoin || step.kind == Kind::kBands;
    const bool needs_two = step.kind == Kind::kSwap || step.kind == Kind::kDatum || step.kind == Kind::kSplit;
    if ((needs_column && action.column == WorkColumn::kNone) || (needs_two && action.columns.size() != 2)) continue;
    if (step.kind == Kind::kDropColumn) columns_[action.column].dropped = true;
    actions_.push_back(std::move(action));
  }
}

void WorkTable::find_municipality() {
  municipality_ = settings_.municipality;
  const std::size_t code = of_type(ColumnType::kCode);
  if (!municipality_.empty() || code == WorkColumn::kNone) return;
  std::size_t looked = 0;
  for_each(0, [&](const WorkRow& row) {
    const Form form = this->form(columns_[code], row.cells[code]);
    const std::string& text = form.fit == Form::Fit::kFine ? row.cells[code] : form.text;
    if (form.fit != Form::Fit::kWrong) municipality_ = text;
    return municipality_.empty() && ++looked < 20;
  });
}

std::vector<std::string> WorkTable::missing() const {
  std::vector<std::string> out;
  if (standard_ == nullptr) return out;
  for (std::size_t at = 0; at < standard_->columns.size(); ++at) {
    const bool here =
        std::any_of(columns_.begin(), columns_.end(), [at](const WorkColumn& c) { return c.standard == at; });
    if (standard_->columns[at].required && !here) out.push_back(standard_->columns[at].name);
  }
  return out;
}

std::size_t WorkTable::find(std::string_view name) const {
  const auto found =
      std::find_if(columns_.begin(), columns_.end(), [name](const WorkColumn& c) { return c.name == name; });
  return found == columns_.end() ? WorkColumn::kNone : static_cast<std::size_t>(found - columns_.begin());
}

std::size_t WorkTable::of_standard(std::string_view name) const {
  if (standard_ == nullptr) return WorkColumn::kNone;
  const std::size_t at = standard_->find(name);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].standard == at) return i;
  }
  return WorkColumn::kNone;
}

std::size_t WorkTable::of_type(ColumnType type) const {
  std::size_t other = WorkColumn::kNone;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].rule.type != type) continue;
    if (columns_[i].standard != WorkColumn::kNone) return i;
    if (other == WorkColumn::kNone) other = i;
  }
  return other;
}

Form WorkTable::form(const WorkColumn& column, std::string_view text) const {
  Form form = form_of(column.rule, text);
  if (column.rule.type == ColumnType::kCode && form.fit == Form::Fit::kFixable) {
    const std::string plain = nfkc(trim_wide(text));
    if (plain.size() >= 4) form.text = places_->code_of(plain).value_or(form.text);
  }
  return form;
}

void WorkTable::take(std::size_t n, const TableRecord& record, WorkRow& row) const {
  row.number = n;
  row.line = record.line;
  row.dropped = row.ragged = false;
  row.cells.resize(columns_.size());
  std::size_t files = 0;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::size_t source = columns_[i].source;
    row.cells[i].clear();
    if (source == WorkColumn::kMade) continue;
    files = std::max(files, source + 1);
    if (source < record.cells.size()) row.cells[i] = record.cells[source];
  }
  for (std::size_t i = files; i < record.cells.size(); ++i) row.ragged |= !trim_wide(record.cells[i]).empty();
}

void WorkTable::original(std::size_t n, WorkRow& out) const {
  TableRecord record;
  records_->read(data_ + n, record);
  take(n, record, out);
}

void WorkTable::row(std::size_t n, WorkRow& out) const {
  original(n, out);
  shape(out);
}

void WorkTable::shape(WorkRow& row) const {
  using Kind = Step::Kind;
  const auto number = [&row](std::size_t c) { return parse_number<double>(trim_wide(row.cells[c])); };
  for (const Action& action : actions_) {
    switch (action.kind) {
      case Kind::kForm: {
        std::string& cell = row.cells[action.column];
        Form made = form(columns_[action.column], cell);
        const bool wanted = made.fit == Form::Fit::kFixable || (made.fit == Form::Fit::kUnsure && action.step->unsure);
        if (wanted) cell = std::move(made.text);
        break;
      }
      case Kind::kPlaceholder:
        if (is_placeholder(row.cells[action.column])) row.cells[action.column].clear();
        break;
      case Kind::kSpaces:
        if (has_untidy_spaces(row.cells[action.column]))
          row.cells[action.column] = tidy_spaces(row.cells[action.column]);
        break;
      case Kind::kLines: {
        std::string& cell = row.cells[action.column];
        if (cell.find_first_of("\r\n") != std::string::npos) cell = single_spaces(cell);
        break;
      }
      case Kind::kWidth:
        if (has_untidy_width(row.cells[action.column])) row.cells[action.column] = tidy_width(row.cells[action.column]);
        break;
      case Kind::kCells: {
        const auto found = action.edits.find(row.number);
        if (found == action.edits.end()) break;
        for (const auto& [column, text] : found->second) row.cells[column] = *text;
        break;
      }
      case Kind::kDropRows:
        row.dropped |= std::binary_search(action.step->rows.begin(), action.step->rows.end(), row.number);
        break;
      case Kind::kDropEmpty:
        row.dropped |=
            std::all_of(row.cells.begin(), row.cells.end(), [](const std::string& c) { return trim_wide(c).empty(); });
        break;
      case Kind::kDropColumn:
        row.cells[action.column].clear();
        break;
      case Kind::kSwap: {
        const auto lat = number(action.columns[0]), lng = number(action.columns[1]);
        if (lat && lng && !in_japan({*lat, *lng}) && in_japan({*lng, *lat})) {
          std::swap(row.cells[action.columns[0]], row.cells[action.columns[1]]);
        }
        break;
      }
      case Kind::kDatum: {
        const auto lat = number(action.columns[0]), lng = number(action.columns[1]);
        if (!lat || !lng) break;
        const GeoPoint point = from_tokyo_datum({*lat, *lng});
        row.cells[action.columns[0]] = degrees_text(point.lat);
        row.cells[action.columns[1]] = degrees_text(point.lng);
        break;
      }
      case Kind::kSplit: {
        const std::string plain = nfkc(trim_wide(row.cells[action.column]));
        const std::size_t comma = plain.find(',');
        if (!parse_pair(plain)) break;
        for (const std::size_t i : {0u, 1u}) {
          std::string& cell = row.cells[action.columns[i]];
          if (cell.empty())
            cell = trim_wide(i == 0 ? std::string_view(plain).substr(0, comma)
                                    : std::string_view(plain).substr(comma + 1));
        }
        break;
      }
      case Kind::kFill:
        if (trim_wide(row.cells[action.column]).empty()) row.cells[action.column] = action.step->text;
        break;
      case Kind::kNumber:
        if (trim_wide(row.cells[action.column]).empty()) row.cells[action.column] = std::to_string(row.number + 1);
        break;
      case Kind::kJoin: {
        std::string& cell = row.cells[action.column];
        if (!trim_wide(cell).empty()) break;
        for (const std::size_t i : action.columns) cell += trim_wide(row.cells[i]);
        break;
      }
      case Kind::kBands:
        if (!row.cells[action.column].empty()) row.cells[action.column] = band(row.cells[action.column]);
        break;
      case Kind::kBlank:
        if (!std::binary_search(action.step->rows.begin(), action.step->rows.end(), row.number)) break;
        for (const std::size_t i : action.columns) row.cells[i].clear();
        break;
    }
  }
}

}  // namespace tsunagu::catalog
