// What one decision costs. Usage: bench_trust [PERSONS=200] [ENTITIES=100000]
// A clinic with so many patients who consented, one nurse of it, the region's own policy: decisions on entities of
// which one in 500 is about a patient, and getting the Access from the cache of the authority.
#include <chrono>
#include <cstdio>
#include <string>

#include "ngsi/context.h"
#include "trust/policy/attributes.h"
#include "trust/policy/compile.h"
#include "trust/policy/policy_entity.h"
#include "trust/policy/shipped.h"

namespace {

using namespace tsunagu;
using Clock = std::chrono::steady_clock;

ngsi::RecordPtr record(std::string id, const char* type, std::vector<ngsi::Attribute> attributes) {
  ngsi::Entity entity;
  entity.id = std::move(id);
  entity.types = {ngsi::core_context()->intern(type)};
  entity.attributes = std::move(attributes);
  entity.sort_attributes();
  return *ngsi::encode(std::move(entity));
}

std::string resident(int i) {
  return "urn:ngsi-ld:Resident:" + std::to_string(1000000 + i);
}

double ns_each(Clock::time_point start, double n) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / n;
}

}  // namespace

int main(int argc, char** argv) {
  const int persons = argc > 1 ? std::atoi(argv[1]) : 200, entities = argc > 2 ? std::atoi(argv[2]) : 100'000;
  const auto& t = trust::TrustTerms::get();
  const ngsi::TermId about = ngsi::core_context()->intern("refResident"), value = ngsi::core_context()->intern("value");
  trust::Facts facts;
  std::vector<std::string> touched;
  const auto take = [&](const ngsi::RecordPtr& r) { facts.take(nullptr, r.get(), touched); };
  for (const auto& [path, text] : trust::shipped_files()) {
    take(record(trust::policy_id("region"), "Policy",
                {trust::text_attribute(t.text, text), trust::text_attribute(t.status, "active")}));
  }
  take(record(
      "urn:ngsi-ld:AccessRelation:n", "AccessRelation",
      {trust::link_attribute(t.subject, "urn:ngsi-ld:Staff:n"), trust::text_attribute(t.relation, "memberOf"),
       trust::link_attribute(t.object, "urn:ngsi-ld:Organization:clinic"), trust::text_attribute(t.role, "nurse")}));
  for (int i = 0; i < persons; ++i) {
    take(record(
        "urn:ngsi-ld:Consent:" + std::to_string(i), "Consent",
        {trust::link_attribute(t.person, resident(i * 500)),
         trust::link_attribute(t.to, "urn:ngsi-ld:Organization:clinic"), trust::text_attribute(t.purpose, "care"),
         trust::texts_attribute(t.types, {"HealthObservation"}), trust::text_attribute(t.status, "given")}));
  }
  auto nurse = std::make_shared<trust::Subject>();
  nurse->kind = trust::SubjectKind::kStaff;
  nurse->id = "urn:ngsi-ld:Staff:n";
  nurse->assurance = trust::Assurance::kStrong;

  std::vector<ngsi::RecordPtr> records;
  for (int i = 0; i < entities; ++i) {
    ngsi::Attribute number;
    number.name = value;
    number.value = std::to_string(i);
    records.push_back(record("urn:ngsi-ld:HealthObservation:" + std::to_string(i), "HealthObservation",
                             {trust::link_attribute(about, resident(i)), number}));
  }

  auto start = Clock::now();
  const trust::CompileInput input{nurse, "", "care", now(), &facts, &facts, nullptr};
  const auto access = trust::compile(input);
  std::printf("%-44s %10.0f ns\n", "compiling for a nurse", ns_each(start, 1));
  for (int round = 0; round < 2; ++round) {
    std::size_t allowed = 0;
    start = Clock::now();
    for (const auto& each : records) allowed += access->decide(trust::kRead, *each).allowed();
    if (round > 0) {
      std::printf("%-44s %10.0f ns (%zu of %d allowed)\n", "decision, warm", ns_each(start, entities), allowed,
                  entities);
    }
  }
  start = Clock::now();
  std::size_t grants = 0;
  for (int i = 0; i < 1000; ++i) grants += access->where(trust::kRead).size();
  std::printf("%-44s %10.0f ns (%zu grants)\n", "what the planner narrows by", ns_each(start, 1000), grants / 1000);
}
