#include "catalog/studio/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kRowsTold = 20;
constexpr std::size_t kProgressRows = 1000;

Severity severity_of(FindingKind kind, Form::Fit fit, ColumnType type, bool standard) {
  switch (kind) {
    case FindingKind::kForm: {
      if (!standard) return Severity::kNote;
      switch (type) {
        case ColumnType::kPhone:
        case ColumnType::kUrl:
        case ColumnType::kKana:
        case ColumnType::kWeekdays:
        case ColumnType::kList:
        case ColumnType::kPostcode:
        case ColumnType::kMail:
        case ColumnType::kCorporateNumber:
          return Severity::kWarning;
        default:
          return fit == Form::Fit::kFixable ? Severity::kWarning : Severity::kError;
      }
    }
    case FindingKind::kWidth:
    case FindingKind::kLines:
    case FindingKind::kSpaces:
    case FindingKind::kEmptyColumn:
    case FindingKind::kExactAge:
    case FindingKind::kOtherEncoding:
      return Severity::kNote;
    case FindingKind::kPlaceholder:
    case FindingKind::kOutside:
    case FindingKind::kHalf:
    case FindingKind::kEmptyRow:
    case FindingKind::kDatum:
    case FindingKind::kDuplicateRow:
    case FindingKind::kPairColumn:
    case FindingKind::kAddressParts:
    case FindingKind::kCodeName:
      return Severity::kWarning;
    default:
      return Severity::kError;
  }
}

Step step(Step::Kind kind, const std::string& column) {
  Step out;
  out.kind = kind;
  out.column = column;
  return out;
}

// The repair of what was found in cells and rows.
std::optional<Step> repair_of(const WorkTable& table, FindingKind kind, Form::Fit fit, std::size_t column) {
  const std::string name = column == WorkColumn::kNone ? std::string() : table.columns()[column].name;
  const auto both = [&](Step::Kind which) {
    Step out = step(which, name);
    const auto [lat, lng] = table.coordinates();
    out.columns = {table.columns()[lat].name, table.columns()[lng].name};
    return out;
  };
  switch (kind) {
    case FindingKind::kForm: {
      if (fit == Form::Fit::kWrong) return std::nullopt;
      Step out = step(Step::Kind::kForm, name);
      out.unsure = fit == Form::Fit::kUnsure;
      return out;
    }
    case FindingKind::kPlaceholder:
      return step(Step::Kind::kPlaceholder, name);
    case FindingKind::kSpaces:
      return step(Step::Kind::kSpaces, name);
    case FindingKind::kLines:
      return step(Step::Kind::kLines, name);
    case FindingKind::kWidth:
      return step(Step::Kind::kWidth, name);
    case FindingKind::kSwapped:
      return both(Step::Kind::kSwap);
    case FindingKind::kDatum:
      return both(Step::Kind::kDatum);
    case FindingKind::kEmptyRow:
      return step(Step::Kind::kDropEmpty, {});
    case FindingKind::kRequired: {
      const std::size_t at = table.columns()[column].standard;
      if (at == WorkColumn::kNone) return std::nullopt;
      const ColumnType type = table.standard()->columns[at].type;
      if (type == ColumnType::kId) return step(Step::Kind::kNumber, name);
      if (type == ColumnType::kCode && !table.municipality().empty()) {
        Step out = step(Step::Kind::kFill, name);
        out.text = table.municipality();
        return out;
      }
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::string repaired_example(FindingKind kind, const std::string& cell, const std::string& after) {
  switch (kind) {
    case FindingKind::kSpaces:
      return tidy_spaces(cell);
    case FindingKind::kLines:
      return single_spaces(cell);
    case FindingKind::kWidth:
      return tidy_width(cell);
    default:
      return after;
  }
}

std::uint64_t key_of(FindingKind kind, Form::Fit fit, std::size_t column) {
  return static_cast<std::uint64_t>(column + 1) << 16 | static_cast<std::uint64_t>(kind) << 8 |
         static_cast<std::uint64_t>(fit);
}

/// One pass over a table.
class Pass {
 public:
  explicit Pass(const WorkTable& table) : table_(table), disclosure_(table) {
    out_.flagged.resize(table.rows());
    out_.kept.resize(table.rows());
    out_.filled.resize(table.columns().size());
    if (table.standard() != nullptr) {
      for (const std::string& name : table.standard()->id) {
        if (const std::size_t at = table.of_standard(name); at != WorkColumn::kNone) ids_.push_back(at);
      }
      if (ids_.size() != table.standard()->id.size()) ids_.clear();
      if (const std::size_t code = table.of_type(ColumnType::kCode); !ids_.empty() && code != WorkColumn::kNone)
        ids_.push_back(code);
    }
  }

  void take(const WorkRow& row) {
    if (row.dropped) return;
    check_row(table_, row, hits_);
    std::size_t faulty = 0, last = WorkColumn::kNone;
    for (const Hit& hit : hits_) {
      count(hit, row);
      if (hit.column != last && hit.column != WorkColumn::kNone && hit.kind != FindingKind::kLines &&
          hit.kind != FindingKind::kWidth) {
        ++faulty;
        last = hit.column;
      }
    }
    out_.flagged[row.number] = !hits_.empty();
    ++out_.rows;
    out_.kept[row.number] = true;
    out_.faulty_cells += faulty;
    whole_.clear();
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      whole_ += row.cells[i];
      whole_ += '\x1f';
      if (table_.columns()[i].dropped) continue;
      const bool filled = !row.cells[i].empty();
      out_.filled[i] += filled ? 1 : 0;
      out_.cells += filled || table_.columns()[i].required ? 1 : 0;
    }
    rows_.emplace_back(hash64(whole_), row.number);
    take_id(row);
    disclosure_.add(row);
    take_datum(row);
  }

  Analysis finish(const std::vector<ReadNote>& notes) {
    out_.repeated_rows = repeated(rows_);
    out_.repeated_ids = repeated(id_rows_);
    std::vector<std::size_t> only_ids;  // a whole row that is there twice is told once
    std::set_difference(out_.repeated_ids.begin(), out_.repeated_ids.end(), out_.repeated_rows.begin(),
                        out_.repeated_rows.end(), std::back_inserter(only_ids));
    out_.repeated_ids = std::move(only_ids);
    add_repeated();
    add_columns();
    add_disclosure();
    add_notes(notes);
    std::stable_sort(out_.findings.begin(), out_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
    for (std::size_t i = 0; i < out_.findings.size(); ++i) {
      const Finding& f = out_.findings[i];
      out_.places.emplace(key_of(f.kind, f.fit, f.column_at), i);
    }
    return std::move(out_);
  }

 private:
  void count(const Hit& hit, const WorkRow& row) {
    const auto [known, is_new] = places_.emplace(key_of(hit.kind, hit.fit, hit.column), out_.findings.size());
    if (is_new) {
      Finding finding;
      finding.kind = hit.kind;
      finding.fit = hit.fit;
      if (hit.column != WorkColumn::kNone) {
        const WorkColumn& column = table_.columns()[hit.column];
        finding.type = column.rule.type;
        finding.column = column.name;
        finding.column_at = hit.column;
        finding.example = row.cells[hit.column].substr(0, 300);
        finding.after = repaired_example(hit.kind, row.cells[hit.column], hit.after).substr(0, 300);
        while (!valid_utf8(finding.example)) finding.example.pop_back();
        while (!valid_utf8(finding.after)) finding.after.pop_back();
      }
      const bool of_standard =
          hit.column == WorkColumn::kNone || table_.columns()[hit.column].standard != WorkColumn::kNone;
      finding.severity = severity_of(hit.kind, hit.fit, finding.type, of_standard);
      finding.repair = repair_of(table_, hit.kind, hit.fit, hit.column);
      out_.findings.push_back(std::move(finding));
    }
    Finding& finding = out_.findings[known->second];
    ++finding.count;
    if (finding.rows.size() < kRowsTold) finding.rows.push_back(row.number);
  }

  void take_id(const WorkRow& row) {
    if (ids_.empty()) return;
    std::string key;
    bool any = false;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const std::string_view text = trim_wide(row.cells[ids_[i]]);
      any |= i + 1 < ids_.size() && !text.empty();
      key += text;
      key += '\x1f';
    }
    if (any) id_rows_.emplace_back(hash64(key), row.number);
  }

  // Do points that lie outside come inside when they are read in the old datum? Only an outline can tell.
  void take_datum(const WorkRow& row) {
    const auto [lat_at, lng_at] = table_.coordinates();
    if (lat_at == WorkColumn::kNone) return;
    const auto lat = parse_number<double>(row.cells[lat_at]), lng = parse_number<double>(row.cells[lng_at]);
    const Place* place = table_.places().find(table_.municipality());
    if (!lat || !lng || place == nullptr || place->rings.empty()) return;
    if (table_.places().contains(*place, {*lat, *lng})) return;
    ++outside_;
    if (table_.places().contains(*place, from_tokyo_datum({*lat, *lng}))) ++old_datum_;
  }

  static std::vector<std::size_t> repeated(std::vector<std::pair<std::uint64_t, std::size_t>>& keys) {
    std::sort(keys.begin(), keys.end());
    std::vector<std::size_t> out;
    for (std::size_t i = 1; i < keys.size(); ++i) {
      if (keys[i].first == keys[i - 1].first) out.push_back(keys[i].second);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  void add(Finding finding) {
    finding.severity = severity_of(finding.kind, finding.fit, finding.type, table_.standard() != nullptr);
    out_.findings.push_back(std::move(finding));
  }

  Finding of_rows(FindingKind kind, const std::vector<std::size_t>& rows) {
    Finding finding;
    finding.kind = kind;
    finding.count = rows.size();
    finding.rows.assign(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), kRowsTold)));
    for (const std::size_t row : rows) out_.flagged[row] = true;
    return finding;
  }

  void add_repeated() {
    if (!out_.repeated_rows.empty()) {
      Finding finding = of_rows(FindingKind::kDuplicateRow, out_.repeated_rows);
      finding.repair = step(Step::Kind::kDropRows, {});
      finding.repair->rows = out_.repeated_rows;
      add(std::move(finding));
    }
    if (!out_.repeated_ids.empty()) {
      Finding finding = of_rows(FindingKind::kDuplicateId, out_.repeated_ids);
      finding.column = table_.columns()[ids_.front()].name;
      add(std::move(finding));
    }
    if (old_datum_ >= 3 && old_datum_ * 10 >= outside_ * 9) {
      Finding finding;
      finding.kind = FindingKind::kDatum;
      finding.column = table_.columns()[table_.coordinates().first].name;
      finding.count = old_datum_;
      finding.fit = Form::Fit::kUnsure;
      finding.repair = repair_of(table_, FindingKind::kDatum, finding.fit, table_.coordinates().first);
      add(std::move(finding));
    }
  }

  void add_columns() {
    const auto& columns = table_.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].dropped || out_.rows == 0) continue;
      if (out_.filled[i] == 0 && columns[i].standard == WorkColumn::kNone) {
        Finding finding;
        finding.kind = FindingKind::kEmptyColumn;
        finding.column = columns[i].name;
        finding.count = 1;
        finding.repair = step(Step::Kind::kDropColumn, columns[i].name);
        add(std::move(finding));
      }
      if (table_.profiles()[columns[i].profile].pairs && table_.coordinates().first == WorkColumn::kNone) {
        Finding finding;
        finding.kind = FindingKind::kPairColumn;
        finding.column = columns[i].name;
        finding.count = out_.filled[i];
        finding.example = table_.profiles()[columns[i].profile].examples.empty()
                              ? ""
                              : table_.profiles()[columns[i].profile].examples[0];
        finding.repair = step(Step::Kind::kSplit, columns[i].name);
        finding.repair->columns = {"緯度", "経度"};
        add(std::move(finding));
      }
    }
    if (table_.standard() == nullptr) return;
    for (const StandardColumn& column : table_.standard()->columns) {
      if (table_.of_standard(column.name) != WorkColumn::kNone) continue;
      const bool code = column.type == ColumnType::kCode, id = column.type == ColumnType::kId;
      if (!column.required && !code && !id) continue;
      Finding finding;
      finding.kind = FindingKind::kMissingColumn;
      finding.column = column.name;
      finding.type = column.type;
      finding.count = 1;
      if (id) finding.repair = step(Step::Kind::kNumber, column.name);
      if (code && !table_.municipality().empty()) {
        finding.repair = step(Step::Kind::kFill, column.name);
        finding.repair->text = finding.after = table_.municipality();
      }
      add(std::move(finding));
    }
    add_address();
  }

  // An address in several columns: town in one, number in another.
  void add_address() {
    const std::size_t at = table_.of_standard("住所");
    if (table_.standard()->find("住所") == table_.standard()->columns.size()) return;
    if (at != WorkColumn::kNone && plain_name(table_.columns()[at].name) == "住所") return;
    std::size_t town = WorkColumn::kNone, number = WorkColumn::kNone;
    for (std::size_t i = 0; i < table_.columns().size(); ++i) {
      const std::string name = plain_name(table_.columns()[i].name);
      if (name == "所在地町字" || name == "町字" || name == "町名" || name == "townname") town = i;
      if (name == "所在地番地以下" || name == "番地以下" || name == "番地" || name == "address") number = i;
    }
    if (town == WorkColumn::kNone) return;
    Finding finding;
    finding.kind = FindingKind::kAddressParts;
    finding.column = "住所";
    finding.count = out_.filled[town];
    finding.repair = step(Step::Kind::kJoin, "住所");
    for (const std::size_t part : {table_.of_standard("都道府県名"), table_.of_standard("市区町村名"), town, number}) {
      if (part != WorkColumn::kNone) finding.repair->columns.push_back(table_.columns()[part].name);
    }
    add(std::move(finding));
  }

  void add_disclosure() {
    out_.disclosure = disclosure_.finish();
    for (const PersonalColumn& personal : out_.disclosure.personal) {
      Finding finding;
      finding.kind = FindingKind::kPersonal;
      finding.column = personal.column;
      finding.count = out_.filled[table_.find(personal.column)];
      finding.detail = personal.reason_ja + '\n' + personal.reason_en;
      finding.repair = step(Step::Kind::kDropColumn, personal.column);
      add(std::move(finding));
    }
    if (out_.disclosure.small_groups == 0) return;
    Finding finding = of_rows(FindingKind::kSmallGroups, out_.disclosure.small_rows);
    finding.repair = step(Step::Kind::kBlank, {});
    finding.repair->rows = out_.disclosure.small_rows;
    finding.repair->columns = out_.disclosure.quasi;
    add(std::move(finding));
    for (const std::string& age : out_.disclosure.ages) {
      if (table_.profiles()[table_.columns()[table_.find(age)].profile].type != ColumnType::kInteger) continue;
      Finding exact;
      exact.kind = FindingKind::kExactAge;
      exact.column = age;
      exact.count = out_.filled[table_.find(age)];
      exact.repair = step(Step::Kind::kBands, age);
      add(std::move(exact));
    }
  }

  void add_notes(const std::vector<ReadNote>& notes) {
    for (const ReadNote& note : notes) {
      Finding finding;
      finding.kind = note.kind == ReadNote::Kind::kOtherEncoding ? FindingKind::kOtherEncoding
                     : note.kind == ReadNote::Kind::kUnreadable  ? FindingKind::kUnreadable
                                                                 : FindingKind::kBrokenRecord;
      finding.count = note.count;
      finding.example = note.detail;
      for (const std::size_t line : note.lines) {
        if (line != 0) finding.detail += (finding.detail.empty() ? "" : ", ") + std::to_string(line);
      }
      if (note.count > note.lines.size()) finding.detail += " …";
      add(std::move(finding));
    }
  }

  const WorkTable& table_;
  DisclosureCheck disclosure_;
  Analysis out_;
  std::map<std::uint64_t, std::size_t> places_;  // → findings
  std::vector<Hit> hits_;
  std::vector<std::size_t> ids_;
  std::vector<std::pair<std::uint64_t, std::size_t>> rows_, id_rows_;  // hash, number
  std::string whole_;
  std::size_t outside_ = 0, old_datum_ = 0;
};

}  // namespace

const char* to_string(Severity severity) {
  constexpr std::array kNames{"error", "warning", "note"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::size_t Analysis::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(), [severity](const Finding& f) { return f.severity == severity; }));
}

std::size_t Analysis::find(const Hit& hit) const {
  const auto found = places.find(key_of(hit.kind, hit.fit, hit.column));
  return found == places.end() ? WorkColumn::kNone : found->second;
}

std::optional<Analysis> analyse(const WorkTable& table, const std::vector<ReadNote>& notes,
                                std::atomic<std::uint64_t>& done, const std::atomic<bool>& stop) {
  Pass pass(table);
  table.for_each(0, [&](const WorkRow& row) {
    pass.take(row);
    if (row.number % kProgressRows == 0) done = row.number;
    return !stop;
  });
  if (stop) return std::nullopt;
  return pass.finish(notes);
}

}  // namespace tsunagu::catalog
