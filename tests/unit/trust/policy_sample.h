// A small world for tests of policies: entities, and the Access of somebody in it at an instant.
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "ngsi/body.h"
#include "trust/policy/compile.h"

namespace tsunagu::trust::test {

inline ngsi::RecordPtr entity(std::string_view json) {
  auto body = ngsi::Body::parse(json);
  if (!body) {
    ADD_FAILURE() << body.error().detail << " in " << json;
    return {};
  }
  auto decoded = body->entity(0, *ngsi::core_context(), ngsi::BodyRule::kWhole);
  if (!decoded) {
    ADD_FAILURE() << decoded.error().detail << " in " << json;
    return {};
  }
  decoded->sort_attributes();
  return *ngsi::encode(std::move(*decoded));
}

class World {
 public:
  void add(std::string_view json) { add(entity(json)); }
  void add(const ngsi::RecordPtr& record) {
    std::vector<std::string> touched;
    const std::string id(record->id());
    facts.take(entities[id].get(), record.get(), touched);
    entities[id] = record;
  }
  void remove(const std::string& id) {
    std::vector<std::string> touched;
    facts.take(entities[id].get(), nullptr, touched);
    entities.erase(id);
  }
  void policy(std::string_view text, const std::string& name = "test") {
    const auto read = read_policy(text, name);
    ASSERT_TRUE(read) << read.error().detail;
    std::string json =
        R"({"id":")" + policy_id(name) + R"(","type":"Policy","status":{"type":"Property","value":"active"},"text":)";
    json += R"({"type":"Property","value":)";
    append_json_string(json, text);
    add(json + "}}");
  }
  void relate(const std::string& subject, const std::string& relation, const std::string& object,
              const std::string& role = "", const std::string& more = "") {
    add(R"({"id":"urn:ngsi-ld:AccessRelation:)" + std::to_string(++relations) +
        R"(","type":"AccessRelation","subject":{"type":"Relationship","object":")" + subject +
        R"("},"relation":{"type":"Property","value":")" + relation +
        R"("},"target":{"type":"Relationship","object":")" + object + R"("})" +
        (role.empty() ? "" : R"(,"role":{"type":"Property","value":")" + role + R"("})") + more + "}");
  }
  CompileInput input(const SubjectPtr& subject, std::string purpose = "", std::string tenant = "") const {
    return {subject, std::move(tenant), std::move(purpose), now, &facts, &facts, nullptr};
  }
  AccessPtr access(const SubjectPtr& subject, std::string purpose = "", std::string tenant = "") const {
    return compile(input(subject, std::move(purpose), std::move(tenant)));
  }
  bool may(const SubjectPtr& subject, Action action, const std::string& id, std::string purpose = "") const {
    return access(subject, std::move(purpose))->decide(action, *entities.at(id)).allowed();
  }

  Facts facts;
  std::map<std::string, ngsi::RecordPtr> entities;
  Instant now = *parse_instant("2026-04-01T03:00:00Z");  // a Wednesday, noon in Japan
  int relations = 0;
};

inline SubjectPtr subject(SubjectKind kind, std::string id) {
  auto out = std::make_shared<Subject>();
  out->kind = kind;
  out->id = std::move(id);
  out->assurance = Assurance::kSingle;
  return out;
}

}  // namespace tsunagu::trust::test
