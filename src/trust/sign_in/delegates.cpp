#include "trust/sign_in/delegates.h"

#include "trust/audit/chain.h"
#include "trust/consent/find_all.h"
#include "trust/policy/attributes.h"
#include "trust/policy/facts.h"

namespace tsunagu::trust {
namespace {

constexpr const char* kDelegateOf = "delegateOf";
constexpr std::int64_t kYear = 365LL * 86'400 * 1'000'000;  // µs

bool is_delegation(const ngsi::Record& record) {
  return text_of(record, TrustTerms::get().relation) == kDelegateOf;
}

}  // namespace

std::vector<Delegation> Delegates::of(const std::string& person, store::TenantId tenant, Instant now) const {
  const TrustTerms& t = TrustTerms::get();
  std::vector<Delegation> out;
  for (const ngsi::RecordPtr& record : find_all(store_, tenant, t.access_relation, t.object, person)) {
    const Validity valid = validity_of(*record);
    if (!is_delegation(*record) || valid.broken || (valid.until != kNoInstant && valid.until <= now)) continue;
    out.push_back({std::string(record->id()), text_of(*record, t.subject), valid.until});
  }
  return out;
}

void Delegates::add(const SubjectPtr& person, const Visitor& visitor, const std::string& who, Instant until,
                    std::function<void(Result<Delegation>)> done) {
  const auto tenant = store_.find_tenant(person->tenant);
  const AccountPtr account =
      who.starts_with("urn:") ? sign_in_.accounts().of_subject(who, person->tenant) : sign_in_.accounts().find(who);
  const Instant at = now();
  if (person->kind != SubjectKind::kResident || !tenant) {
    return done(fail(ErrorCode::kForbidden, "only residents have delegates"));
  }
  if (!account || account->tenant != person->tenant || account->kind != SubjectKind::kResident) {
    return done(bad("\"delegate\" must be the sign-in name or the URN of a resident who has an account here"));
  }
  if (account->subject == person->id) return done(bad("you need no delegate to be yourself"));
  if (until == kNoInstant) until = Instant{at.us + kYear};
  if (until <= at || until.us > at.us + 5 * kYear) return done(bad("\"until\" must lie within the next five years"));
  Delegation wanted{
      "urn:ngsi-ld:AccessRelation:delegate-" + to_hex(sha256(person->id + ' ', account->subject)).substr(0, 16),
      account->subject, until};
  const TrustTerms& t = TrustTerms::get();
  const std::vector<ngsi::Attribute> attributes{
      link_attribute(t.subject, wanted.delegate), text_attribute(t.relation, kDelegateOf),
      link_attribute(t.object, person->id), instant_attribute(t.valid_from, at),
      instant_attribute(t.valid_until, until)};
  const std::string detail = wanted.delegate + " until " + to_string(until);
  sign_in_.log(AuditKind::kAccount, person, visitor, "delegate", "ok", detail,
               [this, tenant = *tenant, wanted, attributes, done = std::move(done)](const Result<void>& logged) {
                 if (!logged) return done(tl::unexpected(logged.error()));
                 const auto decide = [wanted, attributes](const ngsi::Record* current, Instant written) {
                   return changed(current, wanted.id, TrustTerms::get().access_relation, attributes, {}, written);
                 };
                 store_.submit({store::EntityWrite{tenant, wanted.id, decide}},
                               [wanted, done](const std::vector<store::Outcome>& outcomes) {
                                 if (!outcomes[0].result) return done(tl::unexpected(outcomes[0].result.error()));
                                 done(wanted);
                               });
               });
}

void Delegates::remove(const SubjectPtr& by, const Visitor& visitor, const std::string& id,
                       std::function<void(Result<void>)> done) {
  const auto tenant = store_.find_tenant(by->tenant);
  const ngsi::RecordPtr record = tenant ? store_.find(*tenant, id) : nullptr;
  const TrustTerms& t = TrustTerms::get();
  const bool own = record && is_delegation(*record) &&
                   (text_of(*record, t.object) == by->id || text_of(*record, t.subject) == by->id);
  if (!own) return done(fail(ErrorCode::kResourceNotFound, "there is no such delegate, or not any more"));
  sign_in_.log(AuditKind::kAccount, by, visitor, "delegate removed", "ok", text_of(*record, t.subject),
               [this, tenant = *tenant, id, done = std::move(done)](const Result<void>& logged) {
                 if (!logged) return done(logged);
                 const auto decide = [](const ngsi::Record* current, Instant) -> Result<store::Decision> {
                   if (current == nullptr) return store::Keep{};
                   return store::Remove{};
                 };
                 store_.submit({store::EntityWrite{tenant, id, decide}},
                               [done](const std::vector<store::Outcome>& outcomes) { done(outcomes[0].result); });
               });
}

}  // namespace tsunagu::trust
