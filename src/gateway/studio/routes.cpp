#include "gateway/studio/routes.h"

#include <fmt/format.h>

#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "catalog/studio/counts.h"
#include "gateway/guard/rights.h"
#include "gateway/studio/requests.h"

namespace tsunagu::gateway {
namespace {

using namespace studio;
using catalog::Studio;
using catalog::Upload;
using UploadPtr = std::shared_ptr<Upload>;

constexpr std::string_view kJson = "application/json";
constexpr std::uint64_t kMaxRows = 1000;

void send(Reply& reply, unsigned status, std::string body, std::vector<Header> headers = {},
          std::string_view type = kJson) {
  Response response;
  response.status = status;
  response.content_type = type;
  response.headers = std::move(headers);
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = std::move(body);
  reply.send(std::move(response));
}

/// What the routes share.
struct Parts {
  Studio& studio;
  const store::Store& store;

  Result<std::string> tenant(const Request& request) const {
    std::string name = asked_tenant(request);
    if (!store.find_tenant(name)) return fail(ErrorCode::kNonexistentTenant, "there is no tenant " + name);
    return name;
  }
};

/// A request about one upload.
struct Ask {
  const Parts& parts;
  RequestPtr request;
  PathParameters path;
  Reply reply;
  UploadPtr upload;
};
using AskPtr = std::shared_ptr<Ask>;

void send_report(Ask& ask, unsigned status = 200) {
  send(ask.reply, status, catalog::report_json(*ask.upload));
}

void answer_report(const AskPtr& ask, const Result<void>& done) {
  if (!done) return ask->reply.send(done.error());
  send_report(*ask);
}

/// The view, or an answer that says why there is none.
std::shared_ptr<const catalog::UploadView> view_of(Ask& ask) {
  Upload::Now now = ask.upload->now();
  if (now.view != nullptr) return std::move(now.view);
  const bool failed = now.state == Upload::State::kFailed;
  ask.reply.send(Error{ErrorCode::kConflict, failed ? "the file could not be read: " + now.error
                                                    : "the file is still being read: ask again in a moment"});
  return nullptr;
}

void change_settings(const AskPtr& ask) {
  auto edit = read_settings(ask->request->body());
  if (!edit) return ask->reply.send(edit.error());
  ask->parts.studio.change(
      ask->upload,
      [edit = std::move(*edit)](Upload& upload, const auto& places) {
        return upload.change(places,
                             [&edit](catalog::UploadDraft& draft, const catalog::UploadView&) { return edit(draft); });
      },
      [ask](const Result<void>& done) { answer_report(ask, done); });
}

Result<void> add_repairs(catalog::UploadDraft& draft, const catalog::UploadView& view,
                         const std::vector<std::string>& ids) {
  const unsigned group = draft.steps.empty() ? 1 : draft.steps.back().group + 1;
  for (const std::string& id : ids) {
    const auto& findings = view.analysis.findings;
    const auto found = std::find_if(findings.begin(), findings.end(),
                                    [&id](const catalog::Finding& f) { return f.repair && f.id() == id; });
    if (found == findings.end()) return fail(ErrorCode::kResourceNotFound, "there is no repair " + id + " (any more)");
    catalog::Step step = *found->repair;
    step.id = id;
    step.changed = found->count;
    step.group = group;
    draft.steps.push_back(std::move(step));
  }
  return {};
}

void repair(const AskPtr& ask) {
  auto asked = read_repairs(ask->request->body());
  if (!asked) return ask->reply.send(asked.error());
  ask->parts.studio.change(
      ask->upload,
      [asked = std::move(*asked)](Upload& upload, const auto& places) {
        if (asked.all) return upload.repair_all(places);
        return upload.change(places, [&asked](catalog::UploadDraft& draft, const catalog::UploadView& view) {
          return add_repairs(draft, view, asked.ids);
        });
      },
      [ask](const Result<void>& done) { answer_report(ask, done); });
}

/// The counts of an upload's rows become an upload of their own, to be published as any other.
void count(const AskPtr& ask) {
  auto by = read_columns(ask->request->body());
  if (!by) return ask->reply.send(by.error());
  const auto tenant = ask->parts.tenant(*ask->request);
  const auto view = view_of(*ask);
  if (!tenant || !view) return;
  const auto csv = std::make_shared<std::string>();
  ask->parts.studio.change(
      ask->upload,
      [view, csv, by = std::move(*by)](Upload&, const auto&) -> Result<void> {
        auto made = catalog::counts_csv(*view, by);
        if (!made) return tl::unexpected(made.error());
        *csv = std::move(*made);
        return {};
      },
      [ask, csv, tenant = *tenant](const Result<void>& done) {
        if (!done) return ask->reply.send(done.error());
        auto incoming = ask->parts.studio.receive(tenant, "counts.csv");
        auto written = incoming ? (*incoming)->write(*csv) : Result<void>(tl::unexpected(incoming.error()));
        if (!written) return ask->reply.send(written.error());
        ask->parts.studio.finish(std::move(*incoming), [ask](const Result<UploadPtr>& upload) {
          if (!upload) return ask->reply.send(upload.error());
          send(ask->reply, 201, catalog::report_json(**upload), {{"Location", "/catalog/uploads/" + (*upload)->id()}});
        });
      });
}

void undo(const AskPtr& ask) {
  ask->parts.studio.change(
      ask->upload,
      [](Upload& upload, const auto& places) {
        return upload.change(places, [](catalog::UploadDraft& draft, const catalog::UploadView&) -> Result<void> {
          if (draft.steps.empty()) return fail(ErrorCode::kResourceNotFound, "there is nothing to undo");
          const unsigned group = draft.steps.back().group;
          while (!draft.steps.empty() && draft.steps.back().group == group) draft.steps.pop_back();
          return {};
        });
      },
      [ask](const Result<void>& done) { answer_report(ask, done); });
}

void edit_cells(const AskPtr& ask) {
  auto cells = read_cells(ask->request->body());
  if (!cells) return ask->reply.send(cells.error());
  ask->parts.studio.change(
      ask->upload,
      [cells = std::move(*cells)](Upload& upload, const auto& places) {
        return upload.change(places,
                             [&cells](catalog::UploadDraft& draft, const catalog::UploadView& view) -> Result<void> {
                               if (view.table == nullptr)
                                 return fail(ErrorCode::kConflict, "the file could not be read");
                               for (const catalog::CellEdit& edit : cells) {
                                 if (edit.row >= view.table->rows())
                                   return bad(fmt::format("there is no row {}", edit.row));
                                 if (view.table->find(edit.column) == catalog::WorkColumn::kNone)
                                   return bad("there is no column " + edit.column);
                               }
                               catalog::Step step;
                               step.kind = catalog::Step::Kind::kCells;
                               step.id = "cells";
                               step.cells = cells;
                               step.changed = cells.size();
                               step.group = draft.steps.empty() ? 1 : draft.steps.back().group + 1;
                               draft.steps.push_back(std::move(step));
                               return {};
                             });
      },
      [ask](const Result<void>& done) { answer_report(ask, done); });
}

void send_rows(const AskPtr& ask) {
  const auto query = QueryString::parse(ask->request->target());
  if (!query) return ask->reply.send(query.error());
  catalog::RowsAsked asked;
  for (const auto& [name, value] : query->all()) {
    const auto number = parse_number<std::uint64_t>(value);
    if (name == "offset" && number) {
      asked.offset = *number;
    } else if (name == "limit" && number && *number <= kMaxRows) {
      asked.limit = *number;
    } else if (name == "only" && (value == "findings" || value == "all")) {
      asked.only_findings = value == "findings";
    } else {
      return ask->reply.send(Error{ErrorCode::kInvalidRequest,
                                   "the parameters are offset, limit (at most 1000) and only (all or findings)"});
    }
  }
  if (const auto view = view_of(*ask)) send(ask->reply, 200, catalog::rows_json(*view, asked));
}

void send_map(const AskPtr& ask) {
  if (const auto view = view_of(*ask)) send(ask->reply, 200, catalog::map_json(*view), {}, "application/geo+json");
}

std::string publication_json(const Studio::Publication& publication) {
  constexpr std::array kStates{"none", "running", "done", "failed"};
  std::string out = fmt::format(R"({{"state":"{}","done":{},"of":{},"dataset":)",
                                kStates[static_cast<std::size_t>(publication.state)], publication.done, publication.of);
  append_json_string(out, publication.dataset);
  if (publication.state == Studio::Publication::State::kDone) {
    const auto& [unchanged, version, entities] = publication.outcome;
    out += fmt::format(
        R"(,"unchanged":{},"version":{},"entities":{{"written":{},"unchanged":{},"removed":{},"leftOut":{},"cellsLeftOut":{},"firstReason":)",
        unchanged, version, entities.written, entities.unchanged, entities.removed, entities.left_out,
        entities.cells_left_out);
    append_json_string(out, entities.first_reason);
    out += '}';
  }
  out += R"(,"error":)";
  if (publication.error.empty()) {
    out += "null";
  } else {
    append_json_string(out, publication.error);
  }
  return out + '}';
}

void publish(const AskPtr& ask) {
  auto asked = read_publication(ask->request->body());
  if (!asked) return ask->reply.send(asked.error());
  if (auto begun = ask->parts.studio.publish(ask->upload, std::move(*asked)); !begun)
    return ask->reply.send(begun.error());
  send(ask->reply, 202, publication_json(ask->parts.studio.publication(*ask->upload)));
}

void list(const Parts& parts, const std::string& tenant, Reply reply) {
  std::string out = "[";
  for (const UploadPtr& upload : parts.studio.list(tenant)) {
    constexpr std::array kStates{"reading", "ready", "failed"};
    const auto [draft, view, state, error] = upload->now();
    if (out.size() > 1) out += ',';
    out += R"({"id":)";
    append_json_string(out, upload->id());
    out += R"(,"fileName":)";
    append_json_string(out, draft.file_name);
    out += fmt::format(R"(,"byteSize":{},"created":"{}","state":"{}","dataset":)", draft.byte_size,
                       to_string(draft.created), kStates[static_cast<std::size_t>(state)]);
    append_json_string(out, draft.dataset);
    out += '}';
  }
  send(reply, 200, out + "]");
}

/// A file on its way in.
class Receiving final : public BodyReceiver {
 public:
  Receiving(Studio& studio, std::unique_ptr<Studio::Incoming> incoming)
      : studio_(studio), incoming_(std::move(incoming)) {}
  Result<void> write(std::string_view bytes) override { return incoming_->write(bytes); }
  void finish(RequestPtr, Reply reply) override {
    const auto answer = std::make_shared<Reply>(std::move(reply));
    studio_.finish(std::move(incoming_), [answer](const Result<UploadPtr>& upload) {
      if (!upload) return answer->send(upload.error());
      send(*answer, 201, catalog::report_json(**upload), {{"Location", "/catalog/uploads/" + (*upload)->id()}});
    });
  }

 private:
  Studio& studio_;
  std::unique_ptr<Studio::Incoming> incoming_;
};

struct Described {
  std::string_view method, path, id, summary;
  unsigned status;
  std::string_view schema;
  bool body = false;
  std::vector<openapi::Parameter> parameters = {};
};

void describe(openapi::Document& document, const Described& d) {
  openapi::Operation operation;
  operation.id = d.id;
  operation.tag = "Upload studio";
  operation.summary = d.summary;
  operation.parameters = d.parameters;
  operation.parameters.push_back({"NGSILD-Tenant", "header", "The tenant", R"({"type":"string"})"});
  if (d.body) {
    operation.body_schema = "StudioRequest";
    operation.body_media_types = {kJson};
  }
  operation.answers.push_back({d.status, "Done", d.schema, {kJson}});
  operation.answers.push_back({400, "The request is wrong", "ProblemDetails", {kJson}});
  operation.answers.push_back({404, "There is no such upload", "ProblemDetails", {kJson}});
  document.add(d.method, d.path, std::move(operation));
}

}  // namespace

ReceiverRoute upload_receiver(catalog::Studio& studio, const store::Store& store, std::uint64_t max_bytes) {
  const auto parts = std::make_shared<const Parts>(Parts{studio, store});
  return {"POST", "/catalog/uploads", max_bytes,
          [parts](const Request& request) -> Result<std::unique_ptr<BodyReceiver>> {
            const auto tenant = parts->tenant(request);
            if (!tenant) return tl::unexpected(tenant.error());
            const auto query = QueryString::parse(request.target());
            if (!query) return tl::unexpected(query.error());
            std::string name(query->get("fileName").value_or("table"));
            if (const std::size_t slash = name.find_last_of("/\\"); slash != std::string::npos)
              name.erase(0, slash + 1);
            auto incoming = parts->studio.receive(*tenant, name);
            if (!incoming) return tl::unexpected(incoming.error());
            return std::make_unique<Receiving>(parts->studio, std::move(*incoming));
          }};
}

void add_studio_routes(Router& router, openapi::Document& document, catalog::Studio& studio,
                       const store::Store& store) {
  const auto parts = std::make_shared<const Parts>(Parts{studio, store});
  document.add_schema("StudioRequest", R"({"type":"object"})");
  document.add_schema(
      "UploadReport",
      R"({"type":"object","properties":{"id":{"type":"string"},"state":{"type":"string"},"findings":{"type":"array","items":{"type":"object"}}}})");
  document.add_schema("StudioAnswer", R"({"type":"object"})");
  document.add_schema("StudioList", R"({"type":"array","items":{"type":"object"}})");

  describe(document, {"GET", "/catalog/standards", "listStandards", "The recommended data sets", 200, "StudioList"});
  router.add("GET", "/catalog/standards", [](const RequestPtr&, const PathParameters&, Reply reply) {
    send(reply, 200, catalog::standards_json());
  });

  Described upload{"POST", "/catalog/uploads", "uploadTable", "Upload a table: CSV or XLSX, the body is the file",
                   201,    "UploadReport"};
  upload.parameters.push_back({"fileName", "query", "What the file is called", R"({"type":"string"})"});
  describe(document, upload);
  router.add("POST", "/catalog/uploads", [](const RequestPtr&, const PathParameters&, Reply reply) {
    reply.send(Error{ErrorCode::kInternalError, "this body was to be received piece by piece"});
  });
  describe(document, {"GET", "/catalog/uploads", "listUploads", "Uploads, the newest first", 200, "StudioList"});
  router.add("GET", "/catalog/uploads", [parts](const RequestPtr& request, const PathParameters&, Reply reply) {
    const auto tenant = parts->tenant(*request);
    if (!tenant) return reply.send(tenant.error());
    list(*parts, *tenant, std::move(reply));
  });
  describe(document, {"DELETE", "/catalog/uploads/{id}", "deleteUpload", "Throw an upload away", 204, ""});
  router.add("DELETE", "/catalog/uploads/{id}",
             [parts](const RequestPtr& request, const PathParameters& path, Reply reply) {
               const auto tenant = parts->tenant(*request);
               if (!tenant) return reply.send(tenant.error());
               if (auto removed = parts->studio.remove(*tenant, path[0]); !removed) return reply.send(removed.error());
               Response response;
               response.status = 204;
               reply.send(std::move(response));
             });

  struct Route {
    Described described;
    void (*handle)(const AskPtr&);
  };
  const std::vector<openapi::Parameter> page{
      {"offset", "query", "Rows to pass over", R"({"type":"integer"})"},
      {"limit", "query", "At most so many", R"({"type":"integer","maximum":1000})"},
      {"only", "query", "All rows, or those with findings", R"({"type":"string","enum":["all","findings"]})"}};
  const Route routes[] = {
      {{"GET", "/catalog/uploads/{id}", "getUpload", "What was found in it", 200, "UploadReport"},
       [](const AskPtr& ask) { send_report(*ask); }},
      {{"PATCH", "/catalog/uploads/{id}", "changeUpload", "Say what the table is", 200, "UploadReport", true},
       change_settings},
      {{"POST", "/catalog/uploads/{id}/repairs", "repairUpload", "Do repairs", 200, "UploadReport", true}, repair},
      {{"POST", "/catalog/uploads/{id}/counts", "countUpload",
        "Counts of persons with margins, in which nobody can be found, as an upload of their own", 201, "UploadReport",
        true},
       count},
      {{"DELETE", "/catalog/uploads/{id}/repairs/last", "undoRepair", "Undo the last repairs", 200, "UploadReport"},
       undo},
      {{"PATCH", "/catalog/uploads/{id}/cells", "editCells", "Change cells", 200, "UploadReport", true}, edit_cells},
      {{"GET", "/catalog/uploads/{id}/rows", "listUploadRows", "Rows as they stand and as they came", 200,
        "StudioAnswer", false, page},
       send_rows},
      {{"GET", "/catalog/uploads/{id}/map", "mapUpload", "Rows that have a place, as GeoJSON", 200, "StudioAnswer"},
       send_map},
      {{"POST", "/catalog/uploads/{id}/publication", "publishUpload", "Publish as a data set", 202, "StudioAnswer",
        true},
       publish},
      {{"GET", "/catalog/uploads/{id}/publication", "getPublication", "How far the publication is", 200,
        "StudioAnswer"},
       [](const AskPtr& ask) { send(ask->reply, 200, publication_json(ask->parts.studio.publication(*ask->upload))); }},
  };
  for (const Route& route : routes) {
    describe(document, route.described);
    router.add(route.described.method, route.described.path,
               [parts, handle = route.handle](RequestPtr request, PathParameters path, Reply reply) {
                 const auto tenant = parts->tenant(*request);
                 if (!tenant) return reply.send(tenant.error());
                 auto found = parts->studio.find(*tenant, path[0]);
                 if (!found) return reply.send(found.error());
                 handle(std::make_shared<Ask>(
                     Ask{*parts, std::move(request), std::move(path), std::move(reply), std::move(*found)}));
               });
  }
}

}  // namespace tsunagu::gateway
