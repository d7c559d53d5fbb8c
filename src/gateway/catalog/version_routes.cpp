// GET /catalog/distributions/{id}/versions and /diff.
#include "base/json_object.h"
#include "catalog/table_diff.h"
#include "gateway/catalog/describe.h"

namespace tsunagu::gateway::opendata {
namespace {

void get_versions(const AskPtr& ask) {
  const auto distribution = ask->parts.datasets.distribution(ask->tenant, ask->path[0]);
  if (!distribution) return ask->send(distribution.error());
  const auto versions = ask->parts.datasets.versions(ask->tenant, distribution->id);
  if (!versions) return ask->send(versions.error());
  std::string body = "[";
  for (const catalog::Version& each : *versions) {
    if (body.size() > 1) body += ',';
    JsonObject(body)
        .number("version", each.content.version)
        .text("modified", to_string(each.modified))
        .number("rows", each.content.rows)
        .number("byteSize", each.byte_size)
        .text("fileName", each.content.file_name)
        .end();
  }
  ask->send_json(body + "]");
}

void append_row(std::string& out, const catalog::ChangedRow& row) {
  using State = catalog::ChangedRow::State;
  JsonObject object(out);
  object.text("state", row.state == State::kAdded ? "added" : row.state == State::kRemoved ? "removed" : "changed");
  append_json_texts(object.member("key"), row.key);
  object.member("cells") += '{';
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const catalog::ChangedCell& cell = row.cells[i];
    if (i > 0) out += ',';
    append_json_string(out, cell.column);
    out += ":[";
    const auto text = [&out](const std::string& value, bool absent) {
      if (absent) {
        out += "null";
      } else {
        append_json_string(out, value);
      }
    };
    text(cell.before, row.state == State::kAdded);
    out += ',';
    text(cell.after, row.state == State::kRemoved);
    out += ']';
  }
  out += '}';
  object.end();
}

std::string diff_json(const catalog::TableDiff& diff) {
  std::string body;
  JsonObject object(body);
  append_json_texts(object.member("key"), diff.key);
  JsonObject columns(object.member("columns"));
  append_json_texts(columns.member("added"), diff.added_columns);
  append_json_texts(columns.member("removed"), diff.removed_columns);
  columns.end();
  JsonObject(object.member("counts"))
      .number("added", diff.added)
      .number("removed", diff.removed)
      .number("changed", diff.changed)
      .number("unchanged", diff.unchanged)
      .end();
  object.member("rows") += '[';
  for (std::size_t i = 0; i < diff.rows.size(); ++i) {
    if (i > 0) body += ',';
    append_row(body, diff.rows[i]);
  }
  body += ']';
  object.truth("more", diff.more);
  object.end();
  return body;
}

/// A version in full: its table opened from the beginning, as often as asked.
Result<catalog::FileContent> version_of(const Ask& ask, const catalog::Distribution& distribution,
                                        std::uint64_t version) {
  return catalog::find_version(ask.parts.datasets, ask.tenant, distribution, static_cast<std::uint32_t>(version));
}

void get_diff(const AskPtr& ask) {
  const auto distribution = ask->parts.datasets.distribution(ask->tenant, ask->path[0]);
  if (!distribution) return ask->send(distribution.error());
  const auto newest = catalog::find_version(ask->parts.datasets, ask->tenant, *distribution, std::nullopt);
  if (!newest) return ask->send(newest.error());
  constexpr std::uint64_t kMost = 4'000'000'000;
  const auto to = ask->natural("to", 1, kMost, newest->version);
  if (!to) return ask->send(to.error());
  const auto from = ask->natural("from", 1, kMost, *to > 1 ? *to - 1 : 1);
  const auto offset = ask->natural("offset", 0, kMost, 0), limit = ask->natural("limit", 0, 1000, 100);
  for (const auto* number : {&from, &offset, &limit}) {
    if (!*number) return ask->send(number->error());
  }
  const auto before = version_of(*ask, *distribution, *from), after = version_of(*ask, *distribution, *to);
  if (!before) return ask->send(before.error());
  if (!after) return ask->send(after.error());
  const bool taken =
      ask->parts.workbench.take([ask, before = *before, after = *after, offset = *offset, limit = *limit] {
        const catalog::Files& files = ask->parts.datasets.files();
        const auto opening = [&files](const catalog::FileContent& content) {
          return [&files, &content] { return catalog::open_file_table(files, content.file); };
        };
        const auto diff = catalog::compare_tables(opening(before), opening(after), after.key, offset, limit);
        if (!diff) return ask->send(diff.error());
        ask->send_json(diff_json(*diff));
      });
  if (!taken) ask->send(Error{ErrorCode::kUnavailable, "too much is being done at the moment; try again"});
}

}  // namespace

void add_version_routes(Router& router, openapi::Document& document, const OpenData& parts) {
  document.add_schema("VersionList", R"({"type":"array","items":{"type":"object","properties":{"version":)"
                                     R"({"type":"integer"},"modified":{"type":"string"}}}})");
  document.add_schema("TableDiff", R"({"type":"object","properties":{"key":{"type":"array"},"columns":)"
                                   R"({"type":"object"},"counts":{"type":"object"},"rows":{"type":"array"},)"
                                   R"("more":{"type":"boolean"}}})");
  constexpr std::string_view kNumber = R"({"type":"integer","minimum":0})";
  add_route(router, document, parts,
            {.method = "GET",
             .path = "/catalog/distributions/{id}/versions",
             .id = "listVersions",
             .summary = "The versions of a file, newest first",
             .parameters = {},
             .answers = {{200, "The versions; none of a live query", "VersionList", {"application/json"}}},
             .handle = get_versions});
  add_route(router, document, parts,
            {.method = "GET",
             .path = "/catalog/distributions/{id}/diff",
             .id = "compareVersions",
             .summary = "What changed between two versions, cell by cell",
             .parameters = {{"from", "query", "A version; the one before `to` if not given", kNumber},
                            {"to", "query", "A version; the newest if not given", kNumber},
                            {"offset", "query", "Changed rows to pass over", kNumber},
                            {"limit", "query", "Changed rows in the answer, at most 1,000", kNumber}},
             .answers = {{200, "The differences", "TableDiff", {"application/json"}},
                         {404, "There is no such version", "ProblemDetails", {"application/json"}}},
             .handle = get_diff});
}

void add_catalog_routes(Router& router, openapi::Document& document, const OpenData& parts) {
  add_dataset_routes(router, document, parts);
  add_download_routes(router, document, parts);
  add_version_routes(router, document, parts);
  add_dcat_routes(router, document, parts);
}

}  // namespace tsunagu::gateway::opendata
