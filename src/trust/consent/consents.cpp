#include "trust/consent/consents.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/json_object.h"
#include "ngsi/context.h"
#include "trust/consent/find_all.h"
#include "trust/policy/attributes.h"

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kYear = std::int64_t{365} * 86'400'000'000 + 21'600'000'000;

bool has(const auto& list, const auto& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

ngsi::TermId term_of(std::string_view name) {
  return ngsi::core_context()->find(name);
}

std::string text_list(const std::vector<std::string>& texts) {
  std::string out;
  append_json_texts(out, texts);
  return out;
}

}  // namespace

std::string short_name(ngsi::TermId term) {
  return std::string(ngsi::core_context()->compact(term));
}

Consents::Consents(store::Store& store, const PolicyAuthority& authority, const Directory& directory, Auditor& auditor,
                   SigningKey key, PolicyAuthority::Clock clock)
    : store_(store),
      authority_(authority),
      directory_(directory),
      auditor_(auditor),
      key_(std::move(key)),
      clock_(clock ? std::move(clock) : PolicyAuthority::Clock(&tsunagu::now)) {}

ConsentView Consents::view(const ngsi::Record& record, store::TenantId tenant) const {
  const TrustTerms& t = TrustTerms::get();
  ConsentView out;
  out.id = record.id();
  out.person = directory_.named(text_of(record, t.person), tenant);
  out.to = directory_.named(text_of(record, t.to), tenant);
  out.purpose = text_of(record, t.purpose);
  out.types = texts_of(record, t.types);
  if (record.find(t.attributes).data() != nullptr) out.attributes = texts_of(record, t.attributes);
  out.status = text_of(record, t.status);
  out.given = parse_instant(text_of(record, t.given_at)).value_or(record.created_at());
  out.until = validity_of(record).until;
  out.given_by = directory_.named(text_of(record, t.given_by), tenant);
  return out;
}

std::vector<Named> Consents::persons(const Asking& asking) const {
  const Subject& subject = *asking.subject;
  std::vector<Named> out;
  if (subject.kind != SubjectKind::kResident) return out;
  if (!subject.acts_for.empty()) {
    if (directory_.may_act_for(asking.subject, subject.acts_for, asking.tenant)) {
      out.push_back(directory_.named(subject.acts_for, asking.tenant));
    }
    return out;
  }
  out.push_back(directory_.named(subject.id, asking.tenant));
  for (Named& each : directory_.guards(asking.subject, asking.tenant)) out.push_back(std::move(each));
  return out;
}

std::vector<ConsentView> Consents::of(const Asking& asking) const {
  const TrustTerms& t = TrustTerms::get();
  std::vector<ConsentView> out;
  for (const Named& person : persons(asking)) {
    for (const ngsi::RecordPtr& record : find_all(store_, asking.tenant, t.consent, t.person, person.id)) {
      out.push_back(view(*record, asking.tenant));
    }
  }
  std::sort(out.begin(), out.end(), [](const ConsentView& a, const ConsentView& b) { return a.given > b.given; });
  return out;
}

std::vector<ConsentOffer> Consents::offers(store::TenantId tenant) const {
  std::vector<ConsentOffer> out;
  for (const PolicyPtr& policy : authority_.policies(tenant)) {
    for (const Rule& rule : policy->rules) {
      if (!rule.consent) continue;
      std::vector<ngsi::TermId> types = rule.types;
      if (rule.personal_types) {
        for (const PersonalType& each : policy->personal) types.push_back(each.type);
      }
      std::erase_if(types, [&](ngsi::TermId type) { return has(rule.except_types, type); });
      for (const std::string& body : authority_.bodies_with(rule.roles, tenant)) {
        if (!rule.bodies.empty() && !has(rule.bodies, body)) continue;
        for (const std::string& purpose : rule.purposes) {
          auto same = std::find_if(out.begin(), out.end(),
                                   [&](const ConsentOffer& o) { return o.to == body && o.purpose == purpose; });
          if (same == out.end()) same = out.insert(out.end(), ConsentOffer{body, purpose, {}});
          for (const ngsi::TermId type : types) {
            if (!has(same->types, type)) same->types.push_back(type);
          }
        }
      }
    }
  }
  return out;
}

Result<void> Consents::may_decide(const Asking& asking, std::string_view person) const {
  const Subject& subject = *asking.subject;
  if (subject.everything()) return {};
  if (subject.kind != SubjectKind::kResident || subject.id.empty()) {
    return fail(ErrorCode::kForbidden, "consents are given by the person whose data it is: sign in as a resident");
  }
  if (!subject.scopes.empty()) {
    return fail(ErrorCode::kForbidden, "an application cannot consent for you: sign in to the portal");
  }
  const auto guarded = directory_.guards(asking.subject, asking.tenant);
  const bool guards = std::any_of(guarded.begin(), guarded.end(), [&](const Named& each) { return each.id == person; });
  if (guards && (subject.acts_for.empty() || subject.acts_for == person)) return {};
  if (!subject.acts_for.empty()) {
    return fail(ErrorCode::kForbidden, "a delegate cannot consent for the person they act for; only a guardian can");
  }
  if (person != subject.id) return fail(ErrorCode::kForbidden, "you may consent for yourself and for those you guard");
  // Too young to decide alone?
  if (authority_.related_to(person, asking.tenant, "guardianOf").empty()) return {};
  const auto record = store_.find(asking.tenant, person);
  const auto born = record ? parse_date(text_of(*record, TrustTerms::get().birth_date)) : std::nullopt;
  int age = 0;
  for (const PolicyPtr& policy : authority_.policies(asking.tenant)) age = std::max(age, policy->consent_age);
  if (born && clock_().us - born->us < age * kYear) {
    return fail(ErrorCode::kForbidden, fmt::format("below {} years a guardian decides: ask yours", age));
  }
  return {};
}

Result<ngsi::RecordPtr> Consents::own(const Asking& asking, const std::string& id) const {
  const TrustTerms& t = TrustTerms::get();
  auto record = store_.find(asking.tenant, id);
  const auto missing = fail(ErrorCode::kResourceNotFound, "there is no consent " + id);
  if (!record || !record->has_type(t.consent)) return missing;
  const std::string person = text_of(*record, t.person);
  const auto mine = persons(asking);
  if (!asking.subject->everything() &&
      std::none_of(mine.begin(), mine.end(), [&](const Named& each) { return each.id == person; })) {
    return missing;
  }
  return record;
}

void Consents::give(const Asking& asking, ConsentDraft draft, Done done) {
  if (draft.person.empty()) draft.person = asking.subject->id;
  if (auto may = may_decide(asking, draft.person); !may) return done(tl::unexpected(may.error()));
  const auto offered = offers(asking.tenant);
  const auto offer = std::find_if(offered.begin(), offered.end(), [&](const ConsentOffer& o) {
    return o.to == draft.to && o.purpose == draft.purpose;
  });
  if (offer == offered.end()) {
    return done(bad(fmt::format("nobody at {} waits for a consent to \"{}\": choose one of GET /trust/consents/offers",
                                draft.to, draft.purpose)));
  }
  if (draft.types.empty()) return done(bad("types: name at least one type of data"));
  for (const std::string& type : draft.types) {
    if (!has(offer->types, term_of(type))) {
      return done(bad(fmt::format("types: {} is not offered for this purpose", type)));
    }
  }
  if (draft.attributes && draft.attributes->empty()) return done(bad("attributes: name at least one, or leave it out"));
  const Instant now = clock_();
  if (draft.until != kNoInstant && draft.until <= now) return done(bad("until: is over already"));
  ConsentView wanted;
  wanted.id = "urn:ngsi-ld:Consent:" + random_text(15);
  wanted.person = directory_.named(draft.person, asking.tenant);
  wanted.to = directory_.named(draft.to, asking.tenant);
  wanted.purpose = std::move(draft.purpose);
  wanted.types = std::move(draft.types);
  wanted.attributes = std::move(draft.attributes);
  wanted.status = "given";
  wanted.given = now;
  wanted.until = draft.until;
  wanted.given_by = directory_.named(asking.subject->id, asking.tenant);
  write(asking, "give", std::move(wanted), true, std::move(done));
}

void Consents::narrow(const Asking& asking, const std::string& id, ConsentChange change, Done done) {
  const auto record = own(asking, id);
  if (!record) return done(tl::unexpected(record.error()));
  ConsentView wanted = view(**record, asking.tenant);
  if (auto may = may_decide(asking, wanted.person.id); !may) return done(tl::unexpected(may.error()));
  if (wanted.status != "given") return done(fail(ErrorCode::kConflict, "this consent was withdrawn: give a new one"));
  const auto inside = [](const std::vector<std::string>& less, const std::vector<std::string>& more) {
    return std::all_of(less.begin(), less.end(), [&](const std::string& each) { return has(more, each); });
  };
  constexpr std::string_view kOnlyLess = "a consent can only be narrowed; for more, give a new one";
  if (change.types) {
    if (change.types->empty() || !inside(*change.types, wanted.types))
      return done(bad(fmt::format("types: {}", kOnlyLess)));
    wanted.types = *change.types;
  }
  if (change.attributes) {
    if (change.attributes->empty() || (wanted.attributes && !inside(*change.attributes, *wanted.attributes))) {
      return done(bad(fmt::format("attributes: {}", kOnlyLess)));
    }
    wanted.attributes = *change.attributes;
  }
  if (change.until) {
    if (*change.until == kNoInstant || (wanted.until != kNoInstant && *change.until > wanted.until)) {
      return done(bad(fmt::format("until: {}", kOnlyLess)));
    }
    wanted.until = *change.until;
  }
  write(asking, "narrow", std::move(wanted), false, std::move(done));
}

void Consents::withdraw(const Asking& asking, const std::string& id, Done done) {
  const auto record = own(asking, id);
  if (!record) return done(tl::unexpected(record.error()));
  ConsentView wanted = view(**record, asking.tenant);
  if (auto may = may_decide(asking, wanted.person.id); !may) return done(tl::unexpected(may.error()));
  if (wanted.status != "given") return done(std::move(wanted));
  wanted.status = "withdrawn";
  write(asking, "withdraw", std::move(wanted), false, std::move(done));
}

void Consents::write(const Asking& asking, std::string action, ConsentView wanted, bool is_new, Done done) {
  const TrustTerms& t = TrustTerms::get();
  AuditRecord event;
  event.kind = AuditKind::kConsent;
  event.subject = asking.subject;
  event.action = action;
  event.purpose = wanted.purpose;
  event.tenant = asking.tenant_name;
  event.request = asking.request;
  event.peer = asking.peer;
  event.outcome = "ok";
  event.persons = {wanted.person.id};
  event.entities = {wanted.id};
  event.count = 1;
  event.detail = fmt::format("{}: {}", wanted.to.id, fmt::join(wanted.types, ", "));

  std::vector<ngsi::Attribute> attributes{
      link_attribute(t.person, wanted.person.id), link_attribute(t.to, wanted.to.id),
      text_attribute(t.purpose, wanted.purpose),  texts_attribute(t.types, wanted.types),
      text_attribute(t.status, wanted.status),    link_attribute(t.given_by, wanted.given_by.id),
      instant_attribute(t.given_at, wanted.given)};
  if (wanted.given_by.id.empty()) std::erase_if(attributes, [&](const auto& a) { return a.name == t.given_by; });
  if (wanted.attributes) attributes.push_back(texts_attribute(t.attributes, *wanted.attributes));
  if (wanted.until != kNoInstant) attributes.push_back(instant_attribute(t.valid_until, wanted.until));
  attributes.push_back(text_attribute(t.receipt, signed_receipt(wanted, asking.tenant, action)));
  store::Decide decide = [id = wanted.id, attributes, is_new](const ngsi::Record* current,
                                                              Instant now) -> Result<store::Decision> {
    const TrustTerms& names = TrustTerms::get();
    if (is_new != (current == nullptr)) return fail(ErrorCode::kConflict, "the consent changed meanwhile: try again");
    if (current != nullptr && text_of(*current, names.status) != "given") {
      return fail(ErrorCode::kConflict, "this consent was withdrawn meanwhile");
    }
    return changed(current, id, names.consent, attributes, {}, now);
  };
  auditor_.record(std::move(event), [this, tenant = asking.tenant, wanted = std::move(wanted),
                                     decide = std::move(decide), done = std::move(done)](Result<void> recorded) {
    if (!recorded) return done(tl::unexpected(recorded.error()));
    std::vector<store::Write> writes;
    writes.emplace_back(store::EntityWrite{tenant, wanted.id, decide});
    store_.submit(std::move(writes), [wanted, done](std::vector<store::Outcome> outcomes) {
      if (!outcomes[0].result) return done(tl::unexpected(outcomes[0].result.error()));
      done(wanted);
    });
  });
}

std::string Consents::signed_receipt(const ConsentView& consent, store::TenantId tenant, std::string_view event) const {
  Title purpose;
  for (const Purpose& each : directory_.all_purposes(tenant)) {
    if (each.key == consent.purpose) purpose = each.title;
  }
  std::string receipt;
  JsonObject out(receipt);
  out.text("version", "KI-CR-v1.1.0").text("jurisdiction", "JP");
  out.number("consentTimestamp", clock_().us / 1'000'000);
  out.text("collectionMethod", "portal, by the person or their guardian").text("consentReceiptID", consent.id);
  out.text("language", "ja").text("piiPrincipalId", consent.person.id);
  out.text("event", event);
  std::string controller;
  JsonObject(controller).text("piiController", consent.to.id).text("contact", consent.to.name).end();
  out.json("piiControllers", "[" + controller + "]");
  std::string service, words;
  JsonObject(words).text("ja", purpose.ja).text("en", purpose.en).end();
  JsonObject terms(service);
  terms.text("purpose", consent.purpose).json("purposeTitle", words).text("consentType", "EXPLICIT");
  terms.json("piiCategory", text_list(consent.types));
  if (consent.attributes) terms.json("piiAttributes", text_list(*consent.attributes));
  terms.truth("primaryPurpose", true);
  terms.text("termination", consent.until == kNoInstant ? "until it is withdrawn" : to_string(consent.until));
  terms.text("withdrawal", "at any time: /consents, with immediate effect").truth("thirdPartyDisclosure", false);
  terms.end();
  std::string services = "[{\"service\":";
  append_json_string(services, consent.to.name.empty() ? consent.to.id : consent.to.name);
  services += ",\"purposes\":[" + service + "]}]";
  out.json("services", services).truth("sensitive", true).json("spiCat", text_list(consent.types));
  out.text("status", consent.status).text("givenBy", consent.given_by.id).text("given", to_string(consent.given));
  out.end();

  std::string header;
  JsonObject(header).text("alg", "EdDSA").text("typ", "JWT").text("kid", key_.id()).end();
  const std::string input = to_base64url(header) + "." + to_base64url(receipt);
  return input + "." + to_base64url(key_.sign(input));
}

Result<std::string> Consents::receipt(const Asking& asking, const std::string& id) const {
  const auto record = own(asking, id);
  if (!record) return tl::unexpected(record.error());
  std::string jws = text_of(**record, TrustTerms::get().receipt);
  // One that came by other ways has none yet.
  if (jws.empty()) jws = signed_receipt(view(**record, asking.tenant), asking.tenant, "give");
  const std::size_t first = jws.find('.'), second = jws.rfind('.');
  const auto text = first < second ? from_base64url(std::string_view(jws).substr(first + 1, second - first - 1))
                                   : Result<std::string>(bad(""));
  if (!text) return fail(ErrorCode::kInternalError, "the receipt of " + id + " cannot be read");
  std::string out;
  JsonObject(out).json("receipt", *text).text("jws", jws).text("key", key_.public_pem()).end();
  return out;
}

}  // namespace tsunagu::trust
