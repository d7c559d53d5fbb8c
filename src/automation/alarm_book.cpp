#include "automation/alarm_book.h"

#include <fmt/format.h>

#include <algorithm>

namespace tsunagu::automation {
namespace {

std::string severity_ja(std::string_view severity) {
  switch (severity_rank(severity)) {
    case 0:
      return "緊急";
    case 1:
      return "重大";
    case 2:
      return "軽度";
    default:
      return "注意";
  }
}

Words subject_of(const Alarm& a) {
  return {fmt::format("【{}】{}", severity_ja(a.severity), a.text.ja), fmt::format("[{}] {}", a.severity, a.text.en)};
}

Words text_of_alarm(const Alarm& a) {
  return {fmt::format("{}\n対象: {}\n理由: {}\n規則: {}", a.text.ja, a.entity, a.reason.ja, a.source),
          fmt::format("{}\nEntity: {}\nReason: {}\nRule: {}", a.text.en, a.entity, a.reason.en, a.source)};
}

Words brief_of(const Alarm& a) {
  constexpr std::string_view kUrn = "urn:ngsi-ld:";
  const std::string_view about = std::string_view(a.entity).substr(a.entity.starts_with(kUrn) ? kUrn.size() : 0);
  return {fmt::format("{}\n{}", about, a.reason.ja), fmt::format("{}\n{}", about, a.reason.en)};
}

}  // namespace

void AlarmBook::take(Alarm alarm) {
  std::string id = alarm.id;
  if (alarm.status == AlarmStatus::kRaised) {
    for (const std::string& name : alarm.waiting) {
      const Person* person = roster_.find(name);
      if (person == nullptr) continue;
      Bucket& bucket = buckets_[name];
      bucket.since = alarm.raised_at;
      bucket.singly = kSingly;
      bucket.person = *person;
      bucket.held.push_back(id);
    }
  }
  alarms_[std::move(id)] = std::move(alarm);
}

Effects AlarmBook::raise(std::string source, std::string entity, std::string severity, Words text, Words reason,
                         Instant now) {
  Effects out;
  const std::string id = alarm_id(source, entity);
  Alarm& a = alarms_[id];
  const bool open = !a.id.empty() && a.open();
  const bool worse = open && severity_rank(severity) < severity_rank(a.severity);
  a.id = id;
  a.source = std::move(source);
  a.entity = std::move(entity);
  a.severity = std::move(severity);
  a.text = std::move(text);
  a.reason = std::move(reason);
  out.changed.insert(id);
  if (open) {
    ++a.count;
    if (!worse || a.status == AlarmStatus::kShelved) return out;  // worse than it was: people are called anew
  } else {
    a.count = a.raised_at == kNoInstant ? 1 : a.count + 1;
    a.notices.clear();
  }
  a.status = AlarmStatus::kRaised;
  a.raised_at = now;
  a.cleared_at = a.acknowledged_at = a.shelved_until = kNoInstant;
  a.acknowledged_by.clear();
  a.note.clear();
  a.shelved_by.clear();
  start_calls(a, now);
  call(a, now, out);
  return out;
}

void AlarmBook::start_calls(Alarm& a, Instant now) {
  a.step = 0;
  const Duty* duty = roster_.duty_for(a);
  a.step_at = duty == nullptr ? kNoInstant : Instant{now.us + duty->steps[0].after.us};
}

/// Calls everybody whose step is due.
void AlarmBook::call(Alarm& a, Instant now, Effects& out) {
  while (a.status == AlarmStatus::kRaised && a.step_at != kNoInstant && a.step_at <= now) {
    const Duty* duty = roster_.duty_for(a);
    if (duty == nullptr || a.step >= duty->steps.size()) {
      a.step_at = kNoInstant;  // the roster was changed meanwhile
      break;
    }
    const DutyStep& step = duty->steps[a.step];
    bool anybody = false;
    for (const Person& person : step.people) {
      if (!on_shift(person, roster_.utc_offset_minutes, now)) continue;
      anybody = true;
      tell(person, a, now, out);
    }
    if (!anybody) told(a.id, {now, "–", "", "nobody is on duty in step " + std::to_string(a.step + 1)});
    const Instant begun{a.step_at.us - step.after.us};
    ++a.step;
    if (a.step >= duty->steps.size()) {
      a.step_at = kNoInstant;
    } else {
      a.step_at = anybody ? Instant{begun.us + duty->steps[a.step].after.us} : now;  // else the next at once
    }
    out.changed.insert(a.id);
  }
}

void AlarmBook::tell(const Person& person, Alarm& a, Instant now, Effects& out) {
  Bucket& bucket = buckets_[person.name];
  if (bucket.since == kNoInstant || (now.us - bucket.since.us >= kMinuteUs && bucket.held.empty())) {
    bucket.since = now;
    bucket.singly = 0;
  }
  bucket.person = person;
  if (bucket.singly < kSingly) {
    ++bucket.singly;
    out.calls.push_back({person, {a.id}, subject_of(a), text_of_alarm(a), brief_of(a), a.severity});
  } else {
    bucket.held.push_back(a.id);
    if (std::find(a.waiting.begin(), a.waiting.end(), person.name) == a.waiting.end()) a.waiting.push_back(person.name);
    out.changed.insert(a.id);
  }
}

Effects AlarmBook::advance(Instant now) {
  Effects out;
  for (auto& [id, a] : alarms_) {
    if (a.status == AlarmStatus::kShelved && a.shelved_until <= now) {
      a.status = AlarmStatus::kRaised;
      a.shelved_until = kNoInstant;
      start_calls(a, now);
      out.changed.insert(id);
    }
    call(a, now, out);
  }
  for (auto it = buckets_.begin(); it != buckets_.end();) {
    Bucket& bucket = it->second;
    if (now.us - bucket.since.us < kMinuteUs) {
      ++it;
      continue;
    }
    // Only what is still raised.
    std::erase_if(bucket.held, [&](const std::string& id) {
      const auto found = alarms_.find(id);
      if (found == alarms_.end()) return true;
      if (std::erase(found->second.waiting, it->first) != 0) out.changed.insert(id);
      return found->second.status != AlarmStatus::kRaised;
    });
    if (bucket.held.empty()) {
      it = buckets_.erase(it);
      continue;
    }
    Calling all{bucket.person, std::exchange(bucket.held, {}), {}, {}, {}, {}};
    all.subject = {fmt::format("警報が {} 件あります", all.alarms.size()), fmt::format("{} alarms", all.alarms.size())};
    std::map<std::string, std::size_t> by_source;
    for (const std::string& id : all.alarms) {
      const Alarm& each = alarms_.at(id);
      ++by_source[each.source];
      if (all.severity.empty() || severity_rank(each.severity) < severity_rank(all.severity)) all.severity = each.severity;
    }
    for (const auto& [source, n] : by_source) {
      const auto first = std::find_if(all.alarms.begin(), all.alarms.end(),
                                      [&](const std::string& id) { return alarms_.at(id).source == source; });
      const Alarm& a = alarms_.at(*first);
      all.text.ja += fmt::format("{} 件: {}（規則 {}）\n", n, a.text.ja, source);
      all.text.en += fmt::format("{}: {} (rule {})\n", n, a.text.en, source);
    }
    all.brief = all.text;
    out.calls.push_back(std::move(all));
    bucket.since = now;
    bucket.singly = kSingly;  // the flood goes on: what comes is held for the next minute
    ++it;
  }
  return out;
}

Instant AlarmBook::next_due() const {
  Instant next;
  const auto by = [&next](Instant t) {
    if (t != kNoInstant && (next == kNoInstant || t < next)) next = t;
  };
  for (const auto& [id, a] : alarms_) {
    if (a.status == AlarmStatus::kShelved) by(a.shelved_until);
    if (a.status == AlarmStatus::kRaised) by(a.step_at);
  }
  for (const auto& [name, bucket] : buckets_) {
    if (!bucket.held.empty()) by(Instant{bucket.since.us + kMinuteUs});
  }
  return next;
}

Result<Alarm*> AlarmBook::find_open(const std::string& id) {
  const auto found = alarms_.find(id);
  if (found == alarms_.end()) return fail(ErrorCode::kResourceNotFound, "there is no alarm " + id);
  if (!found->second.open()) return fail(ErrorCode::kConflict, "this alarm is cleared already");
  return &found->second;
}

Result<Effects> AlarmBook::clear(const std::string& id, Instant now) {
  auto found = find_open(id);
  if (!found) return tl::unexpected(found.error());
  Alarm& a = **found;
  a.status = AlarmStatus::kCleared;
  a.cleared_at = now;
  a.step_at = a.shelved_until = kNoInstant;
  return Effects{{id}, {}};
}

Result<Effects> AlarmBook::acknowledge(const std::string& id, const std::string& by, const std::string& note,
                                       Instant now) {
  auto found = find_open(id);
  if (!found) return tl::unexpected(found.error());
  Alarm& a = **found;
  a.status = AlarmStatus::kAcknowledged;
  a.acknowledged_by = by;
  a.acknowledged_at = now;
  a.note = note;
  a.step_at = a.shelved_until = kNoInstant;
  return Effects{{id}, {}};
}

Result<Effects> AlarmBook::reopen(const std::string& id, Instant now) {
  const auto found = alarms_.find(id);
  if (found == alarms_.end()) return fail(ErrorCode::kResourceNotFound, "there is no alarm " + id);
  Alarm& a = found->second;
  if (a.status == AlarmStatus::kRaised) return fail(ErrorCode::kConflict, "this alarm is raised already");
  a.status = AlarmStatus::kRaised;
  a.acknowledged_by.clear();
  a.note.clear();
  a.shelved_by.clear();
  a.acknowledged_at = a.shelved_until = a.cleared_at = kNoInstant;
  const Duty* duty = roster_.duty_for(a);
  const bool more = duty != nullptr && a.step < duty->steps.size();
  a.step_at = more ? Instant{a.raised_at.us + duty->steps[a.step].after.us} : kNoInstant;
  Effects out;
  out.changed.insert(id);
  call(a, now, out);
  return out;
}

Result<Effects> AlarmBook::shelve(const std::string& id, const std::string& by, Instant until, Instant now) {
  auto found = find_open(id);
  if (!found) return tl::unexpected(found.error());
  if (until.us - now.us > kLongestShelfUs) return bad("an alarm is put aside for seven days at most");
  Alarm& a = **found;
  if (until <= now) {
    if (a.status != AlarmStatus::kShelved) return bad("until is a time to come");
    a.shelved_until = now;
    return advance(now);
  }
  a.status = AlarmStatus::kShelved;
  a.shelved_by = by;
  a.shelved_until = until;
  a.step_at = kNoInstant;
  return Effects{{id}, {}};
}

void AlarmBook::told(const std::string& id, AlarmNotice notice) {
  const auto found = alarms_.find(id);
  if (found == alarms_.end()) return;
  auto& list = found->second.notices;
  if (list.size() >= Alarm::kMaxNotices) list.erase(list.begin());
  list.push_back(std::move(notice));
}

}  // namespace tsunagu::automation
