#include "gateway/trust/consent_routes.h"

#include <set>

#include "base/json_object.h"
#include "gateway/trust/asking.h"
#include "gateway/trust/body_members.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway {
namespace {

/// Titles of purposes and types, as policies give them.
class Titles {
 public:
  Titles(const trust::PolicyAuthority& authority, store::TenantId tenant) : policies_(authority.policies(tenant)) {}

  std::string purpose(std::string_view key) const {
    for (const auto& policy : policies_) {
      for (const auto& each : policy->purposes) {
        if (each.key == key) return json_of(each.title);
      }
    }
    return json_of(trust::Title{std::string(key), std::string(key), {}});
  }
  std::string type(ngsi::TermId term) const {
    for (const auto& policy : policies_) {
      for (const auto& each : policy->types) {
        if (each.type == term) return json_of(each.title);
      }
    }
    const std::string name = trust::short_name(term);
    return json_of(trust::Title{name, name, {}});
  }

 private:
  std::vector<trust::PolicyPtr> policies_;
};

std::string print_consent(const trust::ConsentView& consent, const Titles& titles) {
  std::string types = "[";
  for (const std::string& type : consent.types) {
    if (types.size() > 1) types += ',';
    JsonObject one(types);
    one.text("type", type).json("title", titles.type(ngsi::core_context()->find(type)));
    if (consent.attributes) {
      append_json_texts(one.member("attributes"), *consent.attributes);
    } else {
      one.json("attributes", "null");
    }
    one.end();
  }
  types += ']';
  std::string out;
  JsonObject object(out);
  object.text("id", consent.id).json("person", json_of(consent.person)).json("to", json_of(consent.to));
  object.text("purpose", consent.purpose).json("purposeTitle", titles.purpose(consent.purpose)).json("types", types);
  object.text("status", consent.status).text("given", to_string(consent.given));
  object.json("until", consent.until == kNoInstant ? "null" : "\"" + to_string(consent.until) + "\"");
  object.json("givenBy", consent.given_by.id.empty() ? "null" : json_of(consent.given_by)).end();
  return out;
}

/// ["Type", …] or [{"type":…,"attributes":[…]}, …]; attributes of several types go together.
void read_types(BodyMembers& body, trust::ConsentDraft& draft) {
  bool fits = ngsi::walk::is_array(body.json("types"));
  ngsi::walk::any_element(body.json("types"), [&](std::string_view element) {
    std::string_view type = element;
    if (ngsi::walk::is_object(element)) {
      type = ngsi::walk::member(element, "type");
      const std::string_view attributes = ngsi::walk::member(element, "attributes");
      if (ngsi::walk::is_array(attributes)) {
        if (!draft.attributes) draft.attributes.emplace();
        ngsi::walk::any_element(attributes, [&](std::string_view name) {
          if (ngsi::walk::is_string(name)) draft.attributes->push_back(json_string_text(name));
          return false;
        });
      }
    }
    fits = fits && ngsi::walk::is_string(type);
    if (fits) draft.types.push_back(json_string_text(type));
    return !fits;
  });
  if (!fits) body.wrong("types", "is a list: [\"HealthObservation\"], or [{\"type\":…,\"attributes\":[…]}]");
}

struct ConsentCall {
  store::Store& store;
  trust::Consents& consents;
  const trust::PolicyAuthority& authority;
  const trust::Directory& directory;

  trust::Consents::Done answer(KeptReply reply, store::TenantId tenant, unsigned status) const {
    return [reply, status, &authority = authority, tenant](Result<trust::ConsentView> done) {
      if (!done) return reply->send(done.error());
      reply->send(json_answer(print_consent(*done, Titles(authority, tenant)), status));
    };
  }

  void list(const Request& request, Reply reply) const {
    const auto asking = signed_in(request, store);
    if (!asking) return reply.send(asking.error());
    const Titles titles(authority, asking->tenant);
    std::string out = "[";
    for (const auto& consent : consents.of(*asking)) {
      if (out.size() > 1) out += ',';
      out += print_consent(consent, titles);
    }
    reply.send(json_answer(out += ']'));
  }

  void offers(const Request& request, Reply reply) const {
    const auto asking = signed_in(request, store);
    if (!asking) return reply.send(asking.error());
    const Titles titles(authority, asking->tenant);
    std::set<std::string> bodies, purposes;
    std::set<ngsi::TermId> types;
    std::string choices = "[";
    for (const auto& offer : consents.offers(asking->tenant)) {
      bodies.insert(offer.to);
      purposes.insert(offer.purpose);
      std::vector<std::string> names;
      for (const auto type : offer.types) {
        types.insert(type);
        names.push_back(trust::short_name(type));
      }
      if (choices.size() > 1) choices += ',';
      JsonObject one(choices);
      one.text("to", offer.to).text("purpose", offer.purpose);
      append_json_texts(one.member("types"), names);
      one.end();
    }
    choices += ']';
    const auto list_of = [](const auto& items, auto&& print) {
      std::string list = "[";
      for (const auto& item : items) {
        if (list.size() > 1) list += ',';
        list += print(item);
      }
      return list += ']';
    };
    std::string out;
    JsonObject object(out);
    object.json("bodies", list_of(bodies, [&](const std::string& id) {
                  std::string one;
                  const trust::Title name{directory.named(id, asking->tenant, "ja").name,
                                          directory.named(id, asking->tenant, "en").name,
                                          {}};
                  JsonObject(one).text("id", id).json("name", json_of(name)).end();
                  return one;
                }));
    object.json("purposes", list_of(purposes, [&](const std::string& key) {
                  std::string one;
                  JsonObject(one).text("key", key).json("title", titles.purpose(key)).end();
                  return one;
                }));
    object.json("types", list_of(types, [&](ngsi::TermId type) {
                  std::string one;
                  JsonObject(one).text("type", trust::short_name(type)).json("title", titles.type(type)).end();
                  return one;
                }));
    object.json("persons", list_of(consents.persons(*asking), [](const trust::Named& each) { return json_of(each); }));
    object.json("choices", choices).end();
    reply.send(json_answer(std::move(out)));
  }

  void give(const Request& request, Reply reply) const {
    const auto asking = signed_in(request, store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"person", "to", "purpose", "types", "attributes", "until"});
    if (!body) return reply.send(body.error());
    trust::ConsentDraft draft;
    draft.person = body->text_if("person").value_or("");
    draft.to = body->text("to");
    draft.purpose = body->text("purpose");
    read_types(*body, draft);
    if (auto attributes = body->texts_if("attributes")) draft.attributes = std::move(attributes);
    draft.until = body->instant_if("until").value_or(kNoInstant);
    if (body->fault()) return reply.send(*body->fault());
    consents.give(*asking, std::move(draft), answer(keep(std::move(reply)), asking->tenant, 201));
  }

  void narrow(const Request& request, const std::string& id, Reply reply) const {
    const auto asking = signed_in(request, store);
    if (!asking) return reply.send(asking.error());
    auto body = BodyMembers::read(request.body(), {"types", "attributes", "until"});
    if (!body) return reply.send(body.error());
    trust::ConsentChange change{body->texts_if("types"), body->texts_if("attributes"), body->instant_if("until")};
    if (body->fault()) return reply.send(*body->fault());
    consents.narrow(*asking, id, std::move(change), answer(keep(std::move(reply)), asking->tenant, 200));
  }

  void withdraw(const Request& request, const std::string& id, Reply reply) const {
    const auto asking = signed_in(request, store);
    if (!asking) return reply.send(asking.error());
    consents.withdraw(*asking, id, answer(keep(std::move(reply)), asking->tenant, 200));
  }

  void receipt(const Request& request, const std::string& id, Reply reply) const {
    const auto asking = signed_in(request, store);
    if (!asking) return reply.send(asking.error());
    auto found = consents.receipt(*asking, id);
    if (!found) return reply.send(found.error());
    reply.send(json_answer(std::move(*found)));
  }
};

constexpr std::string_view kConsentSchema =
    R"({"type":"object","properties":{"id":{"type":"string"},"person":{"$ref":"#/components/schemas/Named"},)"
    R"("to":{"$ref":"#/components/schemas/Named"},"purpose":{"type":"string"},"purposeTitle":{"type":"object"},)"
    R"("types":{"type":"array","items":{"type":"object"}},"status":{"type":"string","enum":["given","withdrawn"]},)"
    R"("given":{"type":"string"},"until":{"type":["string","null"]},"givenBy":{"type":["object","null"]}}})";
constexpr std::string_view kDraftSchema =
    R"({"type":"object","additionalProperties":false,"required":["to","purpose","types"],"properties":)"
    R"({"person":{"type":"string"},"to":{"type":"string"},"purpose":{"type":"string"},"types":{"type":"array"},)"
    R"("attributes":{"type":"array","items":{"type":"string"}},"until":{"type":"string"}}})";

openapi::Operation operation(std::string_view id, std::string_view summary, std::vector<openapi::Answer> answers,
                             std::string_view body = "") {
  openapi::Operation out;
  out.id = id;
  out.tag = "Trust";
  out.summary = summary;
  out.body_schema = body;
  if (!body.empty()) out.body_media_types = {"application/json"};
  out.answers = std::move(answers);
  out.answers.push_back({401, "Nobody is signed in", "ProblemDetails", {"application/json"}});
  return out;
}

constexpr openapi::Answer (*kProblem)(unsigned, std::string_view) = [](unsigned status, std::string_view text) {
  return openapi::Answer{status, text, "ProblemDetails", {"application/json"}};
};

}  // namespace

void add_consent_routes(Router& router, openapi::Document& document, store::Store& store, trust::Consents& consents,
                        const trust::PolicyAuthority& authority, const trust::Directory& directory) {
  const ConsentCall call{store, consents, authority, directory};
  document.add_schema("Named", R"({"type":"object","properties":{"id":{"type":"string"},"name":{"type":"string"}}})");
  document.add_schema("PersonalConsent", kConsentSchema);
  document.add_schema("PersonalConsents",
                      R"({"type":"array","items":{"$ref":"#/components/schemas/PersonalConsent"}})");
  document.add_schema("PersonalConsentDraft", kDraftSchema);
  document.add_schema("PersonalConsentOffers", R"({"type":"object"})");
  document.add_schema("PersonalConsentReceipt", R"({"type":"object"})");
  const openapi::Answer one{200, "The consent", "PersonalConsent", {"application/json"}};

  document.add("GET", "/trust/consents",
               operation("consents", "Consents of the caller and of those they guard",
                         {{200, "The consents", "PersonalConsents", {"application/json"}}}));
  router.add("GET", "/trust/consents", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.list(*request, std::move(reply));
  });
  document.add("POST", "/trust/consents",
               operation("giveConsent", "Give a consent",
                         {{201, "It holds", "PersonalConsent", {"application/json"}},
                          kProblem(400, "Nothing waits for such a consent"),
                          kProblem(403, "The caller may not decide for this person")},
                         "PersonalConsentDraft"));
  router.add("POST", "/trust/consents", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.give(*request, std::move(reply));
  });
  document.add("GET", "/trust/consents/offers",
               operation("consentOffers", "Receivers, purposes and types for which a consent changes something",
                         {{200, "What one can choose", "PersonalConsentOffers", {"application/json"}}}));
  router.add("GET", "/trust/consents/offers", [call](const RequestPtr& request, const PathParameters&, Reply reply) {
    call.offers(*request, std::move(reply));
  });
  const openapi::Parameter id{"id", "path", "URN of the consent", R"({"type":"string"})"};
  auto narrow = operation("narrowConsent", "Take back a part of a consent",
                          {one, kProblem(400, "It would grow"), kProblem(404, "There is no such consent"),
                           kProblem(409, "It was withdrawn")},
                          "PersonalConsentDraft");
  narrow.parameters = {id};
  document.add("PATCH", "/trust/consents/{id}", narrow);
  router.add("PATCH", "/trust/consents/{id}",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.narrow(*request, path[0], std::move(reply));
             });
  auto withdraw = operation("withdrawConsent", "Withdraw a consent; holds at once",
                            {one, kProblem(404, "There is no such consent")});
  withdraw.parameters = {id};
  document.add("DELETE", "/trust/consents/{id}", withdraw);
  router.add("DELETE", "/trust/consents/{id}",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.withdraw(*request, path[0], std::move(reply));
             });
  auto receipt = operation("consentReceipt", "What was agreed, signed",
                           {{200, "The receipt", "PersonalConsentReceipt", {"application/json"}},
                            kProblem(404, "There is no such consent")});
  receipt.parameters = {id};
  document.add("GET", "/trust/consents/{id}/receipt", receipt);
  router.add("GET", "/trust/consents/{id}/receipt",
             [call](const RequestPtr& request, const PathParameters& path, Reply reply) {
               call.receipt(*request, path[0], std::move(reply));
             });
}

}  // namespace tsunagu::gateway
