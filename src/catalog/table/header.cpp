#include "catalog/table/header.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <unordered_map>

#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {
namespace {

std::size_t width_of(const std::vector<std::string_view>& record) {
  std::size_t width = record.size();
  while (width > 0 && trim_wide(record[width - 1]).empty()) --width;
  return width;
}

// The width that most records have; of several, the largest.
std::size_t usual_width(const std::vector<std::vector<std::string_view>>& records) {
  std::map<std::size_t, std::size_t> counts;
  for (const auto& record : records) ++counts[record.size()];
  std::size_t best = 0, count = 0;
  for (const auto& [width, n] : counts) {
    if (n >= count) {
      best = width;
      count = n;
    }
  }
  return best;
}

// Which cells say the same as another of their column? A record that is there again, as on every page, counts once.
class ColumnTexts {
 public:
  explicit ColumnTexts(std::span<const std::vector<std::string_view>> records) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (std::find(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(i), records[i]) !=
          records.begin() + static_cast<std::ptrdiff_t>(i)) {
        continue;
      }
      if (columns_.size() < records[i].size()) columns_.resize(records[i].size());
      for (std::size_t c = 0; c < records[i].size(); ++c) ++columns_[c][trim_wide(records[i][c])];
    }
  }
  bool repeats(std::size_t column, std::string_view text) const { return columns_[column].find(text)->second > 1; }

 private:
  std::vector<std::unordered_map<std::string_view, std::size_t>> columns_;
};

double score(const std::vector<std::string_view>& record, std::size_t width, const ColumnTexts& columns,
             const std::function<bool(std::string_view)>& known) {
  std::size_t filled = 0, texts = 0, names = 0;
  std::set<std::string_view> distinct;
  for (std::size_t c = 0; c < record.size(); ++c) {
    const std::string_view text = trim_wide(record[c]);
    if (text.empty()) continue;
    ++filled;
    distinct.insert(text);
    if (!json_number(text) && !columns.repeats(c, text)) ++texts;
    if (known(text)) ++names;
  }
  if (filled == 0 || distinct.size() * 2 < filled) return 0;  // a merged title, or "string,string,string"
  const double all = static_cast<double>(std::max<std::size_t>(width, 1));
  const double share = static_cast<double>(distinct.size()) / all;
  if (width > 2 && share < 0.3 && names < 3) return 0;
  // Numbers are data, and so is what stands in its column again; a word in a row with them may be called like a column
  // without being one.
  const double words = static_cast<double>(texts) / static_cast<double>(filled);
  return share * words + 2.0 * static_cast<double>(names) / all * words * words;
}

}  // namespace

HeaderPlace find_header(const std::vector<std::vector<std::string_view>>& records,
                        const std::function<bool(std::string_view)>& known) {
  const std::size_t width = usual_width(records);
  HeaderPlace place;
  double best = 0;
  const auto sample = std::span(records).first(std::min(records.size(), kHeaderSample));
  const ColumnTexts columns(sample);
  for (std::size_t i = 0; i < sample.size(); ++i) {
    // A later record has to be clearly better: the rows below a header look much like one.
    const double s = score(sample[i], width, columns, known);
    if (s > best * 1.25 + 0.05) {
      best = s;
      place.header = i;
    }
  }
  place.data = data_after(records, place.header);
  return place;
}

std::size_t data_after(const std::vector<std::vector<std::string_view>>& records, std::size_t header) {
  std::size_t data = header + 1;
  while (data < records.size() && !records[data].empty() && records[data][0].starts_with('#')) ++data;
  return data;
}

std::vector<std::string> column_names(const std::vector<std::string_view>& header, std::size_t width) {
  std::vector<std::string> names;
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < std::max(width, width_of(header)); ++i) {
    std::string name = i < header.size() ? single_spaces(header[i]) : std::string();
    if (name.empty()) name = "列" + std::to_string(i + 1);
    const std::size_t count = ++seen[name];
    names.push_back(count == 1 ? name : name + "#" + std::to_string(count));
  }
  return names;
}

}  // namespace tsunagu::catalog
