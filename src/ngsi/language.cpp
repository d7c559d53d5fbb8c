#include "ngsi/language.h"

#include <algorithm>
#include <charconv>

#include "ngsi/json_walk.h"

namespace tsunagu::ngsi {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

double quality(std::string_view parameters) {
  const auto q = parameters.find("q=");
  if (q == parameters.npos) return 1;
  const std::string_view number = trim(parameters.substr(q + 2));
  double value = 1;
  std::from_chars(number.data(), number.data() + number.size(), value);
  return value;
}

}  // namespace

std::vector<std::string_view> language_ranges(std::string_view text) {
  std::vector<std::pair<double, std::string_view>> weighted;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view range = trim(item.substr(0, semicolon));
    const double q = quality(item.substr(semicolon));
    if (!range.empty() && q > 0) weighted.emplace_back(q, range);
  }
  std::stable_sort(weighted.begin(), weighted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string_view> ranges;
  for (const auto& [q, range] : weighted) ranges.push_back(range);
  return ranges;
}

LanguageChoice choose_language(std::string_view map, const std::vector<std::string_view>& ranges) {
  LanguageChoice found;
  const auto take = [&map, &found](auto&& suits) {
    return walk::any_member(map, [&](std::string_view key, std::string_view value) {
      if (!suits(key.substr(1, key.size() - 2))) return false;
      found = {key, value};
      return true;
    });
  };
  for (const std::string_view range : ranges) {
    if (range == "*") break;
    for (std::string_view cut = range;;) {
      if (take([cut](std::string_view tag) { return same(tag, cut); })) return found;
      const std::size_t dash = cut.rfind('-');
      if (dash == cut.npos) break;
      cut = cut.substr(0, dash);
    }
    const auto special = [range](std::string_view tag) {
      return tag.size() > range.size() && tag[range.size()] == '-' && same(tag.substr(0, range.size()), range);
    };
    if (take(special)) return found;
  }
  if (!take([](std::string_view tag) { return tag == "@none"; })) take([](std::string_view) { return true; });
  return found;
}

}  // namespace tsunagu::ngsi
