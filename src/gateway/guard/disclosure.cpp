#include "gateway/guard/disclosure.h"

#include <algorithm>

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

/// Nearly always the same again, or another.
void append_other(std::vector<std::string>& list, std::string_view text) {
  if (list.empty() || list.back() != text) list.emplace_back(text);
}

void only_once(std::vector<std::string>& list) {
  if (list.size() < 2) return;
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
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
  record_.kind = trust::AuditKind::kAccess;
  append_other(record_.persons, person);
  if (record_.entities.size() < kMostEntities) append_other(record_.entities, shown.id());
  if (shown.attribute_count() < full.attribute_count()) {
    for (const ngsi::AttributeView a : shown.attributes()) {
      append_other(record_.attributes, ngsi::terms().text(a.name()));
    }
    if (record_.attributes.size() > kMostEntities) only_once(record_.attributes);
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

void Disclosure::note_command(const ngsi::Record& entity) {
  if (record_.persons.empty()) record_.kind = trust::AuditKind::kOperation;
  record_.action = "command";
  ++record_.count;
  if (record_.entities.size() < kMostEntities) append_other(record_.entities, entity.id());
}

trust::AuditRecord Disclosure::take() {
  for (std::vector<std::string>* list : {&record_.persons, &record_.entities, &record_.attributes}) only_once(*list);
  return std::exchange(record_, {});
}

}  // namespace tsunagu::gateway
