#include "trust/policy/facts.h"

#include <algorithm>

#include "base/json.h"
#include "base/log.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::trust {
namespace {

constexpr std::string_view kPolicyPrefix = "urn:ngsi-ld:Policy:";
constexpr std::string_view kAll = "";

Instant instant_of(const ngsi::Record& record, ngsi::TermId attribute, bool& broken) {
  if (record.find(attribute).data() == nullptr) return kNoInstant;
  const std::string text = text_of(record, attribute);
  auto instant = parse_instant(text);
  if (!instant) instant = parse_date(text);
  broken = broken || !instant;
  return instant.value_or(kNoInstant);
}

std::vector<ngsi::TermId> terms_in(const ngsi::Record& record, ngsi::TermId attribute) {
  std::vector<ngsi::TermId> out;
  for (const std::string& name : texts_of(record, attribute)) out.push_back(ngsi::core_context()->intern(name));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

template <class T>
const std::vector<std::shared_ptr<const T>>& in(
    const std::unordered_map<std::string, std::vector<std::shared_ptr<const T>>>& index, std::string_view key) {
  static const std::vector<std::shared_ptr<const T>> nothing;
  const auto found = index.find(std::string(key));
  return found == index.end() ? nothing : found->second;
}

template <class T>
void drop(std::unordered_map<std::string, std::vector<std::shared_ptr<const T>>>& index, const std::string& key,
          const std::string& id) {
  const auto found = index.find(key);
  if (found == index.end()) return;
  std::erase_if(found->second, [&](const auto& each) { return each->id == id; });
  if (found->second.empty()) index.erase(found);
}

/// Also when it is there already.
template <class T>
void put(std::unordered_map<std::string, std::vector<std::shared_ptr<const T>>>& index, const std::string& key,
         const std::shared_ptr<const T>& item) {
  drop(index, key, item->id);
  index[key].push_back(item);
}

}  // namespace

Instant Validity::next(Instant at) const {
  if (broken) return kNoInstant;
  if (from != kNoInstant && from > at) return from;
  return until != kNoInstant && until > at ? until : kNoInstant;
}

const TrustTerms& TrustTerms::get() {
  static const TrustTerms terms = [] {
    const auto n = [](std::string_view name) { return ngsi::core_context()->intern(name); };
    return TrustTerms{
        n("AccessRelation"), n("Consent"), n("EmergencyAccess"), n("Policy"),     n("subject"),  n("relation"),
        n("target"),         n("role"),    n("validFrom"),       n("validUntil"), n("allow"),    n("types"),
        n("person"),         n("to"),      n("purpose"),         n("attributes"), n("status"),   n("givenBy"),
        n("receipt"),        n("givenAt"), n("reason"),          n("supervisor"), n("reviewed"), n("review"),
        n("text"),           n("name"),    n("location"),        n("territory"),  n("birthDate")};
  }();
  return terms;
}

std::string text_of(const ngsi::Record& record, ngsi::TermId attribute) {
  const auto texts = texts_of(record, attribute);
  return texts.size() == 1 ? texts.front() : std::string();
}

std::vector<std::string> texts_of(const ngsi::Record& record, ngsi::TermId attribute) {
  std::vector<std::string> out;
  const ngsi::AttributeView instance = record.find(attribute);
  if (instance.data() == nullptr) return out;
  const std::string_view value = ngsi::plain_value(instance.value());
  const auto add = [&](std::string_view json) {
    if (ngsi::walk::is_string(json)) out.push_back(json_string_text(json));
    return false;
  };
  if (ngsi::walk::is_array(value)) {
    ngsi::walk::any_element(value, add);
  } else {
    add(value);
  }
  return out;
}

std::string name_of(const ngsi::Record& record, std::string_view language) {
  const ngsi::AttributeView instance = record.find(TrustTerms::get().name);
  if (instance.data() == nullptr) return {};
  std::string_view value = ngsi::plain_value(instance.value());
  if (ngsi::walk::is_object(value)) {
    std::string_view one = ngsi::walk::member(value, language);
    if (one.empty()) one = ngsi::walk::member(value, "ja");
    value = one;
  }
  return ngsi::walk::is_string(value) ? json_string_text(value) : std::string();
}

Validity validity_of(const ngsi::Record& record) {
  const TrustTerms& t = TrustTerms::get();
  Validity out;
  out.from = instant_of(record, t.valid_from, out.broken);
  out.until = instant_of(record, t.valid_until, out.broken);
  const Instant expires = record.expires_at();
  if (expires != kNoInstant && (out.until == kNoInstant || expires < out.until)) out.until = expires;
  return out;
}

std::optional<Relation> read_relation(const ngsi::Record& record) {
  const TrustTerms& t = TrustTerms::get();
  Relation out;
  out.id = record.id();
  out.subject = text_of(record, t.subject);
  out.relation = text_of(record, t.relation);
  out.object = text_of(record, t.object);
  out.role = text_of(record, t.role);
  out.valid = validity_of(record);
  if (record.find(t.allow).data() != nullptr) {
    out.allow = 0;
    for (const std::string& action : texts_of(record, t.allow)) {
      if (action == "write") out.allow |= kWrite;
      if (const auto one = parse_action(action)) out.allow |= *one;
    }
  }
  out.types = terms_in(record, t.types);
  if (out.subject.empty() || out.relation.empty() || out.object.empty()) return std::nullopt;
  return out;
}

std::optional<Consent> read_consent(const ngsi::Record& record) {
  const TrustTerms& t = TrustTerms::get();
  Consent out;
  out.id = record.id();
  out.person = text_of(record, t.person);
  out.to = text_of(record, t.to);
  out.purpose = text_of(record, t.purpose);
  out.types = terms_in(record, t.types);
  if (record.find(t.attributes).data() != nullptr) out.attributes = {false, terms_in(record, t.attributes)};
  out.valid = validity_of(record);
  if (text_of(record, t.status) != "given") return std::nullopt;
  if (out.person.empty() || out.to.empty() || out.purpose.empty() || out.types.empty()) return std::nullopt;
  return out;
}

std::optional<Emergency> read_emergency(const ngsi::Record& record) {
  const TrustTerms& t = TrustTerms::get();
  Emergency out{std::string(record.id()), text_of(record, t.subject), text_of(record, t.person), validity_of(record)};
  // Without an end it would be no emergency.
  if (out.subject.empty() || out.person.empty() || out.valid.until == kNoInstant) return std::nullopt;
  return out;
}

std::string policy_name(std::string_view id) {
  return std::string(id.starts_with(kPolicyPrefix) ? id.substr(kPolicyPrefix.size()) : id);
}

std::string policy_id(std::string_view name) {
  return std::string(kPolicyPrefix).append(name);
}

bool Facts::concerns(const ngsi::Record& record) {
  const TrustTerms& t = TrustTerms::get();
  return record.has_type(t.access_relation) || record.has_type(t.consent) || record.has_type(t.emergency_access) ||
         record.has_type(t.policy) || record.find(t.territory).data() != nullptr;
}

bool Facts::take(const ngsi::Record* before, const ngsi::Record* after, std::vector<std::string>& touched) {
  const TrustTerms& t = TrustTerms::get();
  const std::size_t known = touched.size();
  const auto each = [&](ngsi::TermId type, auto&& remove, auto&& add) {
    if (before != nullptr && before->has_type(type)) remove(*before);
    if (after != nullptr && after->has_type(type)) add(*after);
  };
  each(
      t.access_relation,
      [&](const ngsi::Record& record) {
        const auto gone = read_relation(record);
        if (!gone) return;
        drop(by_subject_, gone->subject, gone->id);
        drop(by_object_, gone->object, gone->id);
        touched.push_back(gone->subject);
      },
      [&](const ngsi::Record& record) {
        auto come = read_relation(record);
        if (!come) return;
        const auto kept = std::make_shared<const Relation>(std::move(*come));
        put(by_subject_, kept->subject, kept);
        put(by_object_, kept->object, kept);
        touched.push_back(kept->subject);
      });
  each(
      t.consent,
      [&](const ngsi::Record& record) {
        const auto gone = read_consent(record);
        if (!gone) return;
        drop(consents_, gone->to, gone->id);
        touched.push_back(gone->to);
      },
      [&](const ngsi::Record& record) {
        auto come = read_consent(record);
        if (!come) return;
        const auto kept = std::make_shared<const Consent>(std::move(*come));
        put(consents_, kept->to, kept);
        touched.push_back(kept->to);
      });
  each(
      t.emergency_access,
      [&](const ngsi::Record& record) {
        const auto gone = read_emergency(record);
        if (!gone) return;
        drop(emergencies_, gone->subject, gone->id);
        touched.push_back(gone->subject);
      },
      [&](const ngsi::Record& record) {
        auto come = read_emergency(record);
        if (!come) return;
        const auto kept = std::make_shared<const Emergency>(std::move(*come));
        put(emergencies_, kept->subject, kept);
        touched.push_back(kept->subject);
      });
  each(
      t.policy,
      [&](const ngsi::Record& record) {
        policies_.erase(policy_name(record.id()));
        active_.erase(policy_name(record.id()));
        touched.emplace_back(kAll);
      },
      [&](const ngsi::Record& record) {
        touched.emplace_back(kAll);
        if (text_of(record, t.status) != "active") return;
        const std::string name = policy_name(record.id());
        active_.insert(name);
        auto policy = read_policy(text_of(record, t.text), name);
        if (policy) {
          policies_[name] = std::move(*policy);
        } else {
          log::error("Policy {} allows nothing until it is put right: {}", name, policy.error().detail);
        }
      });
  const auto area = [&](const ngsi::Record* record) {
    const ngsi::AttributeView view = record != nullptr ? record->find(t.territory) : ngsi::AttributeView(nullptr);
    return view.data() != nullptr && view.kind() == ngsi::AttrKind::kGeoProperty ? view.value() : std::string_view();
  };
  if (area(before) != area(after)) {
    const std::string id((after != nullptr ? after : before)->id());
    area(after).empty() ? void(areas_.erase(id)) : void(areas_[id] = area(after));
    touched.push_back(id);
  }
  return touched.size() > known;
}

Facts Facts::policies_with(PolicyPtr policy) const {
  Facts out;
  out.policies_ = policies_;
  out.active_ = active_;
  out.active_.insert(policy->name);
  out.policies_[policy->name] = std::move(policy);
  return out;
}

const std::vector<RelationPtr>& Facts::relations_of(std::string_view subject) const {
  return in(by_subject_, subject);
}
const std::vector<RelationPtr>& Facts::relations_to(std::string_view object) const {
  return in(by_object_, object);
}
const std::vector<ConsentPtr>& Facts::consents_to(std::string_view receiver) const {
  return in(consents_, receiver);
}
const std::vector<EmergencyPtr>& Facts::emergencies_of(std::string_view subject) const {
  return in(emergencies_, subject);
}
std::vector<std::string> Facts::bodies_with(const std::vector<std::string>& roles, Instant at) const {
  std::set<std::string> found;
  for (const auto& [body, relations] : by_object_) {
    for (const RelationPtr& each : relations) {
      if (each->relation == "memberOf" && each->valid.holds(at) &&
          (roles.empty() || std::find(roles.begin(), roles.end(), each->role) != roles.end())) {
        found.insert(body);
      }
    }
  }
  return {found.begin(), found.end()};
}

std::string_view Facts::area_of(std::string_view body) const {
  const auto found = areas_.find(std::string(body));
  return found == areas_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace tsunagu::trust
