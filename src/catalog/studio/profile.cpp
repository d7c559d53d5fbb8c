#include "catalog/studio/profile.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/json.h"
#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kSampleRows = 500, kSampleCells = 200'000, kOrderRows = 100'000;

// Tried in this order; the first that nine of ten cells are.
constexpr std::array kTried{ColumnType::kUrl,     ColumnType::kMail,   ColumnType::kDate,  ColumnType::kTime,
                            ColumnType::kInteger, ColumnType::kNumber, ColumnType::kPhone, ColumnType::kFlag};

struct Votes {
  std::array<std::size_t, kTried.size()> fits{};
  std::size_t pairs = 0, slash = 0, cells = 0;
};

bool counts_for(ColumnType type, std::string_view text) {
  if (type == ColumnType::kFlag && !json_number(text).has_value() && is_placeholder(text)) return false;
  const bool number = type == ColumnType::kInteger || type == ColumnType::kNumber;
  if (number && text.size() > 1 && text[0] == '0' && text[1] != '.') return false;  // a code, not a number
  const Form form = form_of({type, nullptr, DateOrder::kMonthFirst}, text);
  if (form.fit == Form::Fit::kFine) return type != ColumnType::kFlag || text == "有" || text == "無";
  if (form.fit != Form::Fit::kFixable) return false;
  return type != ColumnType::kPhone && (type != ColumnType::kFlag || !json_number(text).has_value());
}

void find_orders(const RowFile& rows, std::size_t data, const std::vector<std::size_t>& which,
                 std::vector<ColumnProfile>& columns) {
  if (which.empty()) return;
  std::vector<std::pair<bool, bool>> beyond(columns.size());  // first, second number > 12
  rows.for_each(data, data + kOrderRows, [&](std::size_t, const TableRecord& record) {
    for (const std::size_t c : which) {
      if (c >= record.cells.size()) continue;
      if (const auto pair = slash_date(record.cells[c])) {
        beyond[c].first |= pair->first > 12;
        beyond[c].second |= pair->second > 12;
      }
    }
    return true;
  });
  for (const std::size_t c : which) {
    const auto [first, second] = beyond[c];
    if (first != second) columns[c].order = first ? DateOrder::kDayFirst : DateOrder::kMonthFirst;
  }
}

bool fits_type(const ColumnProfile& column, ColumnType wanted) {
  const ColumnType has = column.type;
  if (column.seen == 0) return true;
  const bool number = has == ColumnType::kInteger || has == ColumnType::kNumber;
  switch (wanted) {
    case ColumnType::kLatitude:
    case ColumnType::kLongitude:
      return number || has == ColumnType::kText;
    case ColumnType::kInteger:
    case ColumnType::kNumber:
      return has != ColumnType::kUrl && has != ColumnType::kMail && has != ColumnType::kDate && !column.pairs;
    case ColumnType::kCode:
      return number || has == ColumnType::kPhone || has == ColumnType::kText;
    case ColumnType::kUrl:
      return has == ColumnType::kUrl || has == ColumnType::kText;
    case ColumnType::kDate:
      return has == ColumnType::kDate || has == ColumnType::kText;
    case ColumnType::kKana:
    case ColumnType::kWeekdays:
      return has == ColumnType::kText;
    case ColumnType::kText:
      return true;
    default:
      return true;
  }
}

// In how many standards a column is: what only one has tells most.
double rarity(const std::string& name) {
  static const auto counts = [] {
    std::unordered_map<std::string, int> out;
    for (const Standard& standard : standards()) {
      for (const StandardColumn& column : standard.columns) ++out[column.name];
    }
    return out;
  }();
  const auto found = counts.find(name);
  const double n = found == counts.end() ? 1 : found->second;
  return 0.15 + std::log(15.0 / n);
}

std::string stem(const std::string& title) {
  constexpr std::string_view kList = "一覧";
  return title.ends_with(kList) ? title.substr(0, title.size() - kList.size()) : title;
}

bool hinted(const Standard& standard, std::string_view hint) {
  if (hint.find(stem(standard.title_ja)) != std::string_view::npos) return true;
  std::string key = standard.key, spaced = key;
  std::replace(spaced.begin(), spaced.end(), '-', '_');
  if (spaced.ends_with('s')) spaced.pop_back();
  return hint.find(key) != std::string_view::npos || hint.find(spaced) != std::string_view::npos;
}

}  // namespace

std::vector<ColumnProfile> profile_columns(const RowFile& rows, std::size_t data, std::vector<std::string> names) {
  std::vector<ColumnProfile> out(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) out[i].name = std::move(names[i]);
  const std::size_t all = rows.size() - std::min(rows.size(), data);
  const std::size_t wanted =
      std::clamp<std::size_t>(kSampleCells / std::max<std::size_t>(1, out.size()), 5, kSampleRows);
  const std::size_t step = std::max<std::size_t>(1, all / wanted);
  std::vector<Votes> votes(out.size());
  TableRecord record;
  for (std::size_t n = data; n < rows.size(); n += step) {
    rows.read(n, record);
    for (std::size_t c = 0; c < std::min(out.size(), record.cells.size()); ++c) {
      const std::string_view text = trim_wide(record.cells[c]);
      if (text.empty() || is_placeholder(text)) continue;
      ColumnProfile& column = out[c];
      Votes& vote = votes[c];
      ++column.seen;
      if (column.examples.size() < 3 &&
          std::find(column.examples.begin(), column.examples.end(), text) == column.examples.end()) {
        column.examples.emplace_back(text.substr(0, 200));
        while (!valid_utf8(column.examples.back())) column.examples.back().pop_back();
      }
      if (text.size() > 200) continue;
      for (std::size_t t = 0; t < kTried.size(); ++t) vote.fits[t] += counts_for(kTried[t], text) ? 1 : 0;
      vote.pairs += parse_pair(text) ? 1 : 0;
      vote.slash += slash_date(text) ? 1 : 0;
    }
  }
  std::vector<std::size_t> slashes;
  for (std::size_t c = 0; c < out.size(); ++c) {
    const auto most = [&](std::size_t n) { return out[c].seen > 0 && n * 10 >= out[c].seen * 9; };
    out[c].pairs = most(votes[c].pairs);
    for (std::size_t t = kTried.size(); t-- > 0;) {
      if (most(votes[c].fits[t])) out[c].type = kTried[t];
    }
    if (votes[c].slash > 0) slashes.push_back(c);
  }
  find_orders(rows, data, slashes, out);
  return out;
}

Match match_standard(const Standard& standard, const std::vector<ColumnProfile>& columns, std::string_view hint) {
  Match match;
  match.standard = &standard;
  match.columns.assign(standard.columns.size(), Match::kNone);
  std::unordered_map<std::string, std::vector<std::size_t>> by_name;
  std::size_t filled = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    std::string name = plain_name(columns[i].name);
    if (name.empty()) continue;
    by_name[std::move(name)].push_back(i);
    filled += columns[i].seen > 0 ? 1 : 0;
  }
  std::vector<bool> taken(columns.size());
  // First the names themselves, then the aliases, each column of the file once. One without content is a last resort.
  const auto take = [&](std::size_t at, const std::string& name, bool with_content) {
    const auto found = by_name.find(plain_name(name));
    if (found == by_name.end()) return;
    for (const std::size_t i : found->second) {
      if (taken[i] || (columns[i].seen > 0) != with_content || !fits_type(columns[i], standard.columns[at].type))
        continue;
      taken[i] = true;
      match.columns[at] = i;
      return;
    }
  };
  for (const bool with_content : {true, false}) {
    for (std::size_t at = 0; at < standard.columns.size(); ++at) {
      if (match.columns[at] == Match::kNone) take(at, standard.columns[at].name, with_content);
    }
    // Aliases in the order of how near they are, over all columns, so that a weak one takes nobody's place.
    std::size_t longest = 0;
    for (const StandardColumn& column : standard.columns) longest = std::max(longest, column.aliases.size());
    for (std::size_t rank = 0; rank < longest; ++rank) {
      for (std::size_t at = 0; at < standard.columns.size(); ++at) {
        if (match.columns[at] != Match::kNone || rank >= standard.columns[at].aliases.size()) continue;
        take(at, standard.columns[at].aliases[rank], with_content);
      }
    }
  }
  double all = 0, found = 0;
  std::size_t required = 0, required_found = 0, matched = 0;
  const bool pairs = std::any_of(columns.begin(), columns.end(), [](const ColumnProfile& c) { return c.pairs; });
  for (std::size_t at = 0; at < standard.columns.size(); ++at) {
    const StandardColumn& column = standard.columns[at];
    const bool place = column.type == ColumnType::kLatitude || column.type == ColumnType::kLongitude;
    const bool has = match.columns[at] != Match::kNone && columns[match.columns[at]].seen > 0;
    const double weight = rarity(column.name) * (column.required ? 2 : 1);
    all += weight;
    if (has || (place && pairs)) found += weight;
    matched += has ? 1 : 0;
    required += column.required ? 1 : 0;
    required_found += column.required && has ? 1 : 0;
  }
  const double share = all > 0 ? found / all : 0;
  const double precision = filled > 0 ? std::min(1.0, static_cast<double>(matched) / static_cast<double>(filled)) : 0;
  const double needed = required > 0 ? static_cast<double>(required_found) / static_cast<double>(required) : 1;
  match.confidence = 0.35 * precision + 0.3 * share + 0.35 * needed;
  if (needed < 0.3 || matched < 3) match.confidence *= 0.5;
  if (matched >= 3 && hinted(standard, hint)) match.confidence = std::min(1.0, match.confidence + 0.15);
  return match;
}

std::vector<Match> match_standards(const std::vector<ColumnProfile>& columns, std::string_view hint) {
  std::vector<Match> out;
  for (const Standard& standard : standards()) out.push_back(match_standard(standard, columns, hint));
  std::stable_sort(out.begin(), out.end(), [](const Match& a, const Match& b) { return a.confidence > b.confidence; });
  return out;
}

}  // namespace tsunagu::catalog
