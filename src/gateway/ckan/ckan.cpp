#include "gateway/ckan/ckan.h"

#include <algorithm>

#include "base/json_object.h"
#include "gateway/ckan/call.h"

namespace tsunagu::gateway::opendata {
namespace {

const std::vector<CkanAction>& actions() {
  static const std::vector<CkanAction> all = [] {
    std::vector<CkanAction> made;
    for (const auto& part : {package_actions(), group_actions(), datastore_actions(), site_actions()}) {
      made.insert(made.end(), part.begin(), part.end());
    }
    return made;
  }();
  return all;
}

void dispatch(const OpenData& parts, RequestPtr request, PathParameters path, Reply reply) {
  const auto action = std::ranges::find(actions(), path[0], &CkanAction::name);
  if (action == actions().end()) {
    Response response;
    response.status = 400;
    response.content_type = "application/json;charset=utf-8";
    append_json_string(response.body, "Bad request - Action name not known: " + path[0]);
    return reply.send(std::move(response));
  }
  auto call = std::make_shared<CkanCall>(parts, path[0], std::move(request), std::move(reply));
  if (auto refusal = call->read()) return call->reply.send(std::move(*refusal));
  action->run(call);
}

/// What an action is for; a result of help_show.
void help_show(const CkanCallPtr& call) {
  const std::string name = call->text("name");
  const auto action = std::ranges::find(actions(), name, &CkanAction::name);
  if (action == actions().end()) return call->send(CkanError::not_found("Action name not found: " + name));
  std::string text;
  append_json_string(text, action->summary);
  call->send(text);
}

void describe(openapi::Document& document, std::string_view method) {
  openapi::Operation operation;
  operation.id = method == "GET" ? "ckanGet" : "ckanPost";
  operation.tag = "Open data";
  operation.summary = "CKAN Action API v3, for reading; help_show?name=ACTION explains each";
  if (method == "POST") {
    operation.body_schema = "CkanParameters";
    operation.body_media_types = {"application/json", "application/x-www-form-urlencoded"};
  }
  operation.answers = {{200, "CKAN's envelope", "CkanEnvelope", {"application/json"}},
                       {404, "Not found", "CkanEnvelope", {"application/json"}},
                       {409, "A parameter is wrong", "CkanEnvelope", {"application/json"}}};
  document.add(method, "/api/3/action/{action}", std::move(operation));
}

}  // namespace

std::vector<CkanAction> site_actions() {
  return {
      {"site_read", "Whether the site may be read: always true.", [](const CkanCallPtr& call) { call->send("true"); }},
      {"status_show", "What this site is.",
       [](const CkanCallPtr& call) {
         std::string out;
         JsonObject object(out);
         object.text("ckan_version", "2.10").text("site_url", call->parts.site).text("site_title", "つなぐ");
         object.text("site_description", "Tsunagu: the catalogue of a city OS").text("locale_default", "ja");
         object.json("error_emails_to", "null").json("extensions", R"(["datastore"])").end();
         call->send(out);
       }},
      {"help_show", "The text that explains an action. name: the action.", help_show},
  };
}

void add_ckan_routes(Router& router, openapi::Document& document, const OpenData& parts) {
  document.add_schema("CkanParameters", R"({"type":"object"})");
  document.add_schema("CkanEnvelope", R"({"type":"object","properties":{"help":{"type":"string"},"success":)"
                                      R"({"type":"boolean"},"result":{},"error":{"type":"object"}}})");
  for (const std::string_view method : {"GET", "POST"}) {
    describe(document, method);
    router.add(method, "/api/3/action/{action}", [&parts](RequestPtr request, PathParameters path, Reply reply) {
      dispatch(parts, std::move(request), std::move(path), std::move(reply));
    });
  }
}

}  // namespace tsunagu::gateway::opendata
