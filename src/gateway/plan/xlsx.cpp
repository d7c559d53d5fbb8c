#include <fcntl.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "gateway/plan/report.h"

namespace tsunagu::gateway::plan {
namespace {

namespace fs = std::filesystem;

/// A file that is gone when this is.
class TemporaryFile {
 public:
  TemporaryFile() {
    std::error_code fault;
    const fs::path folder = fs::temp_directory_path(fault);
    name_ = ((fault ? fs::path("/tmp") : folder) / "tsunagu-report-XXXXXX").string();
    const int file = ::mkostemp(name_.data(), O_CLOEXEC);
    good_ = file >= 0;
    if (good_) ::close(file);
  }
  ~TemporaryFile() {
    if (good_) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  bool good() const { return good_; }
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  bool good_ = false;
};

struct Formats {
  lxw_format *title, *head, *cell, *number, *note;
};

const char* const kFont = "Meiryo UI";

Formats make_formats(lxw_workbook* book) {
  const auto make = [book] {
    lxw_format* const f = workbook_add_format(book);
    format_set_font_name(f, kFont);
    format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
    return f;
  };
  Formats f{make(), make(), make(), make(), make()};
  format_set_bold(f.title);
  format_set_font_size(f.title, 16);
  format_set_bold(f.head);
  format_set_bg_color(f.head, 0xD9E6FF);
  format_set_border(f.head, LXW_BORDER_THIN);
  format_set_text_wrap(f.head);
  format_set_border(f.cell, LXW_BORDER_THIN);
  format_set_text_wrap(f.cell);
  format_set_border(f.number, LXW_BORDER_THIN);
  format_set_num_format(f.number, "#,##0.###");
  format_set_font_color(f.note, 0x5A5A5A);
  return f;
}

using Row = lxw_row_t;
using Column = lxw_col_t;

void put(lxw_worksheet* sheet, Row row, Column column, const std::string& text, const Formats& f) {
  const auto number =
      catalog::Decimal::parse(text.starts_with('+') ? std::string_view(text).substr(1) : std::string_view(text));
  if (number) {
    worksheet_write_number(sheet, row, column, number->number(), f.number);
  } else {
    worksheet_write_string(sheet, row, column, text.c_str(), f.cell);
  }
}

std::string text(Word w, Language language) {
  return std::string(word(w, language));
}

void chart_title(lxw_chart* chart, const std::string& title) {
  chart_title_set_name(chart, title.c_str());
  lxw_chart_font font{};
  std::string face = kFont;
  font.name = face.data();
  font.size = 11;
  font.bold = LXW_TRUE;
  chart_title_set_name_font(chart, &font);
}

/// The table of the indicators; gives the first row behind it.
Row write_table(lxw_worksheet* sheet, const catalog::PlanReport& plan, Language language, const Formats& f) {
  constexpr std::array kTitles{Word::kMeasure, Word::kIndicator, Word::kTarget, Word::kDue,
                               Word::kValue,   Word::kUnit,      Word::kDate,   Word::kAchievement,
                               Word::kGap,     Word::kOrigin,    Word::kSource};
  constexpr std::array<double, 11> kWidths{24, 34, 10, 12, 10, 10, 12, 12, 12, 16, 36};
  worksheet_write_string(sheet, 0, 0, plan.title.in(language == Language::kJapanese ? "ja" : "en").c_str(), f.title);
  const std::string period = text(Word::kPeriod, language) + ": " + plan.start + " – " + plan.end;
  worksheet_write_string(sheet, 1, 0, period.c_str(), f.note);
  worksheet_write_string(sheet, 2, 0, text(Word::kTruncated, language).c_str(), f.note);
  for (Column c = 0; c < kTitles.size(); ++c) {
    worksheet_set_column(sheet, c, c, kWidths[c], nullptr);
    worksheet_write_string(sheet, 4, c, text(kTitles[c], language).c_str(), f.head);
  }
  Row row = 5;
  for (const auto& measure : plan.measures) {
    for (const auto& [indicator, history] : measure.indicators) {
      const ReportLine line = line_of(plan, measure, indicator, indicator.shown(), language);
      Column c = 0;
      for (const std::string* cell : {&line.measure, &line.indicator, &line.target, &line.due, &line.value, &line.unit,
                                      &line.date, &line.achievement, &line.gap, &line.origin, &line.source}) {
        put(sheet, row, c++, *cell, f);
      }
      ++row;
    }
  }
  worksheet_freeze_panes(sheet, 5, 2);
  worksheet_set_landscape(sheet);
  worksheet_fit_to_pages(sheet, 1, 0);
  worksheet_set_paper(sheet, 9);  // A4
  return row;
}

void write_histories(lxw_workbook* book, lxw_worksheet* sheet, const catalog::PlanReport& plan, Language language,
                     const Formats& f) {
  const std::string name = text(Word::kHistory, language);
  worksheet_set_column(sheet, 0, 0, 34, nullptr);
  worksheet_set_column(sheet, 1, 4, 14, nullptr);
  Column c = 0;
  for (const Word title : {Word::kIndicator, Word::kDate, Word::kValue, Word::kUnit, Word::kOrigin}) {
    worksheet_write_string(sheet, 0, c++, text(title, language).c_str(), f.head);
  }
  Row row = 1, chart_row = 0;
  for (const auto& measure : plan.measures) {
    for (const auto& [indicator, history] : measure.indicators) {
      const Row first = row;
      std::string title;
      for (const auto& value : history) {
        if (const auto* const shown = indicator.shown(); shown != nullptr && shown->computed != value.computed)
          continue;
        const ReportLine line = line_of(plan, measure, indicator, &value, language);
        title = line.indicator;
        Column at = 0;
        for (const std::string* cell : {&line.indicator, &line.date, &line.value, &line.unit, &line.origin}) {
          put(sheet, row, at++, *cell, f);
        }
        ++row;
      }
      if (row - first < 2) continue;
      lxw_chart* const chart = workbook_add_chart(book, LXW_CHART_LINE);
      lxw_chart_series* const series = chart_add_series(chart, nullptr, nullptr);
      chart_series_set_categories(series, name.c_str(), first, 1, row - 1, 1);
      chart_series_set_values(series, name.c_str(), first, 2, row - 1, 2);
      chart_series_set_name(series, title.c_str());
      chart_title(chart, title);
      chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
      worksheet_insert_chart(sheet, chart_row, 6, chart);
      chart_row += 16;
    }
  }
  worksheet_freeze_panes(sheet, 1, 0);
}

}  // namespace

Result<std::string> to_xlsx(const catalog::PlanReport& plan, Language language) {
  const TemporaryFile file;
  const auto unable = [](const std::string& why) {
    return fail(ErrorCode::kUnavailable, "the workbook cannot be written: " + why);
  };
  if (!file.good()) return unable(std::strerror(errno));
  lxw_workbook* const book = workbook_new(file.name().c_str());
  if (book == nullptr) return unable("no memory");
  const Formats formats = make_formats(book);
  const std::string table = text(Word::kIndicator, language), history = text(Word::kHistory, language);
  lxw_worksheet* const first = workbook_add_worksheet(book, table.c_str());
  lxw_worksheet* const second = workbook_add_worksheet(book, history.c_str());
  const Row end = write_table(first, plan, language, formats);
  if (end > 5) {
    lxw_chart* const chart = workbook_add_chart(book, LXW_CHART_BAR);
    lxw_chart_series* const series = chart_add_series(chart, nullptr, nullptr);
    chart_series_set_categories(series, table.c_str(), 5, 1, end - 1, 1);
    chart_series_set_values(series, table.c_str(), 5, 7, end - 1, 7);
    chart_series_set_labels(series);
    chart_title(chart, text(Word::kAchievement, language));
    chart_axis_set_reverse(chart->y_axis);
    chart_axis_set_min(chart->x_axis, 0);
    chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    lxw_chart_options options{};
    options.x_scale = 1.8;
    options.y_scale = 1.3;
    worksheet_insert_chart_opt(first, end + 1, 1, chart, &options);
  }
  write_histories(book, second, plan, language, formats);
  if (const lxw_error fault = workbook_close(book); fault != LXW_NO_ERROR) return unable(lxw_strerror(fault));
  std::ifstream in(file.name(), std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in || bytes.empty()) return unable("it cannot be read back");
  return bytes;
}

}  // namespace tsunagu::gateway::plan
