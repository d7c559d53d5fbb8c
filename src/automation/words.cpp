#include "automation/words.h"

#include <fmt/format.h>

#include "base/json.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {
namespace {

namespace walk = ngsi::walk;

std::string plain(std::string_view json) {
  return walk::is_string(json) ? json_string_text(json) : std::string(json);
}

Words both(std::string_view text) {
  return {std::string(text), std::string(text)};
}

const Label* label_of(const Rule& rule, std::string_view name) {
  const auto found = rule.labels.find(std::string(name));
  return found == rule.labels.end() ? nullptr : &found->second;
}

Words name_of(const Rule& rule, std::string_view name) {
  const Label* label = label_of(rule, name);
  Words out = both(name);
  if (label != nullptr && !label->name.ja.empty()) out.ja = label->name.ja;
  if (label != nullptr && !label->name.en.empty()) out.en = label->name.en;
  return out;
}

std::string unit_of(const Rule& rule, std::string_view name) {
  const Label* label = label_of(rule, name);
  return label == nullptr || label->unit.empty() ? std::string() : " " + label->unit;
}

std::string short_name(ngsi::TermId term) {
  return term == ngsi::kNoTerm ? std::string("?") : std::string(ngsi::core_context()->compact(term));
}

struct Named {
  Words words;
  std::string unit;
};
Named path_words(const Rule& rule, const ngsi::AttrPath& path) {
  if (path.of_entity) return {{"この対象", "the entity"}, ""};
  std::string name = short_name(path.name);
  Named out{name_of(rule, name), unit_of(rule, name)};
  for (const ngsi::TermId sub : path.subs) {
    out.words.ja += "." + short_name(sub);
    out.words.en += "." + short_name(sub);
  }
  for (const std::string& member : path.value_path) {
    out.words.ja += "[" + member + "]";
    out.words.en += "[" + member + "]";
  }
  if (path.linked) {
    const Named inner = path_words(rule, *path.linked);
    return {{out.words.ja + "の" + inner.words.ja, inner.words.en + " of " + out.words.en}, inner.unit};
  }
  return out;
}

Words compared(const Rule& rule, const ngsi::QueryExpr& q) {
  using ngsi::Comparator;
  const Named subject = path_words(rule, q.path);
  const std::string& unit = subject.unit;
  if (q.kind == ngsi::QueryExpr::Kind::kExists) {
    return {subject.words.ja + "がある", subject.words.en + " is there"};
  }
  std::string ja, en;
  if (q.range && q.values.size() == 2) {
    ja = fmt::format("{}〜{}{}", q.values[0].text, q.values[1].text, unit);
    en = fmt::format("between {} and {}{}", q.values[0].text, q.values[1].text, unit);
  } else {
    for (const ngsi::QueryValue& value : q.values) {
      ja += (ja.empty() ? "" : "・") + value.text + unit;
      en += (en.empty() ? "" : " or ") + value.text + unit;
    }
  }
  switch (q.op) {
    case Comparator::kEqual:
      return {subject.words.ja + "が " + ja, subject.words.en + " is " + en};
    case Comparator::kNotEqual:
      return {subject.words.ja + "が " + ja + " でない", subject.words.en + " is not " + en};
    case Comparator::kGreater:
      return {subject.words.ja + "が " + ja + " より大きい", subject.words.en + " is above " + en};
    case Comparator::kGreaterEqual:
      return {subject.words.ja + "が " + ja + " 以上", subject.words.en + " is at least " + en};
    case Comparator::kLess:
      return {subject.words.ja + "が " + ja + " 未満", subject.words.en + " is below " + en};
    case Comparator::kLessEqual:
      return {subject.words.ja + "が " + ja + " 以下", subject.words.en + " is at most " + en};
    case Comparator::kMatch:
      return {subject.words.ja + "が " + ja + " に合う", subject.words.en + " matches " + en};
    case Comparator::kNotMatch:
      return {subject.words.ja + "が " + ja + " に合わない", subject.words.en + " does not match " + en};
  }
  return {};
}

Words time_words(std::int64_t us) {
  const std::int64_t s = us / 1'000'000;
  if (s % 86400 == 0 && s != 0) return {fmt::format("{}日", s / 86400), fmt::format("{} days", s / 86400)};
  if (s % 3600 == 0 && s != 0) return {fmt::format("{}時間", s / 3600), fmt::format("{} h", s / 3600)};
  if (s % 60 == 0 && s != 0) return {fmt::format("{}分", s / 60), fmt::format("{} min", s / 60)};
  return {fmt::format("{}秒", s), fmt::format("{} s", s)};
}

std::string clock_of(int minutes) {
  return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60);
}

Words list_of_names(const Rule& rule, const std::vector<std::string>& names) {
  Words out;
  for (const std::string& name : names) {
    const Words each = name_of(rule, name);
    out.ja += (out.ja.empty() ? "" : "・") + each.ja;
    out.en += (out.en.empty() ? "" : ", ") + each.en;
  }
  return out;
}

Words trigger_words(const Rule& rule) {
  const Trigger& t = rule.trigger;
  switch (t.kind) {
    case Trigger::Kind::kChange: {
      std::vector<std::string> names = t.attributes;
      if (names.empty()) {
        for (const ngsi::TermId term : t.terms) names.push_back(short_name(term));
      }
      const Words w = list_of_names(rule, names);
      return {w.ja + "が変わったとき", "When " + w.en + " changes"};
    }
    case Trigger::Kind::kSchedule: {
      if (t.every.us != 0) {
        const Words w = time_words(t.every.us);
        return {w.ja + "ごとに", "Every " + w.en};
      }
      std::string at;
      for (const int minute : t.at) at += (at.empty() ? "" : ", ") + clock_of(minute);
      return {at + " に", "At " + at};
    }
    case Trigger::Kind::kSun:
      return t.sunset ? Words{"日の入りのころ", "Around sunset"} : Words{"日の出のころ", "Around sunrise"};
    case Trigger::Kind::kGeofence:
      return t.leave ? Words{"決めた場所から出たとき", "When it leaves the place"}
                     : Words{"決めた場所に入ったとき", "When it enters the place"};
    case Trigger::Kind::kSilence: {
      const Words w = list_of_names(rule, t.attributes), time = time_words(t.silent.us);
      return {fmt::format("{}が {} 届かないとき", w.ja, time.ja), fmt::format("When {} is silent for {}", w.en, time.en)};
    }
  }
  return {};
}

Words condition_words(const Rule& rule) {
  const Condition& c = rule.condition;
  Words out;
  const auto add = [&out](const std::string& ja, const std::string& en) {
    out.ja += (out.ja.empty() ? "" : "、") + ja;
    out.en += (out.en.empty() ? "" : " and ") + en;
  };
  if (c.season) {
    add(fmt::format("{}月{}日〜{}月{}日", c.season->from / 100, c.season->from % 100, c.season->to / 100,
                    c.season->to % 100),
        fmt::format("from {:02}-{:02} to {:02}-{:02}", c.season->from / 100, c.season->from % 100, c.season->to / 100,
                    c.season->to % 100));
  }
  if (c.hours) {
    add(clock_of(c.hours->from) + "〜" + clock_of(c.hours->to),
        "between " + clock_of(c.hours->from) + " and " + clock_of(c.hours->to));
  }
  if (c.since) {
    const Words name = name_of(rule, c.since->attribute), from = time_words(std::abs(c.since->from.us));
    const bool before = c.since->from.us < 0;
    add(fmt::format("{}の {}{}から", name.ja, from.ja, before ? "前" : "後"),
        fmt::format("from {} {} {}", from.en, before ? "before" : "after", name.en));
  }
  if (c.holds.expr) {
    const Words w = words_of(rule, *c.holds.expr);
    add(w.ja, w.en);
  }
  if (c.lasting.us != 0) {
    const Words w = time_words(c.lasting.us);
    out.ja += fmt::format("（{} 続いたら）", w.ja);
    out.en += " for " + w.en;
  }
  return out;
}

/// The values that the condition looks at, as they are: 「水位が 3.2 cm」.
Words values_now(const Rule& rule, const ngsi::Record& record) {
  std::vector<ngsi::TermId> terms;
  if (rule.condition.holds.expr) collect_attributes(*rule.condition.holds.expr, terms);
  if (terms.empty()) terms = rule.trigger.terms;
  Words out;
  for (const ngsi::TermId term : terms) {
    const ngsi::AttributeView view = record.find(term);
    if (view.data() == nullptr || view.kind() == ngsi::AttrKind::kRelationship ||
        view.kind() == ngsi::AttrKind::kGeoProperty) {
      continue;
    }
    const std::string value = plain(ngsi::plain_value(view.value())), name = short_name(term);
    if (value.size() > 60) continue;
    const Words w = name_of(rule, name);
    const std::string unit = unit_of(rule, name);
    out.ja += fmt::format("{}{}が {}{}", out.ja.empty() ? "" : "、", w.ja, value, unit);
    out.en += fmt::format("{}{} is {}{}", out.en.empty() ? "" : ", ", w.en, value, unit);
  }
  return out;
}

Words with_values(const Words& values, const Words& rest) {
  if (values.empty()) return rest;
  return {values.ja + "です。" + rest.ja, values.en + "; " + rest.en};
}

}  // namespace

Words words_of(const Rule& rule, const ngsi::QueryExpr& q) {
  using Kind = ngsi::QueryExpr::Kind;
  if (q.kind != Kind::kAnd && q.kind != Kind::kOr) return compared(rule, q);
  Words out;
  for (const ngsi::QueryExpr& child : q.children) {
    Words each = words_of(rule, child);
    if ((child.kind == Kind::kAnd || child.kind == Kind::kOr) && child.children.size() > 1) {
      each = {"（" + each.ja + "）", "(" + each.en + ")"};
    }
    out.ja += (out.ja.empty() ? "" : q.kind == Kind::kAnd ? "、かつ " : "、または ") + each.ja;
    out.en += (out.en.empty() ? "" : q.kind == Kind::kAnd ? " and " : " or ") + each.en;
  }
  return out;
}

Words words_of(const Rule& rule, const Action& a) {
  switch (a.kind) {
    case Action::Kind::kCommand:
    case Action::Kind::kSet: {
      const Words name = name_of(rule, a.attribute);
      const Words target = a.target.empty() ? Words{} : name_of(rule, a.target);
      const std::string value = plain(a.value), unit = unit_of(rule, a.attribute);
      const bool command = a.kind == Action::Kind::kCommand;
      return {fmt::format("{}{}{}を {}{} にする", target.ja, target.ja.empty() ? "" : "の", name.ja, value, unit) +
                  (command ? "（指令）" : ""),
              fmt::format("{} {}{}{} to {}{}", command ? "command" : "set", name.en, target.en.empty() ? "" : " of ",
                          target.en, value, unit)};
    }
    case Action::Kind::kNotice:
      return {"「" + a.text.ja + "」と知らせる", "tell people \"" + a.text.en + "\""};
    case Action::Kind::kAlarm:
      return {"警報「" + a.text.ja + "」を出す", "raise the alarm \"" + a.text.en + "\""};
    case Action::Kind::kWebhook:
      return {a.url + " を呼ぶ", "call " + a.url};
  }
  return {};
}

Words words_of(const Rule& rule) {
  const Words when = trigger_words(rule), condition = condition_words(rule);
  Words actions;
  for (const Action& action : rule.then) {
    const Words each = words_of(rule, action);
    actions.ja += (actions.ja.empty() ? "" : "、") + each.ja;
    actions.en += (actions.en.empty() ? "" : ", ") + each.en;
  }
  return {when.ja + "、" + (condition.ja.empty() ? "" : condition.ja + " なら、") + actions.ja + "。",
          when.en + (condition.en.empty() ? "" : ", if " + condition.en) + ": " + actions.en + "."};
}

Words reason_of(const Rule& rule, const Step& step, const Moment& moment) {
  Words values;
  if (moment.record != nullptr) values = values_now(rule, *moment.record);
  const Condition& c = rule.condition;
  const Words condition = condition_words(rule);
  const bool fired = step.event == Event::kFired;
  switch (step.cause) {
    case Cause::kCondition:
      if (fired) {
        return with_values(values, condition.ja.empty()
                                       ? Words{"値が書かれたためです。", "a value was written."}
                                       : Words{"条件「" + condition.ja + "」が成り立ったためです。",
                                               "the condition \"" + condition.en + "\" holds."});
      }
      if (c.until.expr) {
        const Words until = words_of(rule, *c.until.expr);
        return with_values(values, {"「" + until.ja + "」になったので終わります。", "it ends because " + until.en + "."});
      }
      return with_values(values, {"条件「" + condition.ja + "」が成り立たなくなったので終わります。",
                                  "it ends because \"" + condition.en + "\" no longer holds."});
    case Cause::kTime: {
      if (!fired) return {"決めた時間・時期が終わったので終わります。", "It ends because its hours or season are over."};
      const Words when = trigger_words(rule);
      return with_values(values, condition.ja.empty()
                                     ? Words{"決めた時刻（" + when.ja + "）になったためです。", "it is time (" + when.en + ")."}
                                     : Words{"決めた時刻（" + when.ja + "）に、条件「" + condition.ja + "」が成り立っていたためです。",
                                             "it is time (" + when.en + ") and \"" + condition.en + "\" holds."});
    }
    case Cause::kPlace:
      if (!fired) return {"場所の条件が終わったので終わります。", "It ends because the place no longer applies."};
      return rule.trigger.leave ? Words{"決めた場所から出たためです。", "It left the place."}
                                : Words{"決めた場所に入ったためです。", "It entered the place."};
    case Cause::kSilence: {
      if (!fired) return {"また届くようになったので終わります。", "It ends because it is heard again."};
      const Words names = list_of_names(rule, rule.trigger.attributes), time = time_words(rule.trigger.silent.us);
      return {fmt::format("{}が {} 以上届いていないためです。", names.ja, time.ja),
              fmt::format("{} has not been heard for {} or more.", names.en, time.en)};
    }
    case Cause::kSignalLost: {
      const Words names = list_of_names(rule, rule.safety.signal), time = time_words(rule.safety.lost_after.us);
      return step.event == Event::kSafe
                 ? Words{fmt::format("{}が {} 届かないので、安全な状態にします。", names.ja, time.ja),
                         fmt::format("{} has been silent for {}: made safe.", names.en, time.en)}
                 : Words{fmt::format("{}が {} 届いていないので、始めません。", names.ja, time.ja),
                         fmt::format("Not begun: {} has been silent for {}.", names.en, time.en)};
    }
    case Cause::kRanTooLong: {
      const Words time = time_words(rule.safety.max_run.us);
      return {fmt::format("{} 続いたので（最長運転時間）、安全な状態にします。", time.ja),
              fmt::format("It ran for {}, the longest it may: made safe.", time.en)};
    }
    case Cause::kInterlock: {
      const Interlock& lock = rule.safety.interlocks[step.interlock];
      const Words must = lock.must.expr ? words_of(rule, *lock.must.expr) : Words{};
      const Words text{lock.text.ja.empty() ? "「" + must.ja + "」が必要" : lock.text.ja,
                       lock.text.en.empty() ? "it needs: " + must.en : lock.text.en};
      return with_values(values, {"安全条件により始めません：" + text.ja + "。", "not begun, by an interlock: " + text.en + "."});
    }
    case Cause::kTooOften: {
      const Words time = time_words(rule.safety.within.us);
      return {fmt::format("{} に {} 回までの制限により、始めません。", time.ja, rule.safety.at_most),
              fmt::format("Not begun: at most {} times in {}.", rule.safety.at_most, time.en)};
    }
    case Cause::kManual:
      return step.event == Event::kOverridden
                 ? Words{"人が手で操作したので、規則は手を引きます。", "Somebody took over by hand: the rule lets go."}
                 : Words{"人が手で操作しているので、始めません。", "Not begun: somebody operates it by hand."};
    case Cause::kLoop:
      return {"この規則は自分の動作でくり返し起動していたため、止めました。",
              "Stopped: by what it does, this rule kept triggering itself."};
    case Cause::kRemoved:
      return step.event == Event::kSafe
                 ? Words{"規則が止められたので、安全な状態にします。", "The rule was switched off: made safe."}
                 : Words{"対象がなくなったか、規則が止められたので終わります。", "It ends: the entity is gone, or the rule was switched off."};
  }
  return {};
}

std::string filled(std::string_view text, const ngsi::Record& record) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('{', at), close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) return out.append(text.substr(at));
    out.append(text.substr(at, open - at));
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (name == "id") {
      out.append(record.id());
    } else {
      const ngsi::TermId term = ngsi::core_context()->find(name);
      const ngsi::AttributeView view = term == ngsi::kNoTerm ? ngsi::AttributeView(nullptr) : record.find(term);
      out += view.data() == nullptr ? std::string("–") : plain(ngsi::plain_value(view.value()));
    }
    at = close + 1;
  }
  return out;
}

std::string value_for(const Action& action, const ngsi::Record& record) {
  if (!walk::is_string(action.value)) return action.value;
  const std::string text = json_string_text(action.value);
  if (text.size() > 2 && text.front() == '{' && text.find('}') == text.size() - 1) {
    const ngsi::TermId term = ngsi::core_context()->find(std::string_view(text).substr(1, text.size() - 2));
    const ngsi::AttributeView view = term == ngsi::kNoTerm ? ngsi::AttributeView(nullptr) : record.find(term);
    return view.data() == nullptr ? std::string() : std::string(view.value());
  }
  std::string out;
  append_json_string(out, filled(text, record));
  return out;
}

}  // namespace tsunagu::automation
