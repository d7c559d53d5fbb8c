#include "automation/roster.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "automation/calendar.h"
#include "base/json_object.h"
#include "base/text.h"
#include "base/toml.h"
#include "ngsi/duration.h"
#include "trust/sign_in/account.h"

namespace tsunagu::automation {
namespace {

constexpr std::array<std::string_view, 7> kShiftDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

int shift_minutes(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  const auto h = parse_number<int>(text.substr(0, 2)), m = parse_number<int>(text.substr(3));
  if (!h || !m || *h < 0 || *m < 0 || *m > 59 || *h * 60 + *m > 24 * 60) return -1;
  return *h * 60 + *m;
}

class RosterReader {
 public:
  explicit RosterReader(std::string_view file) : file_(file) {}

  Result<Roster> read(const toml::table& root) {
    only(root, {"utc_offset", "duty"});
    if (const std::string offset = text(root, "utc_offset"); !offset.empty()) {
      const int minutes = shift_minutes(std::string_view(offset).substr(1));
      if (minutes < 0 || (offset[0] != '+' && offset[0] != '-')) wrong(root, "utc_offset is written \"+09:00\"");
      roster_.utc_offset_minutes = offset[0] == '-' ? -minutes : minutes;
    }
    each(root, "duty", [this](const toml::table& table) { duty(table); });
    if (fault_) return tl::unexpected(*fault_);
    return std::move(roster_);
  }

 private:
  void wrong(const toml::node& node, std::string_view reason) {
    if (!fault_)
      fault_ = Error{ErrorCode::kBadRequestData, fmt::format("{}:{}: {}", file_, node.source().begin.line, reason)};
  }
  void only(const toml::table& table, std::initializer_list<std::string_view> known) {
    for (const auto& [key, node] : table) {
      if (std::find(known.begin(), known.end(), key.str()) == known.end()) {
        wrong(node, fmt::format("\"{}\" means nothing here; there are {}", key.str(), fmt::join(known, ", ")));
      }
    }
  }
  std::string text(const toml::table& table, std::string_view key) {
    const toml::node* node = table.get(key);
    if (node != nullptr && !node->is_string()) wrong(*node, fmt::format("{} is a text in quotes", key));
    return node == nullptr ? std::string() : node->value_or(std::string());
  }
  std::vector<std::string> texts(const toml::table& table, std::string_view key) {
    std::vector<std::string> out;
    const toml::node* node = table.get(key);
    if (node == nullptr) return out;
    if (!node->is_array()) return wrong(*node, fmt::format("{} is a list of texts", key)), out;
    for (const toml::node& item : *node->as_array()) out.push_back(item.value_or(std::string()));
    return out;
  }
  template <class F>
  void each(const toml::table& table, std::string_view key, F&& f) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return;
    if (!node->is_array()) return wrong(*node, fmt::format("{} is a list of tables", key));
    for (const toml::node& item : *node->as_array()) {
      item.is_table() ? f(*item.as_table()) : wrong(item, fmt::format("{} is a list of tables", key));
    }
  }
  void duty(const toml::table& table) {
    only(table, {"name", "rules", "severity", "step"});
    Duty out;
    out.name = text(table, "name");
    if (out.name.empty()) wrong(table, "a duty has a name");
    out.sources = texts(table, "rules");
    if (const std::string severity = text(table, "severity"); !severity.empty()) {
      out.least = severity_rank(severity);
      if (out.least < 0) wrong(table, "severity is critical, major, minor or warning: this and what is worse");
    }
    each(table, "step", [&](const toml::table& inner) { step(inner, out); });
    if (out.steps.empty()) wrong(table, "a duty has steps: [[duty.step]] with after and people");
    std::stable_sort(out.steps.begin(), out.steps.end(),
                     [](const DutyStep& a, const DutyStep& b) { return a.after.us < b.after.us; });
    roster_.duties.push_back(std::move(out));
  }
  void step(const toml::table& table, Duty& duty) {
    only(table, {"after", "people"});
    DutyStep out;
    out.after.text = text(table, "after");
    if (!out.after.text.empty()) {
      const auto duration = ngsi::parse_duration(out.after.text);
      if (!duration || duration->months != 0) {
        wrong(table, "after is a time like \"PT15M\"");
      } else {
        out.after.us = duration->us;
      }
    }
    each(table, "people", [&](const toml::table& inner) { out.people.push_back(person(inner)); });
    if (out.people.empty()) wrong(table, "a step names people: people = [{ name = \"…\", mail = \"…\" }]");
    duty.steps.push_back(std::move(out));
  }
  Person person(const toml::table& table) {
    only(table, {"name", "mail", "webhook", "push", "hours", "weekday"});
    Person out{text(table, "name"), text(table, "mail"), text(table, "webhook"), trust::account_name(text(table, "push")), {}, 0x7f};
    const auto plain = [](std::string_view address) {
      return std::all_of(address.begin(), address.end(), [](char c) { return c > ' ' && c < 127 && c != '<' && c != '>'; });
    };
    if (out.name.empty() || (out.mail.empty() && out.webhook.empty() && out.push.empty())) {
      wrong(table, "somebody who is called has a name, and mail, push or webhook");
    }
    if (!out.push.empty() && !trust::valid_account_name(out.push)) wrong(table, "push is the sign-in name of an account");
    if (!out.mail.empty() && (out.mail.find('@') == std::string::npos || !plain(out.mail))) {
      wrong(table, "mail is an address: \"name@example.org\"");
    }
    if (!out.webhook.empty() && !out.webhook.starts_with("https://") && !out.webhook.starts_with("http://")) {
      wrong(table, "webhook is an address: \"https://…\"");
    }
    if (const std::string hours = text(table, "hours"); !hours.empty()) {
      const int from = shift_minutes(std::string_view(hours).substr(0, 5));
      const int to = hours.size() == 11 && hours[5] == '-' ? shift_minutes(std::string_view(hours).substr(6)) : -1;
      if (from < 0 || to < 0 || from == to) wrong(table, "hours is written \"08:30-17:30\"; over night \"17:30-08:30\"");
      out.shift.hours = HoursOfDay{from, to};
    }
    if (table.contains("weekday")) {
      out.weekdays = 0;
      for (const std::string& day : texts(table, "weekday")) {
        const auto found = std::find(kShiftDays.begin(), kShiftDays.end(), day);
        if (found == kShiftDays.end()) return wrong(table, "weekday is a list of mon … sun"), out;
        out.weekdays |= static_cast<std::uint8_t>(1u << (found - kShiftDays.begin()));
      }
    }
    return out;
  }

  std::string_view file_;
  std::optional<Error> fault_;
  Roster roster_;
};

}  // namespace

const Duty* Roster::duty_for(const Alarm& alarm) const {
  const int rank = severity_rank(alarm.severity);
  for (const Duty& duty : duties) {
    if (rank > duty.least) continue;
    const bool named = duty.sources.empty() || std::any_of(duty.sources.begin(), duty.sources.end(), [&](const auto& s) {
      return s.ends_with('*') ? alarm.source.starts_with(std::string_view(s).substr(0, s.size() - 1)) : s == alarm.source;
    });
    if (named) return &duty;
  }
  return nullptr;
}

const Person* Roster::find(std::string_view name) const {
  for (const Duty& duty : duties) {
    for (const DutyStep& step : duty.steps) {
      for (const Person& person : step.people) {
        if (person.name == name) return &person;
      }
    }
  }
  return nullptr;
}

std::string to_json(const Roster& roster, Instant t) {
  const auto list = [](const auto& items, auto&& print) {
    std::string out = "[";
    for (const auto& item : items) {
      if (out.size() > 1) out += ',';
      print(out, item);
    }
    return out += ']';
  };
  const auto person = [&](std::string& out, const Person& p) {
    std::vector<std::string_view> ways;
    if (!p.mail.empty()) ways.emplace_back("mail");
    if (!p.push.empty()) ways.emplace_back("push");
    if (!p.webhook.empty()) ways.emplace_back("webhook");
    JsonObject object(out);
    append_json_texts(object.text("name", p.name).member("ways"), ways);
    object.truth("onDuty", on_shift(p, roster.utc_offset_minutes, t)).end();
  };
  const auto step = [&](std::string& out, const DutyStep& s) {
    JsonObject(out).text("after", s.after.text.empty() ? "PT0S" : s.after.text).json("people", list(s.people, person)).end();
  };
  std::string out;
  JsonObject(out)
      .json("duties", list(roster.duties,
                           [&](std::string& each, const Duty& d) {
                             JsonObject object(each);
                             append_json_texts(object.text("name", d.name).member("rules"), d.sources);
                             object.text("severity", severity_name(d.least)).json("steps", list(d.steps, step)).end();
                           }))
      .end();
  return out;
}

Result<Roster> read_roster(std::string_view text, std::string_view file) {
  if (text.size() > kMaxRuleBytes) return bad("a roster has at most 64 KiB");
  const auto root = parse_toml(text, file);
  if (!root) return tl::unexpected(root.error());
  return RosterReader(file).read(*root);
}

bool on_shift(const Person& person, int utc_offset_minutes, Instant t) {
  // A shift over midnight belongs to the day on which it begins.
  Instant day = t;
  if (person.shift.hours && person.shift.hours->from > person.shift.hours->to &&
      local_time(t, utc_offset_minutes).us_of_day < person.shift.hours->to * std::int64_t{60'000'000}) {
    day.us -= std::int64_t{86'400} * 1'000'000;
  }
  return (person.weekdays >> local_time(day, utc_offset_minutes).weekday & 1) != 0 &&
         in_window(person.shift, utc_offset_minutes, t);
}

}  // namespace tsunagu::automation
