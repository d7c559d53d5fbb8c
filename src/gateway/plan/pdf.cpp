#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "gateway/plan/report.h"

namespace tsunagu::gateway::plan {
namespace {

// Points; A4.
constexpr double kWidth = 595.28, kHeight = 841.89, kMargin = 48, kInner = kWidth - 2 * kMargin;
constexpr double kFooter = kHeight - 34, kBottom = kHeight - 58;
constexpr const char* kFaces = "Noto Sans CJK JP, BIZ UDPGothic, Noto Sans JP, sans-serif";

struct Colour {
  double r, g, b;
};
constexpr Colour kInk{0.1, 0.1, 0.1}, kSoft{0.35, 0.35, 0.35}, kLine{0.8, 0.82, 0.85}, kKey{0, 0.09, 0.76},
    kPale{0.85, 0.9, 1}, kGoal{0.72, 0, 0.36};

struct Style {
  double size = 9;
  bool bold = false;
  Colour colour = kInk;
  double width = 0;  ///< wraps there; 0: one line
  bool right = false;
};

class Paper {
 public:
  explicit Paper(std::string& out)
      : surface_(cairo_pdf_surface_create_for_stream(&Paper::write, &out, kWidth, kHeight), cairo_surface_destroy),
        cairo_(cairo_create(surface_.get()), cairo_destroy),
        layout_(pango_cairo_create_layout(cairo_.get()), g_object_unref) {}

  cairo_t* cairo() { return cairo_.get(); }
  cairo_surface_t* surface() { return surface_.get(); }

  /// Writes, or with `draw` false only measures; gives the height.
  double text(double x, double y, const std::string& what, const Style& style, bool draw = true) {
    const std::unique_ptr<PangoFontDescription, decltype(&pango_font_description_free)> font(
        pango_font_description_new(), pango_font_description_free);
    pango_font_description_set_family(font.get(), kFaces);
    pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
    if (style.bold) pango_font_description_set_weight(font.get(), PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout_.get(), font.get());
    pango_layout_set_width(layout_.get(), style.width > 0 ? static_cast<int>(style.width * PANGO_SCALE) : -1);
    pango_layout_set_wrap(layout_.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout_.get(), style.right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_text(layout_.get(), what.data(), static_cast<int>(what.size()));
    int width = 0, height = 0;
    pango_layout_get_size(layout_.get(), &width, &height);
    if (draw) {
      colour(style.colour);
      const double shift = style.right && style.width <= 0 ? static_cast<double>(width) / PANGO_SCALE : 0;
      cairo_move_to(cairo_.get(), x - shift, y);
      pango_cairo_show_layout(cairo_.get(), layout_.get());
    }
    return static_cast<double>(height) / PANGO_SCALE;
  }
  void colour(Colour c) { cairo_set_source_rgb(cairo_.get(), c.r, c.g, c.b); }
  void box(double x, double y, double w, double h, Colour c) {
    colour(c);
    cairo_rectangle(cairo_.get(), x, y, w, h);
    cairo_fill(cairo_.get());
  }
  void line(double x1, double y1, double x2, double y2, Colour c, double width = 0.6) {
    colour(c);
    cairo_set_line_width(cairo_.get(), width);
    cairo_move_to(cairo_.get(), x1, y1);
    cairo_line_to(cairo_.get(), x2, y2);
    cairo_stroke(cairo_.get());
  }

 private:
  static cairo_status_t write(void* out, const unsigned char* bytes, unsigned size) {
    static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
    return CAIRO_STATUS_SUCCESS;
  }
  std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface_;
  std::unique_ptr<cairo_t, decltype(&cairo_destroy)> cairo_;
  std::unique_ptr<PangoLayout, decltype(&g_object_unref)> layout_;
};

/// "1527" → "1,527".
std::string grouped(std::string number) {
  const std::size_t point = std::min(number.find('.'), number.size()), first = number.starts_with('-') ? 1 : 0;
  for (std::size_t at = point; at > first + 3; at -= 3) number.insert(at - 3, ",");
  return number;
}

class Report {
 public:
  Report(std::string& out, const catalog::PlanReport& plan, Language language, Instant made)
      : paper_(out), plan_(plan), language_(language), made_(made) {}

  Result<void> draw() {
    heading();
    table();
    for (const auto& measure : plan_.measures) {
      for (const auto& each : measure.indicators) figure(measure, each);
    }
    footer();
    cairo_surface_finish(paper_.surface());
    const cairo_status_t status = cairo_surface_status(paper_.surface());
    if (status != CAIRO_STATUS_SUCCESS) {
      return fail(ErrorCode::kUnavailable,
                  std::string("the report cannot be drawn: ") + cairo_status_to_string(status));
    }
    return {};
  }

 private:
  std::string say(Word w) const { return std::string(word(w, language_)); }
  std::string in(const catalog::Text& text) const { return text.in(language_ == Language::kJapanese ? "ja" : "en"); }

  void footer() {
    ++page_;
    paper_.line(kMargin, kFooter - 6, kWidth - kMargin, kFooter - 6, kLine);
    paper_.text(kMargin, kFooter, say(Word::kMade) + " " + day_of(made_) + "  Tsunagu つなぐ",
                {.size = 7.5, .colour = kSoft});
    paper_.text(kWidth - kMargin, kFooter, say(Word::kPage) + " " + std::to_string(page_),
                {.size = 7.5, .colour = kSoft, .right = true});
  }
  void room_for(double height) {
    if (y_ + height <= kBottom) return;
    footer();
    cairo_show_page(paper_.cairo());
    y_ = kMargin;
  }

  void heading() {
    y_ += paper_.text(kMargin, y_, say(Word::kReport), {.size = 10, .bold = true, .colour = kKey}) + 2;
    y_ += paper_.text(kMargin, y_, in(plan_.title), {.size = 19, .bold = true, .width = kInner}) + 4;
    std::string about = in(plan_.vision);
    if (!plan_.start.empty()) {
      if (!about.empty()) about += "　";
      about += say(Word::kPeriod) + ": " + plan_.start + " – " + plan_.end;
    }
    if (!about.empty()) y_ += paper_.text(kMargin, y_, about, {.size = 10, .colour = kSoft, .width = kInner}) + 4;
    y_ += 6;
  }

  void table() {
    struct Column {
      Word title;
      double width;
      bool right;
    };
    static constexpr Column kColumns[] = {{Word::kMeasure, 104, false}, {Word::kIndicator, 142, false},
                                          {Word::kTarget, 58, true},    {Word::kValue, 58, true},
                                          {Word::kDate, 60, true},      {Word::kAchievement, 77.28, true}};
    const auto row = [&](const std::vector<std::string>& cells, bool head) {
      double height = 0, x = kMargin;
      const auto style = [&](const Column& c) {
        return Style{.size = 8.5, .bold = head, .width = c.width - 8, .right = c.right};
      };
      for (std::size_t i = 0; i < cells.size(); ++i)
        height = std::max(height, paper_.text(0, 0, cells[i], style(kColumns[i]), false));
      room_for(height + 8);
      if (head) paper_.box(kMargin, y_, kInner, height + 8, kPale);
      for (std::size_t i = 0; i < cells.size(); ++i) {
        paper_.text(x + 4, y_ + 4, cells[i], style(kColumns[i]));
        x += kColumns[i].width;
      }
      y_ += height + 8;
      paper_.line(kMargin, y_, kWidth - kMargin, y_, kLine);
    };
    std::vector<std::string> titles;
    for (const Column& c : kColumns) titles.push_back(say(c.title));
    row(titles, true);
    for (const auto& measure : plan_.measures) {
      for (const auto& [indicator, history] : measure.indicators) {
        const ReportLine l = line_of(plan_, measure, indicator, indicator.shown(), language_);
        std::string reached = l.achievement;
        if (!l.gap.empty()) reached += "\n" + say(Word::kGap) + " " + l.gap;
        row({l.measure, l.indicator, grouped(l.target) + " " + l.unit, grouped(l.value) + " " + l.unit, l.date,
             reached},
            false);
      }
    }
    y_ += 6;
    y_ += paper_.text(kMargin, y_, say(Word::kTruncated), {.size = 7.5, .colour = kSoft, .width = kInner}) + 16;
  }

  void figure(const catalog::MeasureReport& measure, const catalog::IndicatorReport& each) {
    constexpr double kChart = 118, kText = 150;
    const auto* const shown = each.indicator.shown();
    const ReportLine l = line_of(plan_, measure, each.indicator, shown, language_);
    room_for(kChart + 52);
    paper_.line(kMargin, y_, kWidth - kMargin, y_, kKey, 1.2);
    y_ += 7;
    y_ += paper_.text(kMargin, y_, l.indicator, {.size = 12, .bold = true, .width = kInner}) + 1;
    y_ += paper_.text(kMargin, y_, l.measure, {.size = 8.5, .colour = kSoft, .width = kInner}) + 7;
    double at = y_;
    if (shown == nullptr) {
      at += paper_.text(kMargin, at, say(Word::kNothing), {.size = 10, .colour = kSoft, .width = kText});
    } else {
      at += paper_.text(kMargin, at, grouped(l.value) + " " + l.unit, {.size = 20, .bold = true, .width = kText}) + 1;
      std::string about = l.date + "  " + l.origin;
      if (!l.source.empty()) about += "\n" + l.source;
      if (!l.target.empty()) {
        about += "\n" + say(Word::kTarget) + ": " + grouped(l.target) + " " + l.unit;
        if (!l.due.empty() || !l.target_note.empty()) {
          about += " (" + l.target_note + (l.target_note.empty() || l.due.empty() ? "" : ", ") + l.due + ")";
        }
      }
      if (!l.achievement.empty()) about += "\n" + say(Word::kAchievement) + ": " + l.achievement;
      if (!l.gap.empty()) about += "\n" + say(Word::kGap) + ": " + l.gap;
      paper_.text(kMargin, at, about, {.size = 8.5, .width = kText});
    }
    chart(each, kMargin + kText + 18, y_, kInner - kText - 18, kChart);
    y_ += kChart + 18;
  }

  /// The history as a line, or a single value as a bar; the target as a dashed line.
  void chart(const catalog::IndicatorReport& each, double x, double y, double w, double h) {
    std::vector<std::pair<double, double>> points;
    const auto* const shown = each.indicator.shown();
    if (shown == nullptr) return;
    for (const auto& value : each.history) {
      if (value.computed == shown->computed && value.at != kNoInstant)
        points.emplace_back(static_cast<double>(value.at.us), value.value.number());
    }
    const catalog::Target* const target = each.indicator.target(plan_.id);
    double top = target ? target->value.number() : shown->value.number();
    for (const auto& [t, v] : points) top = std::max(top, v);
    top = std::max(top, shown->value.number()) * 1.12;
    if (!(top > 0)) top = 1;
    const double left = x + 38, bottom = y + h - 16, right = x + w - 6, height = bottom - y - 4;
    const auto level = [&](double v) { return bottom - std::max(v, 0.0) / top * height; };
    const double step = nice(top / 3);
    for (double v = 0; v <= top; v += step) {
      paper_.line(left, level(v), right, level(v), kLine, 0.5);
      const auto label = catalog::Decimal::parse(short_number(v));
      paper_.text(left - 4, level(v) - 5, label ? grouped(label->text()) : "",
                  {.size = 7, .colour = kSoft, .right = true});
    }
    cairo_t* const g = paper_.cairo();
    if (points.size() >= 2) {
      const double first = points.front().first, span = std::max(points.back().first - first, 1.0);
      const auto place = [&](double t) { return left + (t - first) / span * (right - left); };
      paper_.colour(kKey);
      cairo_set_line_width(g, 1.6);
      cairo_new_path(g);  // texts leave a point
      for (const auto& [t, v] : points) cairo_line_to(g, place(t), level(v));
      cairo_stroke(g);
      for (const auto& [t, v] : points) {
        cairo_new_path(g);
        cairo_arc(g, place(t), level(v), 1.6, 0, 7);
        cairo_fill(g);
      }
      paper_.text(left, bottom + 3, day_of(Instant{static_cast<std::int64_t>(first)}), {.size = 7, .colour = kSoft});
      paper_.text(right, bottom + 3, day_of(Instant{static_cast<std::int64_t>(points.back().first)}),
                  {.size = 7, .colour = kSoft, .right = true});
    } else {
      const double middle = (left + right) / 2;
      paper_.box(middle - 26, level(shown->value.number()), 52, bottom - level(shown->value.number()), kKey);
      paper_.text(middle - 24, bottom + 3, day_of(shown->at), {.size = 7, .colour = kSoft});
    }
    if (target != nullptr) {
      const double goal = level(target->value.number()), dashes[] = {4, 3};
      cairo_set_dash(g, dashes, 2, 0);
      paper_.line(left, goal, right, goal, kGoal, 1.2);
      cairo_set_dash(g, nullptr, 0, 0);
      paper_.text(right, goal - 11, say(Word::kTargetLine) + " " + grouped(target->value.fixed(each.indicator.digits)),
                  {.size = 7.5, .bold = true, .colour = kGoal, .right = true});
    }
    paper_.line(left, bottom, right, bottom, kSoft, 0.8);
  }

  static double nice(double rough) {
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double n : {1.0, 2.0, 5.0}) {
      if (n * power >= rough) return n * power;
    }
    return 10 * power;
  }
  static std::string short_number(double v) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", v);
    return text;
  }

  Paper paper_;
  const catalog::PlanReport& plan_;
  const Language language_;
  const Instant made_;
  double y_ = kMargin;
  int page_ = 0;
};

}  // namespace

Result<std::string> to_pdf(const catalog::PlanReport& plan, Language language, Instant made) {
  std::string out;
  {
    Report report(out, plan, language, made);
    if (auto drawn = report.draw(); !drawn) return tl::unexpected(drawn.error());
  }
  return out;
}

}  // namespace tsunagu::gateway::plan
