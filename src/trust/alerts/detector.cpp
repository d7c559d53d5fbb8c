#include "trust/alerts/detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/hash.h"

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;
constexpr std::int64_t kHourUs = 60 * kMinuteUs;
constexpr std::int64_t kDayUs = 24 * kHourUs;
constexpr std::size_t kMostReads = 4096;      // of the last hour, remembered
constexpr std::size_t kMostKnown = 64;        // addresses, rules of one subject
constexpr std::size_t kMostWindows = 20'000;  // of failed sign-ins; and of what was told
constexpr double kLearn = 0.2;                // weight of the newest active hour in what is usual

/// Who it is, as they are called in alerts: URN, else account, else address.
const std::string& key_of(const AuditRecord& record, std::string& buffer) {
  if (!record.subject->id.empty()) return record.subject->id;
  if (!record.subject->account.empty()) return record.subject->account;
  return buffer = address_of(record.peer);
}

const std::string& shown(const AuditRecord& record, const std::string& who) {
  return record.subject->name.empty() ? who : record.subject->name;
}

void keep_known(std::unordered_set<std::uint64_t>& known, std::uint64_t one) {
  if (known.size() < kMostKnown) known.insert(one);
}

/// Looking at one's own data is nobody's concern.
bool own(const AuditRecord& record) {
  return record.persons.size() == 1 &&
         (record.persons[0] == record.subject->id || record.persons[0] == record.subject->acts_for);
}

std::string key_of_alert(std::string_view kind, std::string_view severity, std::string_view who) {
  std::string key;
  key.reserve(kind.size() + severity.size() + who.size() + 2);
  return key.append(kind).append(" ").append(severity).append(" ").append(who);
}

}  // namespace

std::string_view address_of(std::string_view peer) {
  if (peer.starts_with('[')) return peer.substr(1, peer.find(']') - 1);
  const auto colon = peer.find(':');
  // An address of IPv6 without brackets has more than one.
  if (colon == std::string_view::npos || peer.find(':', colon + 1) != std::string_view::npos) return peer;
  return peer.substr(0, colon);
}

Alert log_altered(const std::string& fault, Instant at) {
  Alert alert;
  alert.kind = "log-altered";
  alert.severity = "high";
  alert.id = fmt::format("log-altered-{:016x}", hash64(fmt::format("{} {}", fault, at.us / kDayUs)));
  alert.at = at;
  alert.ja = "監査ログが書きかえられています：" + fault;
  alert.en = "The audit log was altered: " + fault;
  return alert;
}

std::size_t Detector::Window::add(Instant at, std::int64_t length_us) {
  at_.push_back(at);
  while (at_.size() > kMostReads || at_.front().us < at.us - length_us) at_.pop_front();
  return at_.size();
}

Detector::Habit& Detector::habit(const std::string& key, Instant at) {
  if (habits_.size() >= limits_.subjects && !habits_.contains(key)) {
    std::vector<Instant> seen;
    for (const auto& [who, known] : habits_) seen.push_back(known.seen);
    const auto tenth = seen.begin() + static_cast<std::ptrdiff_t>(seen.size() / 10);
    std::nth_element(seen.begin(), tenth, seen.end());
    std::erase_if(habits_, [last = *tenth](const auto& one) { return one.second.seen <= last; });
  }
  Habit& known = habits_[key];
  known.seen = at;
  return known;
}

Detector::Window& Detector::window(const std::string& key) {
  if (failures_.size() >= kMostWindows) failures_.clear();
  return failures_[key];
}

void Detector::take(const AuditEvent& event) {
  const AuditRecord& record = event.record;
  if (record.subject->kind == SubjectKind::kSystem) return;
  switch (record.kind) {
    case AuditKind::kAccess: {
      if (own(record)) return;
      std::string buffer;
      const std::string& who = key_of(record, buffer);
      take_access(event, habit(who, record.at), who);
      return;
    }
    case AuditKind::kDenied:
      return take_denial(event);
    case AuditKind::kSignIn:
      return take_sign_in(event);
    case AuditKind::kEmergency:
      return take_emergency(event);
    default:
      return;
  }
}

void Detector::take_access(const AuditEvent& event, Habit& habit, const std::string& who) {
  const AuditRecord& record = event.record;
  const bool known = habit.events >= limits_.events_to_know && habit.days >= limits_.days_to_know;
  const std::int64_t day = record.at.us / kDayUs;
  const auto hour = static_cast<unsigned>(record.at.us % kDayUs / kHourUs);
  const std::uint64_t address = hash64(address_of(record.peer));
  const std::uint64_t rule = hash64(record.rule.substr(0, record.rule.find(' ')));
  if (known) {
    const std::string& name = shown(record, who);
    // The hours beside those that are known are not odd.
    const std::uint32_t near = 1u << hour | 1u << (hour + 1) % 24 | 1u << (hour + 23) % 24;
    if ((habit.hours & near) == 0) {
      tell(event, "unusual-hour", "medium", who, kDayUs,
           fmt::format("{} が、これまで利用のなかった時間帯に個人データを見ました。", name),
           fmt::format("{} looked at personal data at an hour at which they never did before.", name));
    }
    if (!record.peer.empty() && !habit.addresses.contains(address)) {
      tell(event, "new-address", "medium", who, kDayUs,
           fmt::format("{} が、これまで使われたことのない場所（{}）から個人データを見ました。", name,
                       address_of(record.peer)),
           fmt::format("{} looked at personal data from a place never seen before ({}).", name,
                       address_of(record.peer)));
    }
    if (!record.rule.empty() && !habit.rules.contains(rule)) {
      tell(event, "first-role", "low", who, kDayUs,
           fmt::format("{} が、規則「{}」による権限をはじめて使いました。", name, record.rule),
           fmt::format("{} used what rule \"{}\" gives them for the first time.", name, record.rule));
    }
  }
  ++habit.events;
  habit.hours |= 1u << hour;
  if (std::exchange(habit.last_day, day) != day) ++habit.days;
  if (!record.peer.empty()) keep_known(habit.addresses, address);
  if (!record.rule.empty()) keep_known(habit.rules, rule);
  take_reads(event, habit, who);
}

void Detector::take_reads(const AuditEvent& event, Habit& habit, const std::string& who) {
  const AuditRecord& record = event.record;
  const std::int64_t hour = record.at.us / kHourUs;
  if (habit.hour != hour) {
    if (habit.hour >= 0) {
      const auto most = static_cast<double>(habit.most_this_hour);
      habit.usual = habit.active_hours == 0 ? most : habit.usual + kLearn * (most - habit.usual);
      ++habit.active_hours;
    }
    habit.hour = hour;
    habit.most_this_hour = 0;
  }
  for (const std::string& person : record.persons) {
    const std::uint64_t one = hash64(person);
    habit.reads.emplace_back(record.at, one);
    ++habit.persons[one];
  }
  while (!habit.reads.empty() &&
         (habit.reads.size() > kMostReads || habit.reads.front().first.us <= record.at.us - kHourUs)) {
    const auto oldest = habit.persons.find(habit.reads.front().second);
    if (--oldest->second == 0) habit.persons.erase(oldest);
    habit.reads.pop_front();
  }
  const std::size_t persons = habit.persons.size();
  habit.most_this_hour = std::max(habit.most_this_hour, persons);
  const bool too_many = persons >= limits_.persons_an_hour;
  const bool unusual = persons >= limits_.persons_to_compare && habit.active_hours >= limits_.hours_to_know &&
                       static_cast<double>(persons) > limits_.times_usual * std::max(habit.usual, 1.0);
  if (!too_many && !unusual) return;
  // Asked for every access of somebody who reads many.
  if (told(event, "mass-reads", too_many ? "high" : "medium", who, kHourUs)) return;
  const std::string& name = shown(record, who);
  tell(event, "mass-reads", too_many ? "high" : "medium", who, kHourUs,
       fmt::format("{} が、1時間に {} 人以上の個人データを見ました（ふだんは約 {:.0f} 人）。", name, persons,
                   habit.usual),
       fmt::format("{} looked at the data of {} persons or more within an hour (usually about {:.0f}).", name, persons,
                   habit.usual));
}

void Detector::take_denial(const AuditEvent& event) {
  std::string buffer;
  const std::string& who = key_of(event.record, buffer);
  if (who.empty()) return;
  const std::size_t count = habit(who, event.record.at).denials.add(event.record.at, 10 * kMinuteUs);
  if (count < limits_.denials) return;
  tell(event, "denials", "medium", who, kHourUs,
       fmt::format("{} の要求が、10分間に {} 回以上ことわられました。", shown(event.record, who), count),
       fmt::format("{} was refused {} times or more within ten minutes.", shown(event.record, who), count));
}

void Detector::take_sign_in(const AuditEvent& event) {
  const AuditRecord& record = event.record;
  const std::string account = record.subject->account.empty() ? record.subject->id : record.subject->account;
  const std::string address(address_of(record.peer));
  if (record.outcome == "ok" || record.outcome.empty()) {
    const auto found = failures_.find("account " + account);
    if (found == failures_.end()) return;
    const std::size_t failed = found->second.add(record.at, 15 * kMinuteUs) - 1;
    failures_.erase(found);
    if (failed < limits_.failed_sign_ins) return;
    return tell(event, "failed-sign-ins", "high", account, kDayUs,
                fmt::format("アカウント {} へのサインインが、{} 回の失敗のあとに成功しました。", account, failed),
                fmt::format("Somebody signed in to the account {} after {} failures.", account, failed));
  }
  if (!account.empty()) {
    const std::size_t count = window("account " + account).add(record.at, 15 * kMinuteUs);
    if (count >= limits_.failed_sign_ins) {
      tell(event, "failed-sign-ins", "medium", account, kHourUs,
           fmt::format("アカウント {} へのサインインが、15分間に {} 回以上失敗しました。", account, count),
           fmt::format("Signing in to the account {} failed {} times or more within 15 minutes.", account, count));
    }
  }
  if (address.empty()) return;
  const std::size_t count = window("address " + address).add(record.at, 15 * kMinuteUs);
  if (count >= limits_.failed_from_address) {
    tell(event, "failed-sign-ins", "high", address, kHourUs,
         fmt::format("{} からのサインインが、15分間に {} 回以上失敗しました。", address, count),
         fmt::format("Signing in from {} failed {} times or more within 15 minutes.", address, count));
  }
}

void Detector::take_emergency(const AuditEvent& event) {
  const AuditRecord& record = event.record;
  if (record.action != "begin") return;
  std::string buffer;
  const std::string& who = key_of(record, buffer);
  const std::string& name = shown(record, who);
  // Each is told: the period is the instant.
  tell(event, "emergency", "medium", who, 1,
       fmt::format("{} が緊急アクセスを始めました。理由：{}", name, record.detail),
       fmt::format("{} began an emergency access. Reason: {}", name, record.detail));
}

bool Detector::told(const AuditEvent& event, std::string_view kind, std::string_view severity, const std::string& who,
                    std::int64_t period_us) const {
  const auto known = told_.find(key_of_alert(kind, severity, who));
  return known != told_.end() && event.record.at.us - known->second.us < period_us;
}

void Detector::tell(const AuditEvent& event, std::string_view kind, std::string_view severity, const std::string& who,
                    std::int64_t period_us, std::string ja, std::string en) {
  const AuditRecord& record = event.record;
  if (record.at < tell_from_) return;
  Alert alert;
  alert.id = fmt::format("{}-{:016x}", kind,
                         hash64(fmt::format("{} {} {} {}", who, severity, record.tenant, record.at.us / period_us)));
  if (told_.size() >= kMostWindows) told_.clear();
  // Not again within the period, also when it goes over one of its borders.
  const auto [known, fresh] = told_.try_emplace(key_of_alert(kind, severity, who), record.at);
  if (!fresh && record.at.us - known->second.us < period_us) return;
  known->second = record.at;
  alert.kind = kind;
  alert.severity = severity;
  alert.subject = who;
  alert.person = record.persons.size() == 1 ? record.persons[0] : "";
  alert.tenant = record.tenant;
  alert.at = record.at;
  alert.line = event.number;
  alert.ja = std::move(ja);
  alert.en = std::move(en);
  tell_(std::move(alert));
}

}  // namespace tsunagu::trust
