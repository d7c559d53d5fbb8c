#include "trust/alerts/alerts.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/json_object.h"
#include "base/log.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/entity.h"
#include "ngsi/query.h"

namespace tsunagu::trust {
namespace {

constexpr std::string_view kAlertPrefix = "urn:ngsi-ld:SecurityAlert:";
constexpr std::size_t kCursorStep = 10'000;

ngsi::TermId alert_term(std::string_view name) {
  return ngsi::core_context()->intern(name);
}

ngsi::Attribute alert_attribute(std::string_view name, std::string value,
                                ngsi::AttrKind kind = ngsi::AttrKind::kProperty) {
  ngsi::Attribute one;
  one.name = alert_term(name);
  one.kind = kind;
  one.value = std::move(value);
  return one;
}

ngsi::Attribute alert_text(std::string_view name, std::string_view text,
                           ngsi::AttrKind kind = ngsi::AttrKind::kProperty) {
  std::string json;
  append_json_string(json, text);
  return alert_attribute(name, std::move(json), kind);
}

std::string alert_instant(Instant at) {
  return fmt::format(R"({{"@type":"DateTime","@value":"{}"}})", to_string(at));
}

ngsi::Entity alert_entity(const Alert& alert) {
  using enum ngsi::AttrKind;
  ngsi::Entity entity;
  entity.id = std::string(kAlertPrefix) + alert.id;
  entity.types = {alert_term("SecurityAlert")};
  auto& attributes = entity.attributes;
  attributes.push_back(alert_text("kind", alert.kind));
  attributes.push_back(alert_text("severity", alert.severity));
  attributes.push_back(alert_text("status", "open"));
  if (!alert.subject.empty()) {
    attributes.push_back(
        alert_text("subject", alert.subject, alert.subject.starts_with("urn:") ? kRelationship : kProperty));
  }
  if (!alert.person.empty()) attributes.push_back(alert_text("person", alert.person, kRelationship));
  std::string texts;
  JsonObject(texts).text("en", alert.en).text("ja", alert.ja).end();
  attributes.push_back(alert_attribute("description", std::move(texts), kLanguageProperty));
  attributes.push_back(alert_attribute("detectedAt", alert_instant(alert.at)));
  if (alert.line != 0) attributes.push_back(alert_attribute("logLine", std::to_string(alert.line)));
  entity.sort_attributes();
  return entity;
}

store::Decide creating_alert(ngsi::Entity entity) {
  return [entity = std::move(entity)](const ngsi::Record* current, Instant at) -> Result<store::Decision> {
    if (current != nullptr) return store::Keep{};
    ngsi::Entity fresh = entity;
    ngsi::stamp_new(fresh, at);
    auto record = ngsi::encode(std::move(fresh));
    if (!record) return tl::unexpected(record.error());
    return store::Put{std::move(*record)};
  };
}

store::Decide changing_alert(Alerts::Change change) {
  return [change = std::move(change)](const ngsi::Record* current, Instant at) -> Result<store::Decision> {
    if (current == nullptr || !current->has_type(alert_term("SecurityAlert"))) {
      return fail(ErrorCode::kResourceNotFound, "there is no such alert");
    }
    ngsi::Entity fragment;
    if (!change.status.empty()) fragment.attributes.push_back(alert_text("status", change.status));
    if (!change.note.empty()) fragment.attributes.push_back(alert_text("note", change.note));
    if (change.by.starts_with("urn:")) {
      fragment.attributes.push_back(alert_text("handledBy", change.by, ngsi::AttrKind::kRelationship));
    }
    fragment.sort_attributes();
    ngsi::Entity entity = ngsi::decode(*current);
    ngsi::update_attributes(entity, std::move(fragment), at);
    auto record = ngsi::encode(std::move(entity));
    if (!record) return tl::unexpected(record.error());
    return store::Put{std::move(*record)};
  };
}

/// The text of a Property or Relationship; "" when there is none.
std::string text_of_alert(const ngsi::Record& record, std::string_view name) {
  const auto found = record.find(alert_term(name));
  if (found.data() == nullptr) return {};
  const std::string_view value = ngsi::plain_value(found.value());
  return value.starts_with('"') ? json_string_text(value) : std::string(value);
}

}  // namespace

void Alerts::tell(const Alert& alert) {
  log::warn("Alert ({}, {}): {}", alert.kind, alert.severity, alert.en);
  const auto tenant = store_.find_tenant(alert.tenant).value_or(store::TenantId{});
  const ngsi::Entity entity = alert_entity(alert);
  store_.submit({store::EntityWrite{tenant, entity.id, creating_alert(entity)}},
                [](const std::vector<store::Outcome>& done) {
                  if (!done[0].result) log::error("An alert could not be written: {}", done[0].result.error().detail);
                });
}

void Alerts::change(store::TenantId tenant, std::string_view id, Change change,
                    std::function<void(Result<void>)> done) {
  if (!change.status.empty() && change.status != "open" && change.status != "seen" && change.status != "closed") {
    return done(bad("status is open, seen or closed"));
  }
  if (change.status.empty() && change.note.empty()) return done(bad("nothing to change: give status or note"));
  store_.submit({store::EntityWrite{tenant, std::string(id), changing_alert(std::move(change))}},
                [done = std::move(done)](const std::vector<store::Outcome>& outcome) { done(outcome[0].result); });
}

std::vector<ngsi::RecordPtr> Alerts::list(store::TenantId tenant, std::string_view status, std::size_t limit) const {
  ngsi::Selection selection;
  ngsi::TypeExpr type;
  type.kind = ngsi::TypeExpr::Kind::kType;
  type.type = alert_term("SecurityAlert");
  selection.types = std::move(type);
  selection.at = now();
  std::vector<ngsi::RecordPtr> found;
  const auto cursor = store_.query(tenant, std::move(selection));
  while (cursor->step(kCursorStep, kCursorStep, found)) {
  }
  std::vector<std::pair<std::string, ngsi::RecordPtr>> sorted;
  for (ngsi::RecordPtr& record : found) {
    if (!status.empty() && text_of_alert(*record, "status") != status) continue;
    sorted.emplace_back(text_of_alert(*record, "detectedAt"), std::move(record));
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  found.clear();
  for (auto& [at, record] : sorted) {
    if (found.size() == limit) break;
    found.push_back(std::move(record));
  }
  return found;
}

std::string Alerts::json(const ngsi::Record& record) {
  std::string out;
  JsonObject alert(out);
  alert.text("id", record.id());
  for (const char* name : {"kind", "severity", "status", "detectedAt"}) alert.text(name, text_of_alert(record, name));
  for (const char* name : {"subject", "person", "note", "handledBy"}) {
    alert.text_if(name, text_of_alert(record, name));
  }
  const auto description = record.find(alert_term("description"));
  if (description.data() != nullptr) alert.json("description", description.value());
  if (const std::string line = text_of_alert(record, "logLine"); !line.empty()) alert.json("logLine", line);
  alert.end();
  return out;
}

}  // namespace tsunagu::trust
