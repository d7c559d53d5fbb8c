#include "gateway/guard/disclosure.h"

namespace tsunagu::gateway {
namespace {

std::string_view verb(trust::Action action) {
  switch (action) {
    case trust::kRead:
      return "read";
    case trust::kHistory:
      return "history";
    case trust::kSubscribe:
      return "notice";
    case trust::kCreate:
      return "create";
    case trust::kUpdate:
      return "update";
    case trust::kDelete:
      return "delete";
  }
  return "read";
}

}  // namespace

void Disclosure::note(const trust::View& view, store::TenantId tenant, trust::Action action,
                      const ngsi::Record& shown) {
  const trust::AccessPtr access = view.access(tenant);
  if (!access->knows_persons()) return;
  // Who it is about may be among what was hidden.
  const ngsi::RecordPtr there = view.behind().find(tenant, shown.id());
  const ngsi::Record& full = there ? *there : shown;
  std::string_view person = access->person_of(full);
  if (person.empty()) person = access->person_of(shown);
  if (person.empty()) return;
  ++record_.count;
  persons_.emplace(person);
  if (entities_.size() < kMostEntities) entities_.emplace(shown.id());
  if (shown.attribute_count() < full.attribute_count()) {
    for (const ngsi::AttributeView a : shown.attributes()) attributes_.emplace(ngsi::terms().text(a.name()));
  }
  record_.action = verb(action);
  if (!record_.rule.empty()) return;
  const trust::LinkedBehind linked(view.behind(), tenant);
  const trust::Decision decision = access->decide(action, full, &linked);
  if (!decision.allowed() || decision.rule() >= access->rules().size()) return;
  const trust::RuleName& rule = access->rules()[decision.rule()];
  record_.rule = rule.policy + "/" + rule.rule;
  if (!rule.because.empty()) record_.rule += " " + rule.because;
}

trust::AuditRecord Disclosure::take() {
  trust::AuditRecord record = std::exchange(record_, {});
  record.persons.assign(persons_.begin(), persons_.end());
  record.entities.assign(entities_.begin(), entities_.end());
  record.attributes.assign(attributes_.begin(), attributes_.end());
  persons_.clear();
  entities_.clear();
  attributes_.clear();
  return record;
}

}  // namespace tsunagu::gateway
