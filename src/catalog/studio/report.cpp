#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "catalog/quality.h"
#include "catalog/studio/upload.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kMaxPoints = 20'000;

// Members of an object, one after the other.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  Object& text(std::string_view name, std::string_view value) {
    append_json_string(key(name), value);
    return *this;
  }
  template <class Number>
  Object& number(std::string_view name, Number value) {
    if constexpr (std::is_floating_point_v<Number>) {
      append_json_number(key(name), value);
    } else {
      append_json_number(key(name), static_cast<std::int64_t>(value));
    }
    return *this;
  }
  Object& truth(std::string_view name, bool value) {
    key(name) += value ? "true" : "false";
    return *this;
  }
  Object& both(std::string_view name, const std::pair<std::string, std::string>& texts) {
    Object inner(key(name));
    inner.text("ja", texts.first).text("en", texts.second);
    inner.end();
    return *this;
  }
  template <class Items, class Each>
  Object& list(std::string_view name, const Items& items, Each each) {
    std::string& out = key(name);
    out += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!std::exchange(first, false)) out += ',';
      each(out, item);
    }
    out += ']';
    return *this;
  }
  Object& texts(std::string_view name, const std::vector<std::string>& items) {
    return list(name, items, [](std::string& out, const std::string& item) { append_json_string(out, item); });
  }
  Object& null(std::string_view name) {
    key(name) += "null";
    return *this;
  }
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    append_json_string(out_, name);
    out_ += ':';
    return out_;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_standard(std::string& out, const Standard& standard, double confidence) {
  Object o(out);
  o.text("key", standard.key).both("title", {standard.title_ja, standard.title_en});
  o.number("confidence", std::round(confidence * 1000) / 1000).end();
}

void append_finding(std::string& out, const Finding& finding) {
  Object o(out);
  o.text("id", finding.id()).text("kind", finding.name()).text("severity", to_string(finding.severity));
  o.text("column", finding.column).number("count", finding.count);
  o.list("rows", finding.rows,
         [](std::string& to, std::size_t row) { append_json_number(to, static_cast<std::int64_t>(row)); });
  o.text("example", finding.example).both("message", finding_message(finding));
  if (finding.repair) {
    Object repair(o.key("repair"));
    repair.text("id", finding.id()).both("title", step_title(*finding.repair));
    repair.text("before", finding.example).text("after", finding.after).truth("sure", is_sure(finding)).end();
  } else {
    o.null("repair");
  }
  o.end();
}

const char* type_name(const WorkTable& table, const WorkColumn& column) {
  if (column.rule.type != ColumnType::kText) return to_string(column.rule.type);
  return to_string(table.profiles()[column.profile].type);
}

void append_table(Object& o, const UploadView& view) {
  const WorkTable& table = *view.table;
  const Analysis& a = view.analysis;
  o.number("headerRow", table.header_row()).texts("preamble", table.preamble()).number("rows", a.rows);
  o.list("columns", table.columns(), [&](std::string& out, const WorkColumn& column) {
    Object c(out);
    c.text("name", column.name);
    if (column.standard == WorkColumn::kNone) {
      c.null("standard");
    } else {
      c.text("standard", table.standard()->columns[column.standard].name);
    }
    const std::size_t i = static_cast<std::size_t>(&column - table.columns().data());
    c.text("type", type_name(table, column)).number("filled", a.filled[i]).truth("dropped", column.dropped);
    c.texts("examples", table.profiles()[column.profile].examples).end();
  });
  if (table.standard() != nullptr) {
    append_standard(o.key("standard"), *table.standard(), table.confidence());
  } else {
    o.null("standard");
  }
  o.list("candidates", table.candidates(),
         [](std::string& out, const Match& match) { append_standard(out, *match.standard, match.confidence); });
  o.texts("missing", table.missing()).text("municipality", table.municipality());
  o.list("findings", a.findings, append_finding);
  Object counts(o.key("counts"));
  counts.number("error", a.count(Severity::kError)).number("warning", a.count(Severity::kWarning));
  counts.number("note", a.count(Severity::kNote)).end();
  Object disclosure(o.key("disclosure"));
  disclosure.list("personal", a.disclosure.personal, [](std::string& out, const PersonalColumn& personal) {
    Object p(out);
    p.text("column", personal.column)
        .both("reason", {personal.reason_ja, personal.reason_en})
        .truth("forbidden", personal.forbidden)
        .end();
  });
  disclosure.texts("quasi", a.disclosure.quasi).number("smallGroups", a.disclosure.small_groups);
  disclosure.number("smallestGroup", Disclosure::kSmallest).end();
  o.list("repaired", table.steps(), [](std::string& out, const Step& step) {
    Object s(out);
    s.text("id", step.id).both("title", step_title(step)).number("cells", step.changed).end();
  });
  Quality quality;  // as it will be on the day of publication, under an open licence
  quality.stars = table.standard() != nullptr ? 5 : 3;
  quality.completeness = completeness_of(view);
  quality.validity = validity_of(view);
  quality.freshness = 1;
  const auto rounded = [](double value) { return std::round(value * 1000) / 1000; };
  Object q(o.key("quality"));
  q.number("stars", quality.stars).number("completeness", rounded(quality.completeness)).number("freshness", 1);
  q.number("validity", rounded(quality.validity)).number("score", rounded(score_of(quality))).end();
}

void append_cells(Object& o, const char* name, const std::vector<std::string>& cells) {
  o.list(name, cells, [](std::string& out, const std::string& cell) { append_json_string(out, cell); });
}

// Where the names of things stand, for the map.
std::size_t name_column(const WorkTable& table) {
  for (const char* name : {"名称", "イベント名", "介護サービス事業所名称", "地域名", "データ名称"}) {
    if (const std::size_t at = table.of_standard(name); at != WorkColumn::kNone) return at;
  }
  for (std::size_t i = 0; i < table.columns().size(); ++i) {
    const std::string plain = plain_name(table.columns()[i].name);
    if (plain == "名称" || plain == "施設名" || plain == "name" || plain == "city") return i;
  }
  return WorkColumn::kNone;
}

}  // namespace

double completeness_of(const UploadView& view) {
  const WorkTable& table = *view.table;
  const auto rows = static_cast<double>(std::max<std::size_t>(1, view.analysis.rows));
  double has = 0, all = 0;
  if (table.standard() == nullptr) {
    for (std::size_t i = 0; i < table.columns().size(); ++i) {
      if (table.columns()[i].dropped) continue;
      has += static_cast<double>(view.analysis.filled[i]) / rows;
      all += 1;
    }
    return all > 0 ? has / all : 0;
  }
  for (const StandardColumn& column : table.standard()->columns) {
    const double weight = column.required ? 2 : 1;
    all += weight;
    const std::size_t at = table.of_standard(column.name);
    if (at == WorkColumn::kNone || table.columns()[at].dropped) continue;
    // A mark that is not there says no.
    has += weight * (column.type == ColumnType::kMark ? 1 : static_cast<double>(view.analysis.filled[at]) / rows);
  }
  return all > 0 ? has / all : 0;
}

double validity_of(const UploadView& view) {
  const Analysis& a = view.analysis;
  if (a.cells == 0) return 1;
  return 1 - static_cast<double>(std::min(a.faulty_cells, a.cells)) / static_cast<double>(a.cells);
}

std::string report_json(const Upload& upload) {
  const auto [draft, view, state, error] = upload.now();
  constexpr std::array kStates{"reading", "ready", "failed"};
  std::string out;
  Object o(out);
  o.text("id", upload.id()).text("fileName", draft.file_name).number("byteSize", draft.byte_size);
  o.text("state", kStates[static_cast<std::size_t>(state)]);
  o.number("progress", view != nullptr ? 1.0 : std::round(upload.progress() * 1000) / 1000);
  o.text("created", to_string(draft.created));
  if (!error.empty()) o.text("error", error);
  if (!draft.dataset.empty()) o.text("dataset", draft.dataset);
  if (view != nullptr) {
    o.text("encoding", view->reading.xlsx ? "xlsx" : encoding_key(view->reading.encoding));
    o.texts("sheets", view->reading.sheets).text("sheet", view->reading.sheet);
    append_table(o, *view);
  }
  o.end();
  return out;
}

std::string rows_json(const UploadView& view, const RowsAsked& asked) {
  const WorkTable& table = *view.table;
  const Analysis& a = view.analysis;
  const auto wanted = [&](std::size_t n) { return a.kept[n] && (!asked.only_findings || a.flagged[n]); };
  std::size_t count = 0;
  std::vector<std::size_t> numbers;
  for (std::size_t n = 0; n < a.kept.size(); ++n) {
    if (!wanted(n)) continue;
    if (count >= asked.offset && numbers.size() < asked.limit) numbers.push_back(n);
    ++count;
  }
  std::string out;
  Object o(out);
  o.number("count", count);
  o.list("columns", table.columns(),
         [](std::string& to, const WorkColumn& column) { append_json_string(to, column.name); });
  std::vector<Hit> hits;
  WorkRow row, original;
  o.list("rows", numbers, [&](std::string& to, std::size_t n) {
    table.row(n, row);
    table.original(n, original);
    check_row(table, row, hits);
    if (std::binary_search(a.repeated_ids.begin(), a.repeated_ids.end(), n))
      hits.push_back({FindingKind::kDuplicateId, WorkColumn::kNone, Form::Fit::kWrong, {}});
    if (std::binary_search(a.repeated_rows.begin(), a.repeated_rows.end(), n))
      hits.push_back({FindingKind::kDuplicateRow, WorkColumn::kNone, Form::Fit::kWrong, {}});
    if (std::binary_search(a.disclosure.small_rows.begin(), a.disclosure.small_rows.end(), n))
      hits.push_back({FindingKind::kSmallGroups, WorkColumn::kNone, Form::Fit::kWrong, {}});
    std::vector<std::size_t> found;
    for (const Hit& hit : hits) {
      if (const std::size_t at = a.find(hit); at != WorkColumn::kNone) found.push_back(at);
    }
    Object r(to);
    r.number("row", n).number("line", row.line);
    append_cells(r, "cells", row.cells);
    append_cells(r, "original", original.cells);
    r.list("findings", found, [](std::string& list, std::size_t i) {
       append_json_number(list, static_cast<std::int64_t>(i));
     }).end();
  });
  o.end();
  return out;
}

std::string map_json(const UploadView& view) {
  const WorkTable& table = *view.table;
  const auto [lat_at, lng_at] = table.coordinates();
  std::string out = R"({"type":"FeatureCollection","features":[)";
  std::size_t points = 0;
  const std::size_t name_at = name_column(table);
  std::vector<Hit> hits;
  if (lat_at != WorkColumn::kNone) {
    table.for_each(0, [&](const WorkRow& row) {
      const auto lat = parse_number<double>(row.cells[lat_at]), lng = parse_number<double>(row.cells[lng_at]);
      if (row.dropped || !lat || !lng || std::abs(*lat) > 90 || std::abs(*lng) > 180) return true;
      check_row(table, row, hits);
      std::size_t found = WorkColumn::kNone;
      for (const Hit& hit : hits) found = std::min(found, view.analysis.find(hit));
      if (points++ > 0) out += ',';
      Object feature(out);
      feature.text("type", "Feature").key("geometry") +=
          fmt::format(R"({{"type":"Point","coordinates":[{},{}]}})", *lng, *lat);
      Object properties(feature.key("properties"));
      properties.number("row", row.number)
          .text("name", name_at == WorkColumn::kNone ? "" : std::string_view(row.cells[name_at]));
      if (found == WorkColumn::kNone) {
        properties.null("finding");
      } else {
        properties.number("finding", found);
      }
      properties.end();
      feature.end();
      return points < kMaxPoints;
    });
  }
  return out + "]}";
}

std::string standards_json() {
  std::string out = "[";
  for (const Standard& standard : standards()) {
    if (out.size() > 1) out += ',';
    Object o(out);
    o.text("key", standard.key).number("number", standard.number).both("title", {standard.title_ja, standard.title_en});
    o.text("entityType", standard.entity_type);
    o.list("columns", standard.columns, [](std::string& to, const StandardColumn& column) {
      Object c(to);
      c.text("name", column.name).texts("aliases", column.aliases).text("type", to_string(column.type));
      c.truth("required", column.required).texts("codes", column.codes).end();
    });
    o.end();
  }
  return out + "]";
}

}  // namespace tsunagu::catalog
