#include "automation/alarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "base/json_object.h"
#include "base/text.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {
namespace {

namespace walk = ngsi::walk;

constexpr std::array<std::string_view, 4> kStatusNames{"raised", "acknowledged", "shelved", "cleared"};
constexpr std::array<std::string_view, 4> kSeverityNames{"critical", "major", "minor", "warning"};

std::string both(const Words& words) {
  std::string out;
  JsonObject(out).text("ja", words.ja).text("en", words.en).end();
  return out;
}

std::string text_in(std::string_view json, std::string_view name) {
  const std::string_view found = walk::member(json, name);
  return walk::is_string(found) ? json_string_text(found) : std::string();
}
Instant instant_in(std::string_view json, std::string_view name) {
  return parse_instant(text_in(json, name)).value_or(kNoInstant);
}
Words words_in(std::string_view json, std::string_view name) {
  const std::string_view found = walk::member(json, name);
  return {text_in(found, "ja"), text_in(found, "en")};
}

void instant_if(JsonObject& object, std::string_view name, Instant t) {
  if (t != kNoInstant) object.text(name, to_string(t));
}

ngsi::TermId alarm_term() {
  return ngsi::core_context()->intern("alarm");
}

}  // namespace

std::string_view name(AlarmStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

int severity_rank(std::string_view severity) {
  const auto found = std::find(kSeverityNames.begin(), kSeverityNames.end(), severity);
  return found == kSeverityNames.end() ? -1 : static_cast<int>(found - kSeverityNames.begin());
}

std::string_view severity_name(int rank) {
  return kSeverityNames.at(static_cast<std::size_t>(rank));
}

std::string alarm_id(std::string_view source, std::string_view entity) {
  return fmt::format("urn:ngsi-ld:{}:{}:{:016x}", kAlarmType, source, hash64(entity));
}

std::string to_json(const Alarm& a) {
  std::string notices = "[";
  for (const AlarmNotice& each : a.notices) {
    if (notices.size() > 1) notices += ',';
    JsonObject(notices)
        .text("at", to_string(each.at))
        .text("person", each.person)
        .text_if("way", each.way)
        .text_if("fault", each.fault)
        .end();
  }
  notices += ']';
  std::string out;
  JsonObject object(out);
  object.text("id", a.id).text("source", a.source).text("entity", a.entity).text("severity", a.severity);
  object.text("status", name(a.status)).json("text", both(a.text)).json("reason", both(a.reason));
  object.text("raisedAt", to_string(a.raised_at)).number("count", a.count);
  instant_if(object, "clearedAt", a.cleared_at);
  object.text_if("acknowledgedBy", a.acknowledged_by).text_if("note", a.note);
  instant_if(object, "acknowledgedAt", a.acknowledged_at);
  object.text_if("shelvedBy", a.shelved_by);
  instant_if(object, "shelvedUntil", a.shelved_until);
  object.number("step", a.step);
  instant_if(object, "nextCallAt", a.step_at);
  if (!a.waiting.empty()) append_json_texts(object.member("waiting"), a.waiting);
  object.json("notices", notices).end();
  return out;
}

Result<Alarm> read_alarm(std::string_view json) {
  Alarm a;
  a.id = text_in(json, "id");
  a.source = text_in(json, "source");
  a.entity = text_in(json, "entity");
  a.severity = text_in(json, "severity");
  const auto status = std::find(kStatusNames.begin(), kStatusNames.end(), text_in(json, "status"));
  a.raised_at = instant_in(json, "raisedAt");
  if (a.id.empty() || status == kStatusNames.end() || a.raised_at == kNoInstant || severity_rank(a.severity) < 0) {
    return bad("it is no alarm");
  }
  a.status = static_cast<AlarmStatus>(status - kStatusNames.begin());
  a.text = words_in(json, "text");
  a.reason = words_in(json, "reason");
  a.count = parse_number<std::uint64_t>(walk::member(json, "count")).value_or(1);
  a.cleared_at = instant_in(json, "clearedAt");
  a.acknowledged_by = text_in(json, "acknowledgedBy");
  a.note = text_in(json, "note");
  a.acknowledged_at = instant_in(json, "acknowledgedAt");
  a.shelved_by = text_in(json, "shelvedBy");
  a.shelved_until = instant_in(json, "shelvedUntil");
  a.step = parse_number<std::size_t>(walk::member(json, "step")).value_or(0);
  a.step_at = instant_in(json, "nextCallAt");
  walk::any_element(walk::member(json, "waiting"), [&](std::string_view each) {
    if (walk::is_string(each)) a.waiting.push_back(json_string_text(each));
    return a.waiting.size() >= Alarm::kMaxNotices;
  });
  walk::any_element(walk::member(json, "notices"), [&](std::string_view each) {
    a.notices.push_back({instant_in(each, "at"), text_in(each, "person"), text_in(each, "way"), text_in(each, "fault")});
    return a.notices.size() >= Alarm::kMaxNotices;
  });
  return a;
}

store::EntityWrite write_alarm(store::TenantId tenant, const Alarm& alarm, Instant now) {
  using ngsi::AttrKind;
  const auto attribute = [now](std::string_view name, AttrKind kind, std::string value) {
    ngsi::Attribute out;
    out.name = ngsi::core_context()->intern(name);
    out.kind = kind;
    out.value = std::move(value);
    out.observed_at = now;
    return out;
  };
  const auto text = [](std::string_view plain) {
    std::string out;
    append_json_string(out, plain);
    return out;
  };
  ngsi::Entity fragment;
  fragment.id = alarm.id;
  fragment.types = {ngsi::core_context()->intern(kAlarmType)};
  fragment.attributes = {attribute("source", AttrKind::kProperty, text(alarm.source)),
                         attribute("severity", AttrKind::kProperty, text(alarm.severity)),
                         attribute("status", AttrKind::kProperty, text(name(alarm.status))),
                         attribute("text", AttrKind::kLanguageProperty, both(alarm.text)),
                         attribute("alarm", AttrKind::kJsonProperty, to_json(alarm))};
  if (!alarm.entity.empty()) {
    fragment.attributes.push_back(attribute("refEntity", AttrKind::kRelationship, text(alarm.entity)));
  }
  fragment.sort_attributes();
  return {tenant, alarm.id, [fragment](const ngsi::Record* current, Instant at) -> Result<store::Decision> {
            ngsi::Entity entity;
            if (current == nullptr) {
              entity = fragment;
              ngsi::stamp_new(entity, at);
            } else {
              entity = ngsi::decode(*current);
              ngsi::append_attributes(entity, fragment, false, at);
              entity.modified_at = at;
            }
            auto record = ngsi::encode(std::move(entity));
            if (!record) return tl::unexpected(record.error());
            return store::Put{std::move(*record)};
          }};
}

std::vector<Alarm> kept_alarms(const store::Store& store, store::TenantId tenant) {
  ngsi::Selection selection;
  selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, ngsi::core_context()->intern(kAlarmType), {}};
  selection.at = now();
  std::vector<ngsi::RecordPtr> records;
  const auto cursor = store.query(tenant, std::move(selection));
  while (cursor->step(4096, 4096, records)) {
  }
  std::vector<Alarm> out;
  for (const ngsi::RecordPtr& record : records) {
    const ngsi::AttributeView view = record->find(alarm_term());
    if (view.data() == nullptr) continue;
    if (auto alarm = read_alarm(view.value()); alarm && alarm->id == record->id()) out.push_back(std::move(*alarm));
  }
  return out;
}

}  // namespace tsunagu::automation
