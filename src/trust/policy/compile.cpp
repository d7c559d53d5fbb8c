#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "ngsi/context.h"
#include "trust/policy/compiler.h"

namespace tsunagu::trust {
namespace {

constexpr std::int64_t kMinute = 60'000'000, kDay = 24 * 60 * kMinute;

void sort_terms(std::vector<ngsi::TermId>& terms) {
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
}

}  // namespace

std::string listed_names(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

void AccessCompiler::begin() {
  const Subject& subject = *in_.subject;
  access_->subject_ = in_.subject;
  access_->purpose_ = in_.purpose;
  note(subject.until);
  kind_ = subject.kind;
  id_ = subject.id;
  if (!subject.acts_for.empty()) {
    RelationPtr delegation;
    each_relation(subject.id, [&](const RelationPtr& relation) {
      if ((relation->relation == kDelegate || relation->relation == kGuardian) &&
          relation->object == subject.acts_for) {
        delegation = relation;
      }
    });
    delegated_ = true;
    kind_ = delegation ? SubjectKind::kResident : SubjectKind::kAnonymous;
    id_ = delegation ? subject.acts_for : std::string();
    if (delegation) limits_.push_back({Limit{delegation->allow, delegation->types}});
  }
  if (!subject.scopes.empty()) limits_.push_back(limits_of_scopes(subject.scopes));
  each_relation(id_, [&](const RelationPtr& relation) {
    if (relation->relation == kMember) members_.push_back(relation);
  });
  for (const auto& [name, policy] : in_.policies->policies()) {
    for (const PersonalType& each : policy->personal) {
      if (!person_of_type_.emplace(each.type, each.attribute).second) continue;
      access_->persons_.push_back({each.type, each.attribute});
      personal_.push_back(each.type);
    }
  }
  sort_terms(personal_);
}

void AccessCompiler::note_hours(const Policy& policy, const Rule& rule) {
  if (!rule.hours && rule.weekdays == 0x7f) return;
  const std::int64_t offset = policy.utc_offset_minutes * kMinute;
  const std::int64_t local = in_.now.us + offset;
  const std::int64_t midnight = local - ((local % kDay) + kDay) % kDay;
  const auto border = [&](std::int64_t minutes) {
    std::int64_t at = midnight + minutes * kMinute;
    if (at <= local) at += kDay;
    note(Instant{at - offset});
  };
  border(0);
  if (rule.hours) {
    border(rule.hours->from);
    border(rule.hours->to);
  }
}

bool AccessCompiler::at_this_time(const Policy& policy, const Rule& rule) const {
  const std::int64_t local = in_.now.us + policy.utc_offset_minutes * kMinute;
  const std::int64_t of_day = ((local % kDay) + kDay) % kDay;
  const std::int64_t day = (local - of_day) / kDay;  // 1970-01-01 was a Thursday
  const auto weekday = static_cast<unsigned>(((day + 3) % 7 + 7) % 7);
  if (!(rule.weekdays & (1u << weekday))) return false;
  if (!rule.hours) return true;
  const auto minute = static_cast<int>(of_day / kMinute);
  return rule.hours->from < rule.hours->to ? minute >= rule.hours->from && minute < rule.hours->to
                                           : minute >= rule.hours->from || minute < rule.hours->to;
}

std::vector<RelationPtr> AccessCompiler::memberships_for(const Rule& rule) const {
  std::vector<RelationPtr> out;
  for (const RelationPtr& member : members_) {
    if (!rule.roles.empty() && !is_among(rule.roles, member->role)) continue;
    if (!rule.bodies.empty() && !is_among(rule.bodies, member->object)) continue;
    out.push_back(member);
  }
  return out;
}

bool AccessCompiler::for_subject(const Policy& policy, const Rule& rule, Tale* tale) {
  const Subject& subject = *in_.subject;
  bool all = true;
  const auto need = [&](bool given, bool holds, std::string_view key, auto&& text) {
    if (!given || (!all && tale == nullptr)) return;
    all = told(tale, holds, key, text) && all;
  };
  need(rule.kinds != 0xff, rule.kinds & (1u << static_cast<unsigned>(kind_)), "kind",
       [&] { return fmt::format("the subject is {}", name(kind_)); });
  const bool foreign = kind_ != SubjectKind::kAnonymous && subject.tenant != in_.tenant;
  need(foreign, is_among(rule.home_tenants, subject.tenant), "home_tenant", [&] {
    return fmt::format("the subject belongs to tenant \"{}\", which the rule for tenant \"{}\" has to name",
                       subject.tenant, in_.tenant);
  });
  const bool here = is_among(rule.tenants, in_.tenant) || (!in_.tenant.empty() && is_among(rule.tenants, kOthers));
  need(!rule.tenants.empty(), here, "tenant",
       [&] { return fmt::format("tenants: {} (asked: \"{}\")", listed_names(rule.tenants), in_.tenant); });
  need(rule.assurance != Assurance::kNone, subject.assurance >= rule.assurance, "assurance", [&] {
    return fmt::format("signed in with assurance {} (needed: {})", static_cast<int>(subject.assurance),
                       static_cast<int>(rule.assurance));
  });
  need(!rule.delegates, !delegated_, "delegates", [] { return std::string("asks for themselves, not for another"); });
  need(!rule.roles.empty() || !rule.bodies.empty(), !memberships_for(rule).empty(), "role", [&] {
    std::vector<std::string> has;
    for (const RelationPtr& member : members_) has.push_back(member->role + " of " + member->object);
    return fmt::format("role: {}{} (has: {})", listed_names(rule.roles),
                       rule.bodies.empty() ? "" : " of " + listed_names(rule.bodies), listed_names(has));
  });
  need(!rule.purposes.empty(), is_among(rule.purposes, in_.purpose), "purpose", [&] {
    return fmt::format("purpose: {} (named: {})", listed_names(rule.purposes),
                       in_.purpose.empty() ? "none" : in_.purpose);
  });
  if (all || tale != nullptr) note_hours(policy, rule);
  need(rule.hours || rule.weekdays != 0x7f, at_this_time(policy, rule), "hours",
       [&] { return "within the hours of the rule; it is " + to_string(in_.now); });
  return all;
}

std::vector<Holding> AccessCompiler::consented(const std::vector<std::string>& receivers,
                                               const std::map<std::string, std::string>* related) {
  std::vector<Holding> out;
  each_facts([&](const Facts& facts) {
    for (const std::string& receiver : receivers) {
      for (const ConsentPtr& consent : facts.consents_to(receiver)) {
        if (consent->purpose != in_.purpose) continue;
        note(consent->valid.next(in_.now));
        if (!consent->valid.holds(in_.now) || (related != nullptr && !related->contains(consent->person))) continue;
        // Consents to the same go together.
        auto same = std::find_if(out.begin(), out.end(), [&](const Holding& h) {
          return h.types == consent->types && h.attributes.except == consent->attributes.except &&
                 h.attributes.names == consent->attributes.names;
        });
        if (same == out.end()) same = out.insert(out.end(), Holding{{}, consent->types, consent->attributes});
        same->objects.emplace(consent->person, consent->id);
      }
    }
  });
  return out;
}

std::vector<Holding> AccessCompiler::holdings(const Rule& rule, Tale* tale) {
  if (!rule.relates()) return {Holding{}};
  std::vector<std::string> holders;
  if (!id_.empty()) holders.push_back(id_);
  if (!rule.roles.empty()) {
    for (const RelationPtr& member : memberships_for(rule)) holders.push_back(member->object);
  }
  Holding related;
  for (const std::string& relation : rule.relations) {
    if (relation == kSelf) {
      if (!id_.empty()) related.objects.emplace(id_, "");
      continue;
    }
    for (const std::string& holder : holders) {
      each_relation(holder, [&](const RelationPtr& each) {
        if (each->relation == relation) related.objects.emplace(each->object, each->id);
      });
    }
  }
  const bool by_relation = !rule.relations.empty();
  bool all = true;
  if (by_relation) {
    all = told(tale, !related.objects.empty(), "relation",
               [&] { return fmt::format("has a relation {} to somebody", listed_names(rule.relations)); });
  }
  if (rule.emergency) {
    std::map<std::string, std::string> urgent;
    const std::string& asker = in_.subject->id;  // break-glass is personal: nobody else's, no body's
    each_facts([&](const Facts& facts) {
      if (asker.empty() || delegated_) return;
      for (const EmergencyPtr& each : facts.emergencies_of(asker)) {
        note(each->valid.next(in_.now));
        if (!each->valid.holds(in_.now) || (by_relation && !related.objects.contains(each->person))) continue;
        urgent.emplace(each->person, each->id);
      }
    });
    related.objects = std::move(urgent);
    all = told(tale, !related.objects.empty(), "emergency",
               [] { return std::string("has begun an emergency access that is not over"); }) &&
          all;
  }
  if (rule.consent) {
    auto given = consented(holders, by_relation || rule.emergency ? &related.objects : nullptr);
    all = told(tale, !given.empty(), "consent",
               [&] {
                 return fmt::format("somebody consents that {} gets data for {}", listed_names(holders), in_.purpose);
               }) &&
          all;
    return all ? given : std::vector<Holding>();
  }
  return all ? std::vector<Holding>{std::move(related)} : std::vector<Holding>();
}

std::vector<ngsi::TermId> AccessCompiler::types_of(const Rule& rule) const {
  std::vector<ngsi::TermId> out = rule.types;
  if (rule.personal_types) out.insert(out.end(), personal_.begin(), personal_.end());
  sort_terms(out);
  std::vector<ngsi::TermId> left;
  const auto except = except_of(rule);
  std::set_difference(out.begin(), out.end(), except.begin(), except.end(), std::back_inserter(left));
  return left;
}

std::vector<ngsi::TermId> AccessCompiler::except_of(const Rule& rule) const {
  std::vector<ngsi::TermId> out = rule.except_types;
  if (rule.except_personal) out.insert(out.end(), personal_.begin(), personal_.end());
  sort_terms(out);
  return out;
}

AccessPtr AccessCompiler::run() {
  access_->all_ = in_.subject->everything();
  if (access_->all_) return access_;
  for (const auto& [name, policy] : in_.policies->policies()) {
    for (const Rule& rule : policy->rules) {
      if (!for_subject(*policy, rule, nullptr)) continue;
      for (const std::string& right : rule.rights) {
        std::string_view scopes = in_.subject->scopes;
        bool in_scope = scopes.empty();
        while (!scopes.empty()) in_scope = take_until(scopes, ' ') == right || in_scope;
        if (in_scope && !delegated_ && !is_among(access_->rights_, right)) access_->rights_.push_back(right);
      }
      if (rule.actions == 0) continue;
      for (const Holding& holding : holdings(rule, nullptr)) grant(*policy, rule, holding);
    }
  }
  access_->until_ = until_;
  for (std::uint32_t i = 0; i < access_->grants_.size(); ++i) {
    for (const ngsi::TermId type : access_->grants_[i].types) access_->by_type_[type.value].push_back(i);
    if (access_->grants_[i].types.empty()) access_->any_.push_back(i);
  }
  for (auto& [type, grants] : access_->by_type_) {
    grants.insert(grants.end(), access_->any_.begin(), access_->any_.end());
    std::sort(grants.begin(), grants.end());  // the order of the policies
  }
  access_->depends_.push_back(in_.subject->id);
  if (id_ != in_.subject->id) access_->depends_.push_back(id_);
  for (const RelationPtr& member : members_) access_->depends_.push_back(member->object);
  return access_;
}

AccessPtr compile(const CompileInput& input) {
  return AccessCompiler(input).run();
}

std::vector<RuleTale> explain(const CompileInput& input, Action action, const ngsi::Record& record) {
  return AccessCompiler(input).explain(action, record);
}

std::vector<Membership> memberships(const CompileInput& input) {
  return AccessCompiler(input).memberships();
}

bool may_begin_emergency(const CompileInput& input) {
  return AccessCompiler(input).may_begin_emergency();
}

std::vector<std::string> related(const CompileInput& input, std::string_view relation) {
  return AccessCompiler(input).related(relation);
}

}  // namespace tsunagu::trust
