#include "catalog/studio/step.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "catalog/import/json_walk.h"

namespace tsunagu::catalog {
namespace {

constexpr std::array<std::string_view, 17> kKinds{"form",     "placeholder", "spaces",     "lines", "width", "cells",
                                                  "dropRows", "dropEmpty",   "dropColumn", "swap",  "datum", "split",
                                                  "fill",     "number",      "join",       "bands", "blank"};

std::string text_of(std::string_view json) {
  return json.starts_with('"') ? json_string_text(json) : std::string();
}

template <class Each>
void list(std::string_view json, Each each) {
  if (json.starts_with('[')) for_each_element(json, each);
}

}  // namespace

void append_json(std::string& out, const Step& step) {
  out += R"({"kind":)";
  append_json_string(out, kKinds[static_cast<std::size_t>(step.kind)]);
  out += R"(,"id":)";
  append_json_string(out, step.id);
  out += R"(,"column":)";
  append_json_string(out, step.column);
  out += R"(,"text":)";
  append_json_string(out, step.text);
  out += fmt::format(R"(,"unsure":{},"changed":{},"group":{},"columns":[)", step.unsure, step.changed, step.group);
  for (std::size_t i = 0; i < step.columns.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, step.columns[i]);
  }
  out += R"(],"rows":[)";
  for (std::size_t i = 0; i < step.rows.size(); ++i) out += fmt::format("{}{}", i > 0 ? "," : "", step.rows[i]);
  out += R"(],"cells":[)";
  for (std::size_t i = 0; i < step.cells.size(); ++i) {
    out += fmt::format(R"({}{{"row":{},"column":)", i > 0 ? "," : "", step.cells[i].row);
    append_json_string(out, step.cells[i].column);
    out += R"(,"text":)";
    append_json_string(out, step.cells[i].text);
    out += '}';
  }
  out += "]}";
}

std::optional<Step> read_step(std::string_view json) {
  if (!json.starts_with('{')) return std::nullopt;
  Step step;
  bool known = false;
  for_each_member(json, [&](const std::string& name, std::string_view value) {
    if (name == "kind") {
      const auto found = std::find(kKinds.begin(), kKinds.end(), text_of(value));
      known = found != kKinds.end();
      step.kind = static_cast<Step::Kind>(found - kKinds.begin());
    } else if (name == "id") {
      step.id = text_of(value);
    } else if (name == "column") {
      step.column = text_of(value);
    } else if (name == "text") {
      step.text = text_of(value);
    } else if (name == "unsure") {
      step.unsure = value == "true";
    } else if (name == "changed") {
      step.changed = parse_number<std::size_t>(value).value_or(0);
    } else if (name == "group") {
      step.group = parse_number<unsigned>(value).value_or(0);
    } else if (name == "columns") {
      list(value, [&](std::string_view item) { step.columns.push_back(text_of(item)); });
    } else if (name == "rows") {
      list(value, [&](std::string_view item) { step.rows.push_back(parse_number<std::size_t>(item).value_or(0)); });
    } else if (name == "cells") {
      list(value, [&](std::string_view item) {
        CellEdit edit;
        if (!item.starts_with('{')) return;
        for_each_member(item, [&](const std::string& member, std::string_view part) {
          if (member == "row") edit.row = parse_number<std::size_t>(part).value_or(0);
          if (member == "column") edit.column = text_of(part);
          if (member == "text") edit.text = text_of(part);
        });
        step.cells.push_back(std::move(edit));
      });
    }
  });
  if (!known) return std::nullopt;
  return step;
}

std::pair<std::string, std::string> step_title(const Step& step) {
  const std::string& c = step.column;
  using Kind = Step::Kind;
  switch (step.kind) {
    case Kind::kForm:
      return step.unsure
                 ? std::pair(fmt::format("「{}」を推測して正しい形式に直す", c),
                             fmt::format("Put {} into its proper form, by a guess", c))
                 : std::pair(fmt::format("「{}」を正しい形式に直す", c), fmt::format("Put {} into its proper form", c));
    case Kind::kPlaceholder:
      return {fmt::format("「{}」の「-」「なし」などを空欄にする", c),
              fmt::format("Empty the cells of {} that say nothing (\"-\", \"なし\")", c)};
    case Kind::kSpaces:
      return {fmt::format("「{}」の余分な空白を取る", c), fmt::format("Remove needless spaces from {}", c)};
    case Kind::kLines:
      return {fmt::format("「{}」のセル内改行を空白にする", c),
              fmt::format("Turn line breaks inside {} into spaces", c)};
    case Kind::kWidth:
      return {fmt::format("「{}」の全角英数字を半角に、半角カナを全角にする", c),
              fmt::format("Put letters, digits and kana of {} into their usual width", c)};
    case Kind::kCells:
      return {"セルを書きかえる", "Change cells by hand"};
    case Kind::kDropRows:
      return {"重複した行を取りのぞく", "Leave out repeated rows"};
    case Kind::kDropEmpty:
      return {"空の行を取りのぞく", "Leave out empty rows"};
    case Kind::kDropColumn:
      return {fmt::format("「{}」の列を公開しない", c), fmt::format("Leave out the column {}", c)};
    case Kind::kSwap:
      return {"入れかわった緯度と経度を戻す", "Put latitude and longitude the right way round"};
    case Kind::kDatum:
      return {"旧日本測地系から世界測地系に直す", "Convert from the old Japanese datum to the world geodetic system"};
    case Kind::kSplit:
      return {fmt::format("「{}」を緯度と経度に分ける", c), fmt::format("Split {} into latitude and longitude", c)};
    case Kind::kFill:
      return {fmt::format("「{}」の空欄に「{}」を入れる", c, step.text),
              fmt::format("Put {} into empty cells of {}", step.text, c)};
    case Kind::kNumber:
      return {fmt::format("「{}」に通し番号を付ける", c), fmt::format("Number the rows in {}", c)};
    case Kind::kJoin:
      return {fmt::format("分かれた列をつなげて「{}」を作る", c),
              fmt::format("Make {} from the columns that hold its parts", c)};
    case Kind::kBands:
      return {fmt::format("「{}」を大まかな区分にする", c), fmt::format("Make {} coarser", c)};
    case Kind::kBlank:
      return {"人が特定されうる行の値を空欄にする", "Empty what could tell who somebody is"};
  }
  return {};
}

}  // namespace tsunagu::catalog
