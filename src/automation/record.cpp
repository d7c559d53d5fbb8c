#include "automation/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/json_object.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::automation {
namespace {

namespace walk = ngsi::walk;

ngsi::TermId term_of(std::string_view name) {
  return ngsi::core_context()->intern(name);
}

std::string words_json(const Words& words) {
  std::string out;
  JsonObject(out).text("ja", words.ja).text("en", words.en).end();
  return out;
}

ngsi::Attribute attribute(std::string_view name, ngsi::AttrKind kind, std::string value, Instant at) {
  ngsi::Attribute out;
  out.name = term_of(name);
  out.kind = kind;
  out.value = std::move(value);
  out.observed_at = at;
  return out;
}

std::string text_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

class RecordVisitor final : public store::SeriesVisitor {
 public:
  RecordVisitor(std::size_t limit, std::vector<std::pair<Instant, std::string>>& out) : limit_(limit), out_(out) {}
  bool point(const store::HistoryPoint& p) override {
    if (p.deleted == kNoInstant) out_.emplace_back(p.at, p.instance.value());
    return ++seen_ < limit_;
  }

 private:
  const std::size_t limit_;
  std::size_t seen_ = 0;
  std::vector<std::pair<Instant, std::string>>& out_;
};

}  // namespace

std::string record_id(std::string_view rule, std::string_view entity) {
  return fmt::format("urn:ngsi-ld:{}:{}:{:016x}", kRecordType, rule, hash64(entity));
}

std::string to_json(const Record& r) {
  std::string out, list = "[";
  for (const Done& each : r.done) {
    if (list.size() > 1) list += ',';
    JsonObject object(list);
    object.json("what", words_json(each.what)).text_if("target", each.target).text_if("attribute", each.attribute);
    if (!each.value.empty()) object.json("value", each.value);
    object.truth("ok", each.ok).text_if("fault", each.fault).end();
  }
  list += ']';
  JsonObject(out)
      .text("rule", r.rule)
      .json("title", words_json(r.title))
      .text("entity", r.entity)
      .text("at", to_string(r.at))
      .text("event", name(r.event))
      .text("cause", name(r.cause))
      .json("reason", words_json(r.reason))
      .json("actions", list)
      .text_if("owner", r.owner)
      .end();
  return out;
}

store::EntityWrite write_record(store::TenantId tenant, const Record& r) {
  using ngsi::AttrKind;
  ngsi::Entity fragment;
  fragment.id = record_id(r.rule, r.entity);
  fragment.types = {term_of(kRecordType)};
  fragment.attributes = {
      attribute("rule", AttrKind::kProperty, text_json(r.rule), r.at),
      attribute("title", AttrKind::kLanguageProperty, words_json(r.title), r.at),
      attribute("refEntity", AttrKind::kRelationship, text_json(r.entity), r.at),
      attribute("event", AttrKind::kProperty, text_json(name(r.event)), r.at),
      attribute("reason", AttrKind::kLanguageProperty, words_json(r.reason), r.at),
      attribute("record", AttrKind::kJsonProperty, to_json(r), r.at),
  };
  fragment.sort_attributes();
  std::string id = fragment.id;
  return {tenant, std::move(id), [fragment](const ngsi::Record* current, Instant now) -> Result<store::Decision> {
            ngsi::Entity entity;
            if (current == nullptr) {
              entity = fragment;
              ngsi::stamp_new(entity, now);
            } else {
              entity = ngsi::decode(*current);
              ngsi::append_attributes(entity, fragment, false, now);
              entity.modified_at = now;
            }
            auto record = ngsi::encode(std::move(entity));
            if (!record) return tl::unexpected(record.error());
            return store::Put{std::move(*record)};
          }};
}

LastEvent last_event(const ngsi::Record& record) {
  const ngsi::AttributeView event = record.find(term_of("event"));
  if (event.data() == nullptr) return {};
  const auto parts = event.parts();
  return {walk::is_string(parts.value) ? json_string_text(parts.value) : std::string(), parts.observed_at};
}

Result<std::vector<std::string>> find_records(const store::Store& store, store::TenantId tenant, std::string_view rule,
                                              std::string_view entity, Instant from, std::size_t limit) {
  ngsi::Selection selection;
  selection.types = ngsi::TypeExpr{ngsi::TypeExpr::Kind::kType, term_of(kRecordType), {}};
  if (!rule.empty() && !entity.empty()) selection.ids = {record_id(rule, entity)};
  selection.at = now();
  const auto cursor = store.query(tenant, std::move(selection));
  std::vector<ngsi::RecordPtr> entities;
  while (cursor->step(4096, 4096, entities)) {
  }
  const ngsi::TermId rule_term = term_of("rule"), entity_term = term_of("refEntity");
  const auto is = [](const ngsi::Record& record, ngsi::TermId term, std::string_view text) {
    const ngsi::AttributeView view = record.find(term);
    return view.data() != nullptr && walk::is_string(view.value()) && json_string_text(view.value()) == text;
  };
  std::vector<std::pair<Instant, std::string>> found;
  auto reader = store.history(tenant);
  if (!reader) return tl::unexpected(reader.error());
  const store::SeriesKey series{term_of("record"), ""};
  for (const ngsi::RecordPtr& each : entities) {
    if (!rule.empty() && !is(*each, rule_term, rule)) continue;
    if (!entity.empty() && !is(*each, entity_term, entity)) continue;
    store::TimeWindow window;
    window.from = from;
    RecordVisitor visitor(limit, found);
    if (auto scanned = (*reader)->scan(each->id(), series, window, true, visitor); !scanned) {
      return tl::unexpected(scanned.error());
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  if (found.size() > limit) found.resize(limit);
  std::vector<std::string> out;
  for (auto& [at, json] : found) out.push_back(std::move(json));
  return out;
}

}  // namespace tsunagu::automation
