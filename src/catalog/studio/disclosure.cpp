#include "catalog/studio/disclosure.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "catalog/disclosure/inference.h"
#include "catalog/disclosure/suppression.h"
#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kSample = 1000;

bool contains_any(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [name](std::string_view w) { return name.find(w) != std::string_view::npos; });
}
bool is_any(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), name) != words.end();
}

std::string digits_of(std::string_view text) {
  std::string plain = nfkc(text);
  std::erase_if(plain, [](char c) { return c == '-' || c == ' '; });
  return plain;
}

bool is_mobile(std::string_view text) {
  const std::string plain = digits_of(text);
  return plain.size() == 11 && (plain.starts_with("090") || plain.starts_with("080") || plain.starts_with("070"));
}

// Names as plain_name() makes them: small letters, katakana for hiragana.
bool names_person(std::string_view n) {
  return contains_any(
             n, {"氏名", "世帯主", "患者名", "申請者", "生徒名", "児童名", "保護者名", "受給者", "お名前", "オ名前"}) ||
         is_any(n, {"姓", "苗字", "fullname", "personname"});
}
bool names_birth(std::string_view n) {
  return contains_any(n, {"生年月日", "誕生日", "birthday", "birthdate", "dateofbirth"});
}
bool names_number(std::string_view n) {
  return contains_any(n, {"個人番号", "マイナンバー", "mynumber"});
}
bool names_age(std::string_view n) {
  return is_any(n, {"年齢", "年代", "年齢層", "年齢階級", "age", "agegroup", "患者年代", "患者年齢", "学年"});
}
bool names_sex(std::string_view n) {
  return is_any(n, {"性別", "sex", "gender", "sexen", "患者性別"});
}
bool names_residence(std::string_view n) {
  return contains_any(n, {"居住地", "住居地", "居住市", "居住町", "住所地", "患者居住", "residence", "出身地"});
}
bool names_count(std::string_view n) {
  return is_any(n, {"人数", "件数", "患者数", "陽性者数", "count", "persons"});
}
bool names_trait(std::string_view n) {
  return is_any(n, {"職業", "国籍", "occupation", "nationality", "患者職業", "属性", "障害等級", "要介護度"});
}

}  // namespace

bool is_personal_number(std::string_view text) {
  if (text.size() != 12) return false;
  int sum = 0;
  for (std::size_t n = 1; n <= 12; ++n) {
    const char c = text[12 - n];
    if (c < '0' || c > '9') return false;
    if (n == 1) continue;
    const int place = static_cast<int>(n) - 1;  // 1 … 11 from the right, without the check digit
    sum += (c - '0') * (place <= 6 ? place + 1 : place - 5);
  }
  const int rest = sum % 11;
  return text[11] - '0' == (rest <= 1 ? 0 : 11 - rest);
}

DisclosureCheck::DisclosureCheck(const WorkTable& table) {
  const auto& columns = table.columns();
  std::vector<std::string> names;
  for (const WorkColumn& column : columns) names.push_back(plain_name(column.name));
  // A table about persons: addresses and telephones in it are theirs. In lists of facilities they are not.
  const bool persons = table.standard() == nullptr && std::any_of(names.begin(), names.end(), [](const std::string& n) {
                         return names_person(n) || names_birth(n) || names_number(n) || names_age(n) || names_sex(n);
                       });
  struct Filled {
    std::size_t filled = 0, numbers = 0, mobiles = 0;
  };
  std::vector<Filled> content(columns.size());
  std::size_t seen = 0;
  table.for_each(0, [&](const WorkRow& row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (row.cells[i].empty() || row.cells[i].size() > 40) continue;
      ++content[i].filled;
      if (row.cells[i].size() < 11) continue;
      content[i].numbers += is_personal_number(digits_of(row.cells[i])) ? 1 : 0;
      content[i].mobiles += is_mobile(row.cells[i]) ? 1 : 0;
    }
    return ++seen < kSample;
  });
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& n = names[i];
    const Filled& c = content[i];
    if (columns[i].dropped) continue;
    if (persons && names_count(n)) count_ = i;
    const auto most = [&c](std::size_t count) { return count >= 3 && count * 10 >= c.filled * 6; };
    const auto personal = [&](const char* ja, const char* en, bool forbidden = false) {
      found_.personal.push_back({columns[i].name, ja, en, forbidden});
    };
    if (names_number(n) || most(c.numbers)) {
      personal("個人番号（マイナンバー）です。公開できません", "My Numbers of persons: they must not be published",
               true);
    } else if (names_person(n) || (persons && is_any(n, {"名前", "name", "フリガナ", "カナ"}))) {
      personal("個人の氏名です", "Names of persons");
    } else if (names_birth(n)) {
      personal("個人の生年月日です", "Dates of birth");
    } else if (most(c.mobiles) || contains_any(n, {"携帯電話", "携帯番号"})) {
      personal("携帯電話の番号です", "Numbers of mobile telephones");
    } else if (contains_any(n, {"口座番号", "被保険者番号", "保険証", "免許証番号", "旅券番号"})) {
      personal("個人を特定する番号です", "Numbers that stand for persons");
    } else if (persons && (columns[i].rule.type == ColumnType::kPhone || contains_any(n, {"電話"}))) {
      personal("個人の電話番号です", "Telephone numbers of persons");
    } else if (persons && (columns[i].rule.type == ColumnType::kMail || contains_any(n, {"メール", "mail"}))) {
      personal("個人のメールアドレスです", "Mail addresses of persons");
    } else if (persons && is_any(n, {"住所", "自宅住所", "現住所", "address"})) {
      personal("個人の住所です", "Addresses of persons");
    } else if (persons && (names_age(n) || names_sex(n) || names_residence(n) || names_trait(n))) {
      quasi_.push_back(i);
      found_.quasi.push_back(columns[i].name);
      if (names_age(n)) found_.ages.push_back(columns[i].name);
    }
  }
}

void DisclosureCheck::add(const WorkRow& row) {
  if (quasi_.empty() || row.dropped) return;
  std::string key;
  for (const std::size_t i : quasi_) {
    key += row.cells[i];
    key += '\x1f';
  }
  Group& group = groups_[hash64(key)];
  if (group.count < Disclosure::kSmallest - 1) group.rows[group.count] = row.number;
  ++group.count;
  if (count_ == WorkColumn::kNone) return;
  if (count_rows_.size() > FrequencyTable::kMaxCells) return;
  CountRow& count = count_rows_.emplace_back();
  for (const std::size_t i : quasi_) {
    count.traits.push_back(row.cells[i]);
    margins_ = margins_ || row.cells[i] == kAllMark;
  }
  if (const auto number = json_number(row.cells[count_])) count.persons = parse_number<std::uint32_t>(*number);
  count.number = row.number;
}

// A table of counts: one row for each combination, margins, and a column that says how many.
bool DisclosureCheck::counts_persons() const {
  return margins_ && count_rows_.size() <= FrequencyTable::kMaxCells &&
         std::all_of(groups_.begin(), groups_.end(), [](const auto& one) { return one.second.count == 1; });
}

void DisclosureCheck::find_small_counts() {
  ShownCounts shown;
  std::vector<std::set<std::string_view>> values(quasi_.size());
  std::size_t cells = 1;
  for (std::size_t d = 0; d < quasi_.size(); ++d) {
    for (const CountRow& row : count_rows_) {
      if (row.traits[d] != kAllMark) values[d].insert(row.traits[d]);
    }
    shown.values.push_back(values[d].size());
    cells = std::min(cells * (values[d].size() + 1), FrequencyTable::kMaxCells + 1);
  }
  const bool small_enough = cells <= FrequencyTable::kMaxCells;
  if (small_enough) shown.cells.resize(cells);
  std::vector<std::size_t> places;
  for (const CountRow& row : count_rows_) {
    std::size_t place = 0, stride = 1;
    for (std::size_t d = 0; d < quasi_.size(); ++d) {
      const auto& known = values[d];
      place += stride * (row.traits[d] == kAllMark
                             ? known.size()
                             : static_cast<std::size_t>(std::distance(known.begin(), known.find(row.traits[d]))));
      stride *= known.size() + 1;
    }
    places.push_back(place);
    if (small_enough) shown.cells[place] = row.persons;
  }
  const std::vector<Bounds> known = small_enough ? infer(shown) : std::vector<Bounds>();
  for (std::size_t i = 0; i < count_rows_.size(); ++i) {
    const auto& persons = count_rows_[i].persons;
    const Bounds bounds = persons ? Bounds{*persons, *persons} : small_enough ? known[places[i]] : Bounds{};
    if (bounds.least < 1 || bounds.most >= static_cast<std::int64_t>(Disclosure::kSmallest)) continue;
    ++found_.small_groups;
    found_.small_rows.push_back(count_rows_[i].number);
  }
}

Disclosure DisclosureCheck::finish() {
  found_.counts = counts_persons();
  if (found_.counts) {
    find_small_counts();
    std::sort(found_.small_rows.begin(), found_.small_rows.end());
    return std::move(found_);
  }
  const Group* next = nullptr;  // the smallest that is large enough
  for (const auto& [hash, group] : groups_) {
    if (group.count < Disclosure::kSmallest) {
      ++found_.small_groups;
      found_.small_rows.insert(found_.small_rows.end(), group.rows, group.rows + group.count);
    } else if (next == nullptr || group.count < next->count) {
      next = &group;
    }
  }
  if (found_.small_groups > 0 && found_.small_rows.size() < Disclosure::kSmallest && next != nullptr) {
    found_.small_rows.insert(found_.small_rows.end(), next->rows, next->rows + Disclosure::kSmallest - 1);
  }
  std::sort(found_.small_rows.begin(), found_.small_rows.end());
  groups_.clear();
  return std::move(found_);
}

}  // namespace tsunagu::catalog
