#include "gateway/tenants/routes.h"

#include <memory>

#include "base/json_object.h"
#include "base/text.h"
#include "gateway/guard/caller.h"
#include "ngsi/json_walk.h"

namespace tsunagu::gateway {
namespace {

namespace walk = ngsi::walk;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kTenantSchema =
    R"({"type":"object","properties":{"name":{"type":"string"},"title":{"type":"string"},"titleEn":{"type":"string"},)"
    R"("body":{"type":"string"},"admin":{"type":"string"},"branding":{"type":"object","properties":{"colour":)"
    R"({"type":"string"},"logo":{"type":"string"}}},"quotas":{"type":"object","properties":{"requestsPerMinute":)"
    R"({"type":"integer"},"entities":{"type":"integer"},"bytes":{"type":"integer"}}},"usage":{"type":"object",)"
    R"("properties":{"entities":{"type":"integer"},"bytes":{"type":"integer"}}},"made":{"type":"string"},)"
    R"("account":{"type":"object","properties":{"name":{"type":"string"},"code":{"type":"string"},"until":)"
    R"({"type":"string"}}}}})";

tl::unexpected<Error> unreadable(std::string detail) {
  return fail(ErrorCode::kInvalidRequest, std::move(detail));
}

void send(Reply& reply, unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.content_type = kJson;
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  reply.send(std::move(response));
}

// --- in
// ---------------------------------------------------------------------------------------------------------------

struct Form {
  std::string name, admin;
  trust::TenantChange rest;
};

Result<std::string> text_of(std::string_view name, std::string_view value) {
  if (!walk::is_string(value)) return unreadable("\"" + std::string(name) + "\" is a text");
  return json_string_text(value);
}

// Takes one member of an object of quotas or branding, or of the form itself.
Result<void> take(Form& form, bool fresh, std::string_view path, std::string_view value);

Result<void> take_all(Form& form, bool fresh, const std::string& prefix, std::string_view object) {
  if (!walk::is_object(object))
    return unreadable((prefix.empty() ? "the body" : "\"" + prefix + "\"") + " is a JSON object");
  Result<void> done;
  walk::any_member(object, [&](std::string_view key, std::string_view value) {
    const std::string name = json_string_text(key);
    done = take(form, fresh, prefix.empty() ? name : prefix + "." + name, value);
    return !done;
  });
  return done;
}

Result<void> take(Form& form, bool fresh, std::string_view path, std::string_view value) {
  if (path == "branding" || path == "quotas") return take_all(form, fresh, std::string(path), value);
  trust::TenantChange& rest = form.rest;
  for (const auto& [name, number] :
       {std::pair{"quotas.requestsPerMinute", &rest.requests_per_minute}, std::pair{"quotas.entities", &rest.entities},
        std::pair{"quotas.bytes", &rest.bytes}}) {
    if (path != name) continue;
    const auto given = parse_number<std::uint64_t>(value);
    if (!given) return unreadable("\"" + std::string(path) + "\" is a whole number; 0 for no limit");
    *number = *given;
    return {};
  }
  auto text = text_of(path, value);
  if (!text) return tl::unexpected(text.error());
  for (const auto& [name, member] :
       {std::pair{"title", &rest.title}, std::pair{"titleEn", &rest.title_en},
        std::pair{"branding.colour", &rest.colour}, std::pair{"branding.logo", &rest.logo}}) {
    if (path != name) continue;
    *member = std::move(*text);
    return {};
  }
  if (fresh && path == "name") return form.name = std::move(*text), Result<void>();
  if (fresh && path == "admin") return form.admin = std::move(*text), Result<void>();
  return unreadable("\"" + std::string(path) + "\" is no member here; these are: " + (fresh ? "name, admin, " : "") +
                    "title, titleEn, branding {colour, logo}, quotas {requestsPerMinute, entities, bytes}");
}

Result<Form> read_form(std::string_view body, bool fresh) {
  std::string json;
  if (!append_canonical_json(json, body, 4)) return unreadable("the body is a JSON object");
  Form form;
  if (auto done = take_all(form, fresh, "", json); !done) return tl::unexpected(done.error());
  return form;
}

// --- out
// --------------------------------------------------------------------------------------------------------------

void append_use(JsonObject& object, const store::TenantUsage& usage) {
  JsonObject(object.member("usage")).number("entities", usage.entities).number("bytes", usage.bytes).end();
}

void append_looks(JsonObject& object, const trust::TenantSheet& sheet) {
  object.text("name", sheet.name).text("title", sheet.title).text_if("titleEn", sheet.title_en);
  JsonObject(object.member("branding")).text_if("colour", sheet.colour).text_if("logo", sheet.logo).end();
}

void append_quotas(JsonObject& object, const trust::Quotas& quotas) {
  JsonObject(object.member("quotas"))
      .number("requestsPerMinute", quotas.requests_per_minute)
      .number("entities", quotas.entities)
      .number("bytes", quotas.bytes)
      .end();
}

void append_tenant(std::string& out, const store::Store& store, const trust::TenantSheet& sheet,
                   const trust::Tenants::Made* made = nullptr) {
  JsonObject object(out);
  append_looks(object, sheet);
  object.text("body", sheet.body).text("admin", sheet.admin);
  append_quotas(object, sheet.quotas);
  if (const auto tenant = store.find_tenant(sheet.name)) append_use(object, store.usage(*tenant));
  object.text("made", to_string(sheet.made));
  if (made != nullptr) {
    JsonObject(object.member("account"))
        .text("name", sheet.admin)
        .text("code", made->code)
        .text("until", to_string(made->code_until))
        .end();
  }
  object.end();
}

// --- the routes
// -------------------------------------------------------------------------------------------------------

/// What is done is in the log before it is done.
void logged(const TenantParts& parts, const Request& request, std::string action, std::string tenant, Reply reply,
            std::function<void(std::shared_ptr<Reply>)> work) {
  trust::AuditRecord record;
  record.kind = trust::AuditKind::kTenant;
  record.subject = request.caller()->subject;
  record.purpose = request.caller()->purpose;
  record.action = std::move(action);
  record.tenant = std::move(tenant);
  record.request = std::string(request.method()) + ' ' + std::string(request.path());
  record.peer = request.peer();
  record.outcome = "ok";
  const auto answer = std::make_shared<Reply>(std::move(reply));
  parts.auditor.record(std::move(record), [answer, work = std::move(work)](const Result<void>& written) {
    if (!written) return answer->send(written.error());
    work(answer);
  });
}

void add(const TenantParts& parts, const RequestPtr& request, Reply reply) {
  auto form = read_form(request->body(), true);
  if (!form) return reply.send(form.error());
  trust::TenantSheet sheet;
  sheet.name = std::move(form->name);
  sheet.admin = std::move(form->admin);
  sheet.title = form->rest.title.value_or("");
  sheet.title_en = form->rest.title_en.value_or("");
  sheet.colour = form->rest.colour.value_or("");
  sheet.logo = form->rest.logo.value_or("");
  sheet.quotas = {form->rest.requests_per_minute.value_or(0), form->rest.entities.value_or(0),
                  form->rest.bytes.value_or(0)};
  if (const auto problem = trust::problem_of(sheet)) return reply.send(*problem);
  const std::string name = sheet.name;
  logged(parts, *request, "add", name, std::move(reply),
         [parts, sheet = std::move(sheet)](std::shared_ptr<Reply> answer) {
           parts.tenants.add(sheet, [parts, answer](const Result<trust::Tenants::Made>& made) {
             if (!made) return answer->send(made.error());
             std::string body;
             append_tenant(body, parts.store, *made->sheet, &*made);
             send(*answer, 201, std::move(body));
           });
         });
}

void change(const TenantParts& parts, const RequestPtr& request, const std::string& name, Reply reply) {
  auto form = read_form(request->body(), false);
  if (!form) return reply.send(form.error());
  logged(parts, *request, "change", name, std::move(reply),
         [parts, name, rest = std::move(form->rest)](std::shared_ptr<Reply> answer) {
           parts.tenants.change(name, rest, [parts, answer](const Result<trust::TenantPtr>& changed) {
             if (!changed) return answer->send(changed.error());
             std::string body;
             append_tenant(body, parts.store, **changed);
             send(*answer, 200, std::move(body));
           });
         });
}

void show(const TenantParts& parts, std::string_view name, Reply reply) {
  const trust::TenantPtr sheet = parts.tenants.find(name);
  if (!sheet)
    return reply.send(
        Error{ErrorCode::kResourceNotFound, "there is no tenant " + std::string(name) + " that was on-boarded"});
  std::string body;
  append_tenant(body, parts.store, *sheet);
  send(reply, 200, std::move(body));
}

void show_all(const TenantParts& parts, Reply reply) {
  std::string body = "[";
  for (const trust::TenantPtr& sheet : parts.tenants.all()) {
    if (body.size() > 1) body += ',';
    append_tenant(body, parts.store, *sheet);
  }
  send(reply, 200, body += ']');
}

void show_usage(const TenantParts& parts, const Request& request, Reply reply) {
  const trust::Subject& subject = *request.caller()->subject;
  if (subject.kind == trust::SubjectKind::kAnonymous) {
    return reply.send(Error{ErrorCode::kUnauthorized, "sign in first: this tells of your own tenant"});
  }
  std::string body;
  JsonObject object(body);
  if (const trust::TenantPtr sheet = parts.tenants.find(subject.tenant)) {
    append_looks(object, *sheet);
  } else {
    object.text("name", subject.tenant);
  }
  if (const auto tenant = parts.store.find_tenant(subject.tenant)) {
    append_quotas(object, parts.tenants.quotas().of(*tenant));
    append_use(object, parts.store.usage(*tenant));
  }
  object.end();
  send(reply, 200, std::move(body));
}

openapi::Operation describe(std::string_view id, std::string_view summary, bool body, unsigned status) {
  openapi::Operation operation;
  operation.id = id;
  operation.tag = "Tenants";
  operation.summary = summary;
  if (body) {
    operation.body_schema = "Tenant";
    operation.body_media_types = {kJson};
  }
  operation.answers = {{status, "The tenant", "Tenant", {kJson}},
                       {400, "What is wrong with the request", "ProblemDetails", {kJson}},
                       {403, "This needs the right \"tenants\"", "ProblemDetails", {kJson}}};
  return operation;
}

}  // namespace

void add_tenant_routes(Router& router, openapi::Document& document, const TenantParts& parts) {
  document.add_schema("Tenant", kTenantSchema);
  router.add("GET", "/trust/tenants",
             [parts](const RequestPtr&, const PathParameters&, Reply reply) { show_all(parts, std::move(reply)); });
  document.add("GET", "/trust/tenants",
               describe("listTenants", "All tenants that were on-boarded, by name", false, 200));
  router.add("POST", "/trust/tenants", [parts](const RequestPtr& request, const PathParameters&, Reply reply) {
    add(parts, request, std::move(reply));
  });
  document.add("POST", "/trust/tenants",
               describe("addTenant", "On-board a tenant; the administrator's code is told once", true, 201));
  router.add("GET", "/trust/tenants/{name}", [parts](const RequestPtr&, const PathParameters& path, Reply reply) {
    show(parts, path[0], std::move(reply));
  });
  document.add("GET", "/trust/tenants/{name}", describe("getTenant", "One tenant, and what it uses", false, 200));
  router.add("PATCH", "/trust/tenants/{name}",
             [parts](const RequestPtr& request, const PathParameters& path, Reply reply) {
               change(parts, request, path[0], std::move(reply));
             });
  document.add("PATCH", "/trust/tenants/{name}",
               describe("changeTenant", "Change title, branding and quotas", true, 200));
  router.add("GET", "/trust/usage", [parts](const RequestPtr& request, const PathParameters&, Reply reply) {
    show_usage(parts, *request, std::move(reply));
  });
  document.add("GET", "/trust/usage",
               describe("getUsage", "Branding, quotas and usage of the caller's own tenant", false, 200));
}

}  // namespace tsunagu::gateway
