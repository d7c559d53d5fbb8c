#include "trust/consent/emergencies.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trust/consent/find_all.h"
#include "trust/policy/attributes.h"

namespace tsunagu::trust {
namespace {

constexpr std::size_t kShortestReason = 5, kLongestReason = 2000;  // bytes

void newest_first(std::vector<EmergencyView>& list) {
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.began > b.began; });
}

}  // namespace

Emergencies::Emergencies(store::Store& store, const PolicyAuthority& authority, const Directory& directory,
                         Auditor& auditor, PolicyAuthority::Clock clock)
    : store_(store),
      authority_(authority),
      directory_(directory),
      auditor_(auditor),
      clock_(clock ? std::move(clock) : PolicyAuthority::Clock(&tsunagu::now)) {}

EmergencyView Emergencies::view(const ngsi::Record& record, store::TenantId tenant) const {
  const TrustTerms& t = TrustTerms::get();
  EmergencyView out;
  out.id = record.id();
  out.subject = directory_.named(text_of(record, t.subject), tenant);
  out.person = directory_.named(text_of(record, t.person), tenant);
  const std::string supervisor = text_of(record, t.supervisor);
  if (!supervisor.empty()) out.supervisor = directory_.named(supervisor, tenant);
  out.reason = text_of(record, t.reason);
  const Validity valid = validity_of(record);
  out.began = valid.from != kNoInstant ? valid.from : record.created_at();
  out.until = valid.until;
  out.reviewed = record.find(t.reviewed).data() != nullptr;
  out.review = text_of(record, t.review);
  return out;
}

Emergencies::Lists Emergencies::of(const Asking& asking) const {
  const TrustTerms& t = TrustTerms::get();
  Lists out;
  const Subject& subject = *asking.subject;
  const auto list = [&](ngsi::TermId attribute, const std::string& who, std::vector<EmergencyView>& into) {
    if (who.empty()) return;
    for (const ngsi::RecordPtr& record : find_all(store_, asking.tenant, t.emergency_access, attribute, who)) {
      into.push_back(view(*record, asking.tenant));
    }
  };
  out.may_begin = authority_.may_begin_emergency(asking.subject, asking.tenant);
  if (subject.acts_for.empty()) {
    list(t.subject, subject.id, out.own);
    list(t.supervisor, subject.id, out.to_review);
    list(t.person, subject.id, out.about_me);
    for (const Named& each : directory_.guards(asking.subject, asking.tenant)) list(t.person, each.id, out.about_me);
  } else if (directory_.may_act_for(asking.subject, subject.acts_for, asking.tenant)) {
    list(t.person, subject.acts_for, out.about_me);
  }
  newest_first(out.own);
  newest_first(out.about_me);
  newest_first(out.to_review);
  return out;
}

std::string Emergencies::supervisor_for(const Asking& asking) const {
  // Of a body in which the subject works, but nobody reviews themselves.
  for (const Membership& member : authority_.memberships(asking.subject, asking.tenant)) {
    for (const std::string& each : authority_.members(member.body, "supervisor", asking.tenant)) {
      if (each != asking.subject->id) return each;
    }
  }
  return {};
}

void Emergencies::begin(const Asking& asking, const std::string& person, std::string reason, int minutes, Done done) {
  const TrustTerms& t = TrustTerms::get();
  reason = trim(reason);
  if (reason.size() < kShortestReason || reason.size() > kLongestReason) {
    return done(bad("reason: say in a few words what makes this an emergency; it is shown to the person"));
  }
  if (minutes < 1 || minutes > kLongestMinutes) {
    return done(bad(fmt::format("minutes is a number from 1 to {}", kLongestMinutes)));
  }
  if (!authority_.may_begin_emergency(asking.subject, asking.tenant)) {
    return done(fail(ErrorCode::kForbidden, "no policy lets you begin an emergency access: your role has none"));
  }
  const auto record = store_.find(asking.tenant, person);
  if (!record || authority_.access(asking.subject, asking.tenant, "")->person_of(*record) != person) {
    return done(bad(fmt::format("person: there is no person {}; give the URN of a resident", person)));
  }
  EmergencyView wanted;
  wanted.id = "urn:ngsi-ld:EmergencyAccess:" + random_text(15);
  wanted.subject = directory_.named(asking.subject->id, asking.tenant);
  wanted.person = directory_.named(person, asking.tenant);
  if (const std::string supervisor = supervisor_for(asking); !supervisor.empty()) {
    wanted.supervisor = directory_.named(supervisor, asking.tenant);
  }
  wanted.reason = reason;
  wanted.began = clock_();
  wanted.until = Instant{wanted.began.us + std::int64_t{minutes} * 60'000'000};
  std::vector<ngsi::Attribute> attributes{link_attribute(t.subject, wanted.subject.id),
                                          link_attribute(t.person, person), text_attribute(t.reason, wanted.reason),
                                          instant_attribute(t.valid_from, wanted.began),
                                          instant_attribute(t.valid_until, wanted.until)};
  if (!wanted.supervisor.id.empty()) attributes.push_back(link_attribute(t.supervisor, wanted.supervisor.id));
  store::Decide decide = [id = wanted.id, attributes](const ngsi::Record* current, Instant now) {
    return changed(current, id, TrustTerms::get().emergency_access, attributes, {}, now);
  };
  write(asking, "begin", reason, std::move(wanted), std::move(decide), std::move(done));
}

void Emergencies::review(const Asking& asking, const std::string& id, std::string finding, Done done) {
  const TrustTerms& t = TrustTerms::get();
  finding = trim(finding);
  if (finding.empty() || finding.size() > kLongestReason) {
    return done(bad("finding: say in a few words what you found; it is shown to the person"));
  }
  const auto record = store_.find(asking.tenant, id);
  if (!record || !record->has_type(t.emergency_access) || !asking.subject->acts_for.empty() ||
      text_of(*record, t.supervisor) != asking.subject->id) {
    return done(fail(ErrorCode::kResourceNotFound, "there is no emergency access " + id + " for you to review"));
  }
  EmergencyView wanted = view(*record, asking.tenant);
  if (wanted.reviewed) return done(fail(ErrorCode::kConflict, "this emergency access was reviewed already"));
  wanted.reviewed = true;
  wanted.review = finding;
  const std::vector<ngsi::Attribute> attributes{instant_attribute(t.reviewed, clock_()),
                                                text_attribute(t.review, finding)};
  store::Decide decide = [id, attributes](const ngsi::Record* current, Instant now) -> Result<store::Decision> {
    const TrustTerms& names = TrustTerms::get();
    if (current == nullptr || current->find(names.reviewed).data() != nullptr) {
      return fail(ErrorCode::kConflict, "this emergency access was reviewed already");
    }
    return changed(current, id, names.emergency_access, attributes, {}, now);
  };
  write(asking, "review", finding, std::move(wanted), std::move(decide), std::move(done));
}

void Emergencies::write(const Asking& asking, std::string action, std::string detail, EmergencyView wanted,
                        store::Decide decide, Done done) {
  AuditRecord event;
  event.kind = AuditKind::kEmergency;
  event.subject = asking.subject;
  event.action = std::move(action);
  event.tenant = asking.tenant_name;
  event.request = asking.request;
  event.peer = asking.peer;
  event.outcome = "ok";
  event.persons = {wanted.person.id};
  event.entities = {wanted.id};
  event.count = 1;
  event.detail = std::move(detail);
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

}  // namespace tsunagu::trust
