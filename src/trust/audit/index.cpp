#include "trust/audit/index.h"

#include <algorithm>

#include "base/hash.h"
#include "trust/audit/files.h"

namespace tsunagu::trust {
namespace {

constexpr std::uint64_t kReadStep = 1u << 20;  // bytes read at once
enum Seed : std::uint64_t { kPersonKey = 1, kSubjectKey, kKindKey };

std::uint64_t person_key(std::string_view urn) {
  return hash64(urn, kPersonKey);
}
std::uint64_t subject_key(std::string_view urn_or_account) {
  return hash64(urn_or_account, kSubjectKey);
}
std::uint64_t kind_key(AuditKind kind) {
  return hash64(name(kind), kKindKey);
}

std::vector<std::uint64_t> keys_of(const AuditRecord& record) {
  std::vector<std::uint64_t> keys;
  for (const std::string& person : record.persons) keys.push_back(person_key(person));
  const Subject& who = *record.subject;
  for (const std::string* text : {&who.id, &who.account, &who.acts_for}) {
    if (!text->empty()) keys.push_back(subject_key(*text));
  }
  if (record.kind != AuditKind::kAccess) keys.push_back(kind_key(record.kind));  // nearly all are
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool contains(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return small(a) == small(b); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

/// Record and number in a line of the log, unchecked: verify_audit() checks.
struct Found {
  std::uint64_t number = 0;
  Instant at;
  std::string_view json;
};
std::optional<Found> record_in(std::string_view text) {
  const auto line = parse_line(text);
  if (!line || line->checkpoint) return std::nullopt;
  const auto at = parse_instant(line->at);
  if (!at) return std::nullopt;
  return Found{line->number, *at, line->json};
}

}  // namespace

bool matches(const AuditQuery& query, const AuditRecord& record, std::string_view json) {
  if (query.kind && record.kind != *query.kind) return false;
  if (query.tenant && record.tenant != *query.tenant) return false;
  if (query.since != kNoInstant && record.at < query.since) return false;
  if (query.until != kNoInstant && record.at >= query.until) return false;
  const Subject& who = *record.subject;
  if (!query.subject.empty() && who.id != query.subject && who.account != query.subject &&
      who.acts_for != query.subject) {
    return false;
  }
  if (!query.person.empty() &&
      std::find(record.persons.begin(), record.persons.end(), query.person) == record.persons.end()) {
    return false;
  }
  return query.text.empty() || contains(json, query.text);
}

void AuditIndex::Part::seal() {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> all;
  for (const auto& [key, rows_of] : growing) {
    for (const std::uint32_t row : rows_of) all.emplace_back(key, row);
  }
  growing = {};
  sealed = true;
  std::sort(all.begin(), all.end());
  keys.reserve(all.size());
  places.reserve(all.size());
  for (const auto& [key, row] : all) {
    keys.push_back(key);
    places.push_back(row);
  }
  rows.shrink_to_fit();
}

std::vector<std::uint32_t> AuditIndex::Part::with(std::uint64_t key) const {
  if (const auto found = growing.find(key); found != growing.end()) return found->second;
  const auto [begin, end] = std::equal_range(keys.begin(), keys.end(), key);
  return {places.begin() + (begin - keys.begin()), places.begin() + (end - keys.begin())};
}

void AuditIndex::look_at_folder() {
  const auto all = segments(folder_);
  while (!parts_.empty() && (all.empty() || parts_.front().first < all.front().first)) {
    records_ -= parts_.front().rows.size();
    parts_.pop_front();
  }
  for (const Segment& segment : all) {
    if (!parts_.empty() && segment.first <= parts_.back().first) continue;
    parts_.emplace_back();
    parts_.back().first = segment.first;
    parts_.back().path = segment.path;
  }
}

void AuditIndex::add(Part& part, std::string_view text, std::uint64_t offset, const Each& each) {
  const auto found = record_in(text);
  if (!found) return;
  auto record = read_record(found->json, found->at);
  if (!record) return;
  const auto row = static_cast<std::uint32_t>(part.rows.size());
  part.rows.push_back(
      {static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(text.size()), found->number, found->at});
  for (const std::uint64_t key : keys_of(*record)) part.growing[key].push_back(row);
  ++records_;
  if (each) each({found->number, std::move(*record)});
}

bool AuditIndex::read_on(Part& part, std::uint64_t to, const Each& each, std::uint64_t& budget) {
  for (std::uint64_t step = kReadStep; part.read < to;) {
    if (budget == 0) return false;
    const auto bytes = read_range(part.path, part.read, std::min(to, part.read + step));
    if (!bytes || bytes->empty()) return true;
    const auto whole = bytes->rfind('\n');
    if (whole == std::string::npos) {  // a line longer than a step
      if (part.read + step >= to) return true;
      step *= 2;
      continue;
    }
    std::string_view rest = std::string_view(*bytes).substr(0, whole);
    for (std::uint64_t offset = part.read;;) {
      const auto end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      add(part, line, offset, each);
      if (end == std::string_view::npos) break;
      offset += line.size() + 1;
      rest.remove_prefix(end + 1);
    }
    part.read += whole + 1;
    budget -= std::min<std::uint64_t>(budget, whole + 1);
  }
  return true;
}

bool AuditIndex::follow(const AuditLog::End& end, const Each& each, std::uint64_t budget) {
  if (parts_.empty() || parts_.back().first != end.segment) look_at_folder();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    if (part.first > end.segment) break;
    const bool last = part.first == end.segment;
    if (part.sealed) continue;
    std::error_code gone;
    const std::uint64_t to = last ? end.bytes : std::filesystem::file_size(part.path, gone);
    if (!gone && !read_on(part, to, each, budget)) return false;
    if (!last) part.seal();
  }
  while (parts_.size() > 1 && records_ - parts_.front().rows.size() >= most_) {
    records_ -= parts_.front().rows.size();
    parts_.pop_front();
  }
  return true;
}

bool AuditIndex::find_in(const Part& part, const AuditQuery& query, const std::vector<std::uint64_t>& keys,
                         std::uint64_t& budget, AuditPage& page) const {
  std::vector<std::uint32_t> candidates;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto one = part.with(keys[i]);
    if (i == 0 || one.size() < candidates.size()) candidates.swap(one);
    if (candidates.empty()) return true;
  }
  const std::size_t count = keys.empty() ? part.rows.size() : candidates.size();
  for (std::size_t i = count; i-- > 0;) {
    const Part::Row& row = part.rows[keys.empty() ? i : candidates[i]];
    if (query.before != 0 && row.number >= query.before) continue;
    if ((query.since != kNoInstant && row.at < query.since) || (query.until != kNoInstant && row.at >= query.until)) {
      continue;
    }
    if (page.events.size() >= query.limit || budget < row.size) return false;
    page.before = row.number;
    budget -= row.size;
    const auto text = read_range(part.path, row.offset, std::uint64_t{row.offset} + row.size);
    const auto found = text ? record_in(*text) : std::nullopt;
    if (!found) continue;
    auto record = read_record(found->json, found->at);
    if (record && matches(query, *record, found->json)) page.events.push_back({row.number, std::move(*record)});
  }
  return true;
}

AuditPage AuditIndex::find(const AuditQuery& query) const {
  std::vector<std::uint64_t> keys;
  if (!query.person.empty()) keys.push_back(person_key(query.person));
  if (!query.subject.empty()) keys.push_back(subject_key(query.subject));
  if (query.kind && *query.kind != AuditKind::kAccess) keys.push_back(kind_key(*query.kind));
  AuditPage page;
  page.before = query.before;
  std::uint64_t budget = query.budget;
  for (std::size_t i = parts_.size(); i-- > 0;) {
    if (query.before != 0 && parts_[i].first >= query.before) continue;
    if (!find_in(parts_[i], query, keys, budget, page)) return page;
  }
  page.before = 0;
  return page;
}

}  // namespace tsunagu::trust
