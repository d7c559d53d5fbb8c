#include "gateway/plan/routes.h"

#include <fmt/format.h>

#include <memory>

#include "gateway/plan/report.h"

namespace tsunagu::gateway::plan {
namespace {

struct Format {
  std::string_view name, type, id, summary;
};
constexpr Format kFormats[] = {
    {"csv", "text/csv; charset=utf-8", "planReportCsv",
     "Every remembered value of a plan's indicators, as CSV (UTF-8 with byte order mark)"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "planReportXlsx",
     "A plan's indicators and their histories as a workbook with charts"},
    {"pdf", "application/pdf", "planReportPdf", "A plan's indicators as pages to print, with charts"},
};

const Format* find_format(std::string_view name) {
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return nullptr;
}

struct Wanted {
  const Format* format = nullptr;
  std::string plan;
  Language language = Language::kJapanese;
  std::string tenant;
};

Result<Wanted> read_wanted(const Request& request, std::string_view format) {
  const auto query = QueryString::parse(request.target());
  if (!query) return tl::unexpected(query.error());
  Wanted wanted;
  wanted.format = find_format(format);
  for (const auto& [name, value] : query->all()) {
    if (name == "plan") {
      wanted.plan = value;
    } else if (name == "lang" && (value == "ja" || value == "en")) {
      wanted.language = value == "ja" ? Language::kJapanese : Language::kEnglish;
    } else {
      return fail(ErrorCode::kInvalidRequest,
                  name == "lang" ? "lang is ja or en" : "\"" + name + "\": the parameters are plan and lang");
    }
  }
  wanted.tenant = request.header("NGSILD-Tenant");
  return wanted;
}

Result<Response> make(const store::Store& store, const Wanted& wanted) {
  const auto tenant = store.find_tenant(wanted.tenant);
  if (!tenant) return fail(ErrorCode::kNonexistentTenant, "there is no tenant " + wanted.tenant);
  const auto plan = catalog::read_plan(store, *tenant, wanted.plan);
  if (!plan) return tl::unexpected(plan.error());
  Result<std::string> body = wanted.format->name == "csv"    ? Result<std::string>(to_csv(*plan, wanted.language))
                             : wanted.format->name == "xlsx" ? to_xlsx(*plan, wanted.language)
                                                             : to_pdf(*plan, wanted.language, now());
  if (!body) return tl::unexpected(body.error());
  Response response;
  response.content_type = wanted.format->type;
  response.headers = {{"Cache-Control", "no-store"},
                      {"Content-Disposition",
                       fmt::format("attachment; filename=\"{}.{}\"", catalog::key_of(plan->id), wanted.format->name)}};
  response.body = std::move(*body);
  return response;
}

void answer(const store::Store& store, Workbench& workbench, const Request& request, std::string_view format,
            Reply reply) {
  auto wanted = read_wanted(request, format);
  if (!wanted) return reply.send(wanted.error());
  // Functions that are kept must be copyable, an answer is not.
  const auto answer = std::make_shared<Reply>(std::move(reply));
  const bool taken = workbench.take([&store, answer, wanted = std::move(*wanted)] {
    if (answer->client_gone()) return;
    auto made = make(store, wanted);
    if (made) return answer->send(std::move(*made));
    answer->send(made.error());
  });
  if (!taken) answer->send(Error{ErrorCode::kUnavailable, "too many reports are being made; try again later"});
}

}  // namespace

void add_routes(Router& router, openapi::Document& document, const store::Store& store, Workbench& workbench) {
  for (const Format& format : kFormats) {
    openapi::Operation operation;
    operation.id = format.id;
    operation.tag = "Plan";
    operation.summary = format.summary;
    operation.parameters = {
        {"plan", "query", "Key of the plan: the last part of its id; the current one without", R"({"type":"string"})"},
        {"lang", "query", "Language of the report", R"({"type":"string","enum":["ja","en"],"default":"ja"})"},
        {"NGSILD-Tenant", "header", "Of this tenant", R"({"type":"string"})"}};
    operation.answers = {{200, "The file", "Text", {format.type}},
                         {400, "The request is wrong", "ProblemDetails", {"application/json"}},
                         {404, "There is no such plan", "ProblemDetails", {"application/json"}},
                         {503, "Too many reports are being made", "ProblemDetails", {"application/json"}}};
    const std::string path = fmt::format("/plan/report.{}", format.name);
    document.add("GET", path, std::move(operation));
    router.add("GET", path,
               [&store, &workbench, name = format.name](const RequestPtr& request, const PathParameters&, Reply reply) {
                 answer(store, workbench, *request, name, std::move(reply));
               });
  }
}

}  // namespace tsunagu::gateway::plan
