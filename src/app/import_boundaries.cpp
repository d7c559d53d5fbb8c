// `tsunagu import boundaries`: official outlines → the attribute `boundary` of the municipalities in a running broker.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/administration.h"
#include "app/commands.h"
#include "app/load_calls.h"
#include "base/json.h"
#include "base/text.h"
#include "catalog/boundaries/outlines.h"
#include "catalog/import/entity.h"
#include "catalog/import/text_forms.h"
#include "ngsi/geo_shape.h"
#include "ngsi/json_walk.h"

namespace tsunagu::app {
namespace {

namespace walk = ngsi::walk;
using catalog::KnownMunicipality;
using catalog::Outline;

constexpr std::uintmax_t kMaxFile = 512u << 20;
constexpr std::string_view kSource = "国土数値情報（行政区域データ）（国土交通省）を加工して作成";
constexpr std::string_view kMunicipalities =
    "/ngsi-ld/v1/entities?type=Municipality&limit=10000&pick=id,municipalityCode,name,location,area,boundary";
constexpr std::string_view kIslands = "/ngsi-ld/v1/entities?type=AdministrativeArea&limit=10000&pick=id,boundary";

struct ImportOptions {
  std::string file, to, key_file, key, tenant;
  double tolerance_m = 50;
  bool check = false;
};

int refuse(int status, const std::string& reason) {
  std::fprintf(stderr, "tsunagu import boundaries: %s\nNothing was imported.\n", reason.c_str());
  return status;
}

Result<std::string> read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary | std::ios::ate);
  if (!in) return bad(fmt::format("{}: {}", name, std::strerror(errno)));
  const auto size = static_cast<std::uintmax_t>(in.tellg());
  if (size > kMaxFile) {
    return bad(
        fmt::format("{}: {} MiB are more than {}; take the file of one prefecture", name, size >> 20, kMaxFile >> 20));
  }
  std::string text(size, '\0');
  in.seekg(0);
  if (!in.read(text.data(), static_cast<std::streamsize>(size))) return bad(fmt::format("{}: cannot be read", name));
  return text;
}

/// What the broker has: municipalities, and outlines by id.
struct Present {
  std::vector<KnownMunicipality> municipalities;
  std::map<std::string, std::string> outlines;
};

std::string text_value(std::string_view attribute) {
  const std::string_view value = walk::member(attribute, "value");
  return walk::is_string(value) ? json_string_text(value) : std::string();
}

KnownMunicipality municipality_of(std::string_view entity) {
  KnownMunicipality m;
  m.id = catalog::text_member(entity, "id");
  const std::string code = text_value(walk::member(entity, "municipalityCode"));
  m.code = catalog::checked_code6(code.empty() ? m.id.substr(m.id.rfind(':') + 1) : code).value_or("");
  const std::string_view name = walk::member(entity, "name");
  const std::string_view ja = walk::member(walk::member(name, "languageMap"), "ja");
  m.name = walk::is_string(ja) ? json_string_text(ja) : text_value(name);
  if (m.name.empty()) m.name = m.id;
  if (const auto at = ngsi::read_point(walk::member(walk::member(entity, "location"), "value")))
    m.office = {at->lon, at->lat};
  m.area_km2 = walk::number(walk::member(walk::member(entity, "area"), "value"));
  return m;
}

Result<std::string> ask(const Calls& calls, std::string_view path) {
  const auto answer = calls.get(std::string(path));
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return fail(ErrorCode::kInternalError, problem_text(answer->status, answer->body));
  std::string json = canonical(answer->body);
  if (!json.starts_with('[')) return fail(ErrorCode::kInternalError, "the broker's answer is not a list of entities");
  return json;
}

Result<Present> what_is_there(const Calls& calls) {
  Present present;
  for (const std::string_view path : {kMunicipalities, kIslands}) {
    const auto json = ask(calls, path);
    if (!json) return tl::unexpected(json.error());
    walk::any_element(*json, [&](std::string_view entity) {
      const std::string_view outline = walk::member(walk::member(entity, "boundary"), "value");
      if (!outline.empty()) present.outlines.emplace(catalog::text_member(entity, "id"), catalog::sorted_json(outline));
      if (path == kIslands) return false;
      KnownMunicipality m = municipality_of(entity);
      if (!m.code.empty()) present.municipalities.push_back(std::move(m));
      return false;
    });
  }
  return present;
}

void append_entity(std::string& out, const Outline& outline, bool municipality) {
  out += R"({"id":)";
  append_json_string(out, outline.id);
  if (municipality) {
    out += R"(,"type":"Municipality")";
  } else {
    out += R"(,"type":"AdministrativeArea","name":{"type":"LanguageProperty","languageMap":{"ja":)";
    append_json_string(out, outline.name);
    out += R"(}},"municipalityCode":)";
    append_json_string(out, outline.code);
  }
  out +=
      R"(,"boundary":{"type":"GeoProperty","value":)" + outline.geometry + R"(,"source":{"type":"Property","value":)";
  append_json_string(out, kSource);
  out += "}}}";
}

int report_refusals(const gateway::FetchResponse& answer) {
  std::string why = problem_text(answer.status, answer.body);
  const std::string json = canonical(answer.body);
  walk::any_element(walk::member(json, "errors"), [&](std::string_view item) {
    why = fmt::format("{}: {}", catalog::text_member(item, "entityId"),
                      catalog::text_member(walk::member(item, "error"), "detail"));
    return true;
  });
  std::fprintf(stderr, "tsunagu import boundaries: the broker refuses outlines: %s\n", why.c_str());
  return 1;
}

int import_boundaries(const ImportOptions& o) {
  if (o.to.empty()) return refuse(2, "--to URL is needed: the municipalities are those of a running broker");
  const auto file = read_file(o.file);
  if (!file) return refuse(2, file.error().detail);
  UploadSettings settings;
  settings.url = o.to;
  settings.tenant = o.tenant;
  settings.key = o.key;
  const Calls calls(settings);
  const auto present = what_is_there(calls);
  if (!present) return refuse(1, "the broker cannot be asked for its municipalities: " + present.error().detail);
  const auto outlines = catalog::make_outlines(*file, present->municipalities, o.tolerance_m);
  if (!outlines) return refuse(1, fmt::format("{}: {}", o.file, outlines.error().detail));

  for (const std::string& note : outlines->notes) fmt::print("note: {}\n", note);
  std::size_t positions = 0, bytes = 0, fresh = 0;
  std::string body = "[";
  for (const auto* list : {&outlines->municipalities, &outlines->islands}) {
    for (const Outline& outline : *list) {
      positions += outline.positions;
      bytes += outline.geometry.size();
      const auto had = present->outlines.find(outline.id);
      if (had != present->outlines.end() && had->second == catalog::sorted_json(outline.geometry)) continue;
      ++fresh;
      if (body.size() > 1) body += ',';
      append_entity(body, outline, list == &outlines->municipalities);
    }
  }
  fmt::print(
      "{} polygons are {} municipalities and {} villages of the Northern Territories; {} positions became {} "
      "({} KiB), none moved by more than {:g} m\n",
      outlines->polygons_read, outlines->municipalities.size(), outlines->islands.size(), outlines->positions_read,
      positions, bytes >> 10, o.tolerance_m);
  if (o.check) {
    fmt::print("All is well; {} outlines would be new or changed. Nothing was imported.\n", fresh);
    return 0;
  }
  if (fresh > 0) {
    const auto answer = calls.post("/ngsi-ld/v1/entityOperations/upsert?options=update", body + "]", false);
    if (!answer) return refuse(1, answer.error().detail);
    if (answer->status != 201 && answer->status != 204) return report_refusals(*answer);
  }
  fmt::print("{} outlines are new or changed, {} were there already.\nComplete.\n", fresh,
             outlines->municipalities.size() + outlines->islands.size() - fresh);
  return 0;
}

}  // namespace

void add_import(CommandLine& program) {
  CommandLine import = program.command("import", "Import what is no table: outlines of municipalities");
  import.needs_command();
  CommandLine command = import.command(
      "boundaries", "Give the municipalities of a running broker their official outlines (国土数値情報 N03, GeoJSON)");
  auto options = std::make_shared<ImportOptions>();
  command.option("file", options->file, "GeoJSON of 国土数値情報 行政区域データ (N03)").required();
  command.option("--to", options->to, "URL of the broker: http://127.0.0.1:1026");
  command.option("--key-file", options->key_file,
                 "File with a key (tsunagu key add; DATA/trust/operator.key), when sign-in is on");
  command.option("--tenant", options->tenant, "Tenant; default: the broker's default tenant");
  command.option("--tolerance", options->tolerance_m,
                 "Metres by which a line may move when points are left out; 0: none", 0.0, 5000.0);
  command.flag("--check", options->check, "Only say what would be imported");
  command.footer(
      "All is checked before anything is written: the outlines go in one request, or not at all. Importing the same "
      "file "
      "again\nchanges nothing. Described in docs/boundaries.md.\n"
      "Example:\n  tsunagu import boundaries --to http://127.0.0.1:1026 N03-21_01_210101.geojson\n"
      "Exit status 0: every municipality has its outline. 1: the file does not fit, or the broker refuses. 2: the call "
      "is "
      "wrong.");
  command.run([options] { return use_key(options->key_file, options->key) ? import_boundaries(*options) : 2; });
}

}  // namespace tsunagu::app
