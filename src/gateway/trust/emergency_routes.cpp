#include "base/json_object.h"
#include "gateway/trust/asking.h"
#include "gateway/trust/body_members.h"
#include "gateway/trust/consent_routes.h"

namespace tsunagu::gateway {
namespace {

std::string print_emergency(const trust::EmergencyView& view) {
  std::string out;
  JsonObject object(out);
  object.text("id", view.id).json("subject", json_of(view.subject)).json("person", json_of(view.person));
  object.json("supervisor", view.supervisor.id.empty() ? "null" : json_of(view.supervisor));
  object.text("reason", view.reason).text("began", to_string(view.began)).text("until", to_string(view.until));
  object.truth("reviewed", view.reviewed);
  if (view.reviewed) object.text("review", view.review);
  object.end();
  return out;
}

std::string print_emergencies(const std::vector<trust::EmergencyView>& list) {
  std::string out = "[";
  for (const auto& each : list) {
    if (out.size() > 1) out += ',';
    out += print_emergency(each);
  }
  return out += ']';
}

trust::Emergencies::Done answer_with(KeptReply reply, unsigned status) {
  return [reply, status](Result<trust::EmergencyView> done) {
    if (!done) return reply->send(done.error());
    reply->send(json_answer(print_emergency(*done), status));
  };
}

openapi::Answer emergency_problem(unsigned status, std::string_view text) {
  return {status, text, "ProblemDetails", {"application/json"}};
}

openapi::Operation emergency_operation(std::string_view id, std::string_view summary, std::string_view body,
                                       std::vector<openapi::Answer> answers) {
  openapi::Operation out;
  out.id = id;
  out.tag = "Trust";
  out.summary = summary;
  out.body_schema = body;
  if (!body.empty()) out.body_media_types = {"application/json"};
  out.answers = std::move(answers);
  out.answers.push_back(emergency_problem(401, "Nobody is signed in"));
  return out;
}

}  // namespace

void add_emergency_routes(Router& router, openapi::Document& document, store::Store& store,
                          trust::Emergencies& emergencies) {
  document.add_schema("EmergencyAccess",
                      R"({"type":"object","properties":{"id":{"type":"string"},"reason":{"type":"string"},)"
                      R"("began":{"type":"string"},"until":{"type":"string"},"reviewed":{"type":"boolean"}}})");
  document.add_schema("EmergencyAccesses",
                      R"({"type":"object","properties":{"own":{"type":"array"},"aboutMe":{"type":"array"},)"
                      R"("toReview":{"type":"array"},"mayBegin":{"type":"boolean"}}})");
  document.add_schema(
      "EmergencyReason",
      R"({"type":"object","additionalProperties":false,"required":["person","reason","minutes"],"properties":)"
      R"({"person":{"type":"string"},"reason":{"type":"string"},"minutes":{"type":"integer"}}})");
  document.add_schema("EmergencyFinding", R"({"type":"object","additionalProperties":false,"required":["finding"],)"
                                          R"("properties":{"finding":{"type":"string"}}})");
  document.add("GET", "/trust/emergency",
               emergency_operation("emergencies", "Emergency accesses: own, about me, to review", "",
                                   {{200, "The lists", "EmergencyAccesses", {"application/json"}}}));
  router.add("GET", "/trust/emergency", [&](const RequestPtr& request, const PathParameters&, Reply reply) {
    const auto asking = signed_in(*request, store);
    if (!asking) return reply.send(asking.error());
    const auto lists = emergencies.of(*asking);
    std::string out;
    JsonObject(out)
        .json("own", print_emergencies(lists.own))
        .json("aboutMe", print_emergencies(lists.about_me))
        .json("toReview", print_emergencies(lists.to_review))
        .truth("mayBegin", lists.may_begin)
        .end();
    reply.send(json_answer(std::move(out)));
  });
  document.add("POST", "/trust/emergency",
               emergency_operation(
                   "beginEmergency", "See a person's data in an emergency, for some minutes", "EmergencyReason",
                   {{201, "It has begun; the person and a supervisor see it", "EmergencyAccess", {"application/json"}},
                    emergency_problem(400, "Without reason, person or a time"),
                    emergency_problem(403, "The caller's role has no emergencies")}));
  router.add("POST", "/trust/emergency", [&](const RequestPtr& request, const PathParameters&, Reply reply) {
    const auto asking = signed_in(*request, store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request->body(), {"person", "reason", "minutes"});
    if (!body) return reply.send(body.error());
    const std::string person = body->text("person");
    std::string reason = body->text("reason");
    const int minutes = body->number_if("minutes").value_or(0);
    if (body->fault()) return reply.send(*body->fault());
    emergencies.begin(*asking, person, std::move(reason), minutes, answer_with(keep(std::move(reply)), 201));
  });
  auto review =
      emergency_operation("reviewEmergency", "Say what was found about an emergency access", "EmergencyFinding",
                          {{200, "It is reviewed", "EmergencyAccess", {"application/json"}},
                           emergency_problem(404, "There is none to review"),
                           emergency_problem(409, "It was reviewed already")});
  review.parameters = {{"id", "path", "URN of the emergency access", R"({"type":"string"})"}};
  document.add("POST", "/trust/emergency/{id}/review", review);
  router.add("POST", "/trust/emergency/{id}/review",
             [&](const RequestPtr& request, const PathParameters& path, Reply reply) {
               const auto asking = signed_in(*request, store);
               if (!asking) return reply.send(asking.error());
               auto body = BodyMembers::read(request->body(), {"finding"});
               if (!body) return reply.send(body.error());
               std::string finding = body->text("finding");
               if (body->fault()) return reply.send(*body->fault());
               emergencies.review(*asking, path[0], std::move(finding), answer_with(keep(std::move(reply)), 200));
             });
}

}  // namespace tsunagu::gateway
