#include "trust/audit/index.h"

#include <algorithm>

#include "base/hash.h"
#include "trust/audit/files.h"

namespace tsunagu::trust {
namespace {

constexpr std::uint64_t kReadStep = 1u << 20;  // bytes read at once
constexpr std::size_t kFewKeys = 8;            // among which no key is twice
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

bool matches(const AuditQuery& query, const AuditRecord& record) {
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
  return query.text.empty() || contains(print(record), query.text);
}

void AuditIndex::Part::add(const AuditLog::Place& place, const AuditRecord& record) {
  const auto row = static_cast<std::uint32_t>(rows.size());
  rows.push_back({static_cast<std::uint32_t>(place.offset), place.size, place.number, record.at});
  const std::size_t mine = keys.size();
  const auto under = [&](std::uint64_t key) {
    for (std::size_t i = mine; i < keys.size() && i < mine + kFewKeys; ++i) {
      if (keys[i] == key) return;
    }
    keys.push_back(key);
    places.push_back(row);
  };
  const Subject& who = *record.subject;
  for (const std::string* text : {&who.id, &who.account, &who.acts_for}) {
    if (!text->empty()) under(subject_key(*text));
  }
  if (record.kind != AuditKind::kAccess) under(kind_key(record.kind));  // nearly all are
  for (const std::string& person : record.persons) under(person_key(person));
}

void AuditIndex::Part::seal() {
  sealed = true;
  keys.shrink_to_fit();
  places.shrink_to_fit();
  rows.shrink_to_fit();
}

std::vector<std::uint32_t> AuditIndex::Part::with(std::uint64_t key) const {
  std::vector<std::uint32_t> rows_of;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == key) rows_of.push_back(places[i]);
  }
  return rows_of;
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
    parts_.back().reader = std::make_unique<RecordReader>(segment.path);
  }
}

void AuditIndex::take(Part& part, const AuditLog::Place& place, AuditRecord record, const Each& each) {
  part.add(place, record);
  ++records_;
  if (each) each({place.number, std::move(record)});
}

void AuditIndex::read_line(Part& part, std::string_view text, std::uint64_t offset, const Each& each) {
  const auto found = record_in(text);
  if (!found) return;
  auto record = part.reader->read(found->json, found->at);
  if (!record) return;
  take(part, {found->number, part.first, offset, static_cast<std::uint32_t>(text.size())}, std::move(*record), each);
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
      read_line(part, line, offset, each);
      if (end == std::string_view::npos) break;
      offset += line.size() + 1;
      rest.remove_prefix(end + 1);
    }
    part.read += whole + 1;
    budget -= std::min<std::uint64_t>(budget, whole + 1);
  }
  return true;
}

bool AuditIndex::follow(const AuditLog::End& end, std::vector<AuditNote> notes, const Each& each,
                        std::uint64_t budget) {
  const auto earlier = [](const AuditNote& a, const AuditNote& b) { return a.place.number < b.place.number; };
  if (!std::is_sorted(notes.begin(), notes.end(), earlier)) std::sort(notes.begin(), notes.end(), earlier);
  const std::uint64_t newest = notes.empty() ? end.segment : std::max(end.segment, notes.back().place.segment);
  if (parts_.empty() || parts_.back().first != newest) look_at_folder();
  auto note = notes.begin();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    if (part.first > newest) break;
    if (part.sealed) continue;
    for (; note != notes.end() && note->place.segment <= part.first; ++note) {
      const AuditLog::Place& place = note->place;
      if (place.segment != part.first || place.offset < part.read) continue;  // was read
      if (!read_on(part, place.offset, each, budget)) return false;
      take(part, place, std::move(note->record), each);
      part.read = place.offset + place.size + 1;
    }
    if (part.first > end.segment) break;
    const bool last = part.first == end.segment;
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
    auto record = part.reader->read(found->json, found->at);
    if (record && matches(query, *record)) page.events.push_back({row.number, std::move(*record)});
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
