#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>

#include "sim/season.h"

namespace tsunagu::sim {
namespace {

constexpr double kLeft = 84, kWidth = 1'060, kTop = 104, kGap = 34;
// Colours that stay apart for people who see few of them (Okabe and Ito), dark enough to be read as text.
constexpr std::string_view kHandColour = "#b3541e", kRulesColour = "#00618e", kAirColour = "#767676",
                           kRainColour = "#56a0d3", kWantedColour = "#d9ead3";

class Panel {
 public:
  Panel(std::string& out, double top, double height, double least, double most, std::string_view title,
        std::size_t count)
      : out_(out), top_(top), height_(height), least_(least), most_(most), count_(count) {
    out_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"t\">{}</text>\n", kLeft, top - 8, title);
    out_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#949494\"/>\n",
                        kLeft, top, kWidth, height);
  }
  double x(std::size_t i) const { return kLeft + kWidth * static_cast<double>(i) / static_cast<double>(count_ - 1); }
  double y(double v) const { return top_ + height_ * (1 - (std::clamp(v, least_, most_) - least_) / (most_ - least_)); }
  void line_at(double v, std::string_view label) const {
    out_ += fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#e0e0e0\"/>", kLeft,
                        kLeft + kWidth, y(v), y(v));
    out_ += fmt::format("<text x=\"{}\" y=\"{:.1f}\" class=\"n\">{}</text>\n", kLeft - 6, y(v) + 4, label);
  }
  void curve(std::string_view colour, double thickness, const std::function<double(std::size_t)>& value) const {
    out_ += fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" points=\"", colour, thickness);
    for (std::size_t i = 0; i < count_; ++i) out_ += fmt::format("{:.1f},{:.1f} ", x(i), y(value(i)));
    out_ += "\"/>\n";
  }
  void band(std::string_view colour, const std::function<double(std::size_t)>& low,
            const std::function<double(std::size_t)>& high) const {
    out_ += fmt::format("<polygon fill=\"{}\" points=\"", colour);
    for (std::size_t i = 0; i < count_; ++i) out_ += fmt::format("{:.1f},{:.1f} ", x(i), y(high(i)));
    for (std::size_t i = count_; i-- > 0;) out_ += fmt::format("{:.1f},{:.1f} ", x(i), y(low(i)));
    out_ += "\"/>\n";
  }

 private:
  std::string& out_;
  double top_, height_, least_, most_;
  std::size_t count_;
};

void dates(std::string& out, const Season& season, double bottom) {
  const int year = season.settings.year;
  const std::size_t count = season.hours.size();
  for (int month = 5; month <= 9; ++month) {
    for (const int day : {1, 11, 21}) {
      const std::int64_t hour = (local_instant(year, month, day).us - season.hours.front().at.us) / kHour;
      if (hour < 0 || hour >= static_cast<std::int64_t>(count)) continue;
      const double x = kLeft + kWidth * static_cast<double>(hour) / static_cast<double>(count - 1);
      out += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\" stroke=\"#e0e0e0\"/>", x, kTop,
                         bottom);
      out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" class=\"c\">{}/{}</text>\n", x, bottom + 18, month, day);
    }
  }
  const auto x_of = [&](int month, double day) {
    const double hour = static_cast<double>(local_instant(year, month, 1).us - season.hours.front().at.us) /
                            static_cast<double>(kHour) +
                        (day - 1) * 24;
    return kLeft + kWidth * hour / static_cast<double>(count - 1);
  };
  out += fmt::format("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"#fdeceb\"/>\n", x_of(7, 4),
                     kTop, x_of(7, 17) - x_of(7, 4), bottom - kTop);
  out += fmt::format("<text x=\"{:.1f}\" y=\"{}\" class=\"c\">冷害危険期 7/4–16</text>\n",
                     (x_of(7, 4) + x_of(7, 17)) / 2, kTop - 8);
}

}  // namespace

std::string picture(const Season& season) {
  const auto& hours = season.hours;
  const std::size_t count = hours.size();
  if (count < 2) return {};
  constexpr double kHeights[] = {96, 190, 130, 66, 110, 84};
  double bottom = kTop;
  for (const double height : kHeights) bottom += height + kGap;
  bottom -= kGap;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 {0}\" width=\"1200\" height=\"{0}\" role=\"img\" "
      "font-family=\"'BIZ UDPGothic','Noto Sans CJK JP',sans-serif\" font-size=\"14\">\n"
      "<title>水田の一季（シミュレーション） A season of a paddy (simulation)</title>\n"
      "<style>.t{{font-weight:bold;fill:#1a1a1a}}.n{{text-anchor:end;fill:#4d4d4d;font-size:12px}}"
      ".c{{text-anchor:middle;fill:#4d4d4d;font-size:12px}}</style>\n"
      "<rect width=\"1200\" height=\"{0}\" fill=\"#fff\"/>\n",
      bottom + 96);
  const Outcome &hand = season.of(Practice::kByHand), &rules = season.of(Practice::kByRules);
  out += fmt::format(
      "<text x=\"{}\" y=\"32\" font-size=\"22\" font-weight=\"bold\">水田の水管理 {}年（{}）</text>\n"
      "<rect x=\"930\" y=\"12\" width=\"214\" height=\"28\" rx=\"4\" fill=\"#fff\" stroke=\"#b00020\" "
      "stroke-width=\"2\"/>"
      "<text x=\"1037\" y=\"32\" text-anchor=\"middle\" fill=\"#b00020\" font-weight=\"bold\">シミュレーション "
      "simulation</text>\n"
      "<text x=\"{}\" y=\"60\"><tspan fill=\"{}\" font-weight=\"bold\">━ 人手（朝夕の見回り） by hand</tspan>　"
      "<tspan fill=\"{}\" font-weight=\"bold\">━ 規則 by rules</tspan>　<tspan "
      "fill=\"#4d4d4d\">緑の帯：目標水深　1枚目の水田、"
      "seed {}</tspan></text>\n",
      kLeft, season.settings.year, season.cold_year ? "低温年、中干しなし" : "平年並み、中干しあり", kLeft, kHandColour,
      kRulesColour, season.settings.seed);
  dates(out, season, bottom);

  double top = kTop;
  const auto next = [&](int i) { top += kHeights[i] + kGap; };
  {
    Panel panel(out, top, kHeights[0], 0, 36, "気温 ℃ air ・ 雨 mm/h rain", count);
    for (const int v : {10, 20, 30}) panel.line_at(v, std::to_string(v));
    panel.curve(kRainColour, 1, [&](std::size_t i) { return static_cast<double>(hours[i].rain_mm); });
    panel.curve(kAirColour, 1, [&](std::size_t i) { return static_cast<double>(hours[i].air_c); });
    next(0);
  }
  {
    Panel panel(out, top, kHeights[1], -60, 200, "水深 mm depth", count);
    panel.band(
        kWantedColour, [&](std::size_t i) { return static_cast<double>(hours[i].least_mm); },
        [&](std::size_t i) { return static_cast<double>(hours[i].most_mm); });
    for (const int v : {-50, 0, 50, 100, 150}) panel.line_at(v, std::to_string(v));
    panel.curve(kHandColour, 1.4, [&](std::size_t i) { return static_cast<double>(hours[i].side[0].level_mm); });
    panel.curve(kRulesColour, 1.6, [&](std::size_t i) { return static_cast<double>(hours[i].side[1].level_mm); });
    next(1);
  }
  {
    Panel panel(out, top, kHeights[2], 5, 40, "水温 ℃ water temperature（点線：17 ℃）", count);
    for (const int v : {10, 20, 30}) panel.line_at(v, std::to_string(v));
    out += fmt::format(
        "<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#b00020\" stroke-dasharray=\"4 4\"/>\n", kLeft,
        kLeft + kWidth, panel.y(17), panel.y(17));
    panel.curve(kHandColour, 1, [&](std::size_t i) { return static_cast<double>(hours[i].side[0].water_c); });
    panel.curve(kRulesColour, 1.2, [&](std::size_t i) { return static_cast<double>(hours[i].side[1].water_c); });
    next(2);
  }
  {
    Panel panel(out, top, kHeights[3], -1.15, 1.15, "給水ゲート gate（上：規則 rules、下：人手 by hand）", count);
    panel.line_at(0, "閉");
    panel.band(
        kRulesColour, [](std::size_t) { return 0.0; },
        [&](std::size_t i) { return static_cast<double>(hours[i].side[1].inlet); });
    panel.band(
        kHandColour, [&](std::size_t i) { return -static_cast<double>(hours[i].side[0].inlet); },
        [](std::size_t) { return 0.0; });
    next(3);
  }
  {
    const double most =
        100 * std::ceil(std::max(hours.back().side[0].used_mm, hours.back().side[1].used_mm) / 100.0 + 0.01);
    Panel panel(out, top, kHeights[4], 0, most, "使った用水 mm water used", count);
    for (int v = 0; v <= static_cast<int>(most); v += most > 1200 ? 500 : 200) panel.line_at(v, std::to_string(v));
    panel.curve(kHandColour, 2, [&](std::size_t i) { return static_cast<double>(hours[i].side[0].used_mm); });
    panel.curve(kRulesColour, 2, [&](std::size_t i) { return static_cast<double>(hours[i].side[1].used_mm); });
    next(4);
  }
  {
    const double most = std::ceil(std::max(hours.back().side[0].hours, hours.back().side[1].hours) / 2.0 + 0.01) * 2;
    Panel panel(out, top, kHeights[5], 0, most, "水管理の作業時間 h hours worked", count);
    for (int v = 0; v <= static_cast<int>(most); v += 4) panel.line_at(v, std::to_string(v));
    panel.curve(kHandColour, 2, [&](std::size_t i) { return static_cast<double>(hours[i].side[0].hours); });
    panel.curve(kRulesColour, 2, [&](std::size_t i) { return static_cast<double>(hours[i].side[1].hours); });
  }
  const auto change = [](double a, double b) { return a > 0 ? 100 * (b - a) / a : 0.0; };
  out += fmt::format(
      "<text x=\"{}\" y=\"{}\">{}枚の合計　用水 {:.0f} → {:.0f} m³（{:+.0f} %）　作業 {:.0f} → {:.0f} 時間（{:+.0f} "
      "%）　"
      "危険期の穂の冷え {:.1f} → {:.1f} ℃・日</text>\n"
      "<text x=\"{}\" y=\"{}\" fill=\"#4d4d4d\" "
      "font-size=\"12\">計算模型による値で、実測ではありません（docs/simulator.md）。"
      "Figures of a model, not measured.</text>\n</svg>\n",
      kLeft, bottom + 52, season.settings.fields, hand.water_m3, rules.water_m3, change(hand.water_m3, rules.water_m3),
      hand.hours, rules.hours, change(hand.hours, rules.hours), hand.cold_sum, rules.cold_sum, kLeft, bottom + 78);
  return out;
}

}  // namespace tsunagu::sim
