#include "catalog/studio/publication.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "catalog/import/json_walk.h"
#include "catalog/quality.h"

namespace tsunagu::catalog {
namespace {

std::string text_of(std::string_view json) {
  return json.starts_with('"') ? json_string_text(json) : std::string();
}

/// Anybody may have the file as it was uploaded; not when it tells of persons, or something was taken out of it.
bool original_may_be_seen(const UploadView& view) {
  if (!view.analysis.disclosure.quasi.empty() || !view.analysis.disclosure.personal.empty()) return false;
  using enum Step::Kind;
  const auto& steps = view.table->steps();
  return std::none_of(steps.begin(), steps.end(), [](const Step& step) {
    return step.kind == kDropColumn || step.kind == kBlank || step.kind == kBands;
  });
}

Result<FileId> keep_original(Files& files, const Upload& upload) {
  std::ifstream in(upload.original(), std::ios::binary);
  auto writer = files.create();
  if (!writer) return tl::unexpected(writer.error());
  std::string chunk(256 << 10, '\0');
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
    if (auto done = writer->write(std::string_view(chunk).substr(0, static_cast<std::size_t>(in.gcount()))); !done)
      return tl::unexpected(done.error());
  }
  if (!in.eof()) return fail(ErrorCode::kInternalError, upload.original().string() + ": cannot be read");
  return writer->finish();
}

const FileContent* file_content(const std::vector<Distribution>& all) {
  for (const Distribution& each : all) {
    if (const auto* file = std::get_if<FileContent>(&each.content)) return file;
  }
  return nullptr;
}

void append_source(std::string& out, const char* name, const std::optional<EntitySource>& source) {
  if (!source) return;
  out += fmt::format(R"(,"{}":{{"file":"{}","standard":)", name, source->file.hex);
  append_json_string(out, source->standard);
  out += '}';
}

std::optional<EntitySource> read_source(std::string_view json) {
  if (!json.starts_with('{')) return std::nullopt;
  std::optional<FileId> file;
  std::string standard;
  for_each_member(json, [&](const std::string& name, std::string_view value) {
    if (name == "file") file = FileId::parse(text_of(value));
    if (name == "standard") standard = text_of(value);
  });
  if (!file) return std::nullopt;
  return EntitySource{*file, standard};
}

void append_texts(std::string& out, const char* name, const Texts& texts) {
  out += fmt::format(R"(,"{}":{{)", name);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, texts[i].first);
    out += ':';
    append_json_string(out, texts[i].second);
  }
  out += '}';
}

Texts read_texts(std::string_view json) {
  Texts out;
  if (json.starts_with('{'))
    for_each_member(
        json, [&out](const std::string& name, std::string_view value) { out.emplace_back(name, text_of(value)); });
  return out;
}

void append_list(std::string& out, const char* name, const std::vector<std::string>& items) {
  out += fmt::format(R"(,"{}":[)", name);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, items[i]);
  }
  out += ']';
}

std::vector<std::string> read_list(std::string_view json) {
  std::vector<std::string> out;
  if (json.starts_with('[')) for_each_element(json, [&out](std::string_view item) { out.push_back(text_of(item)); });
  return out;
}

}  // namespace

Result<void> check_publication(const UploadView& view, const PublicationRequest& request) {
  if (!valid_name(request.dataset.name)) {
    return bad(
        "dataset.name has 2 to 100 of the characters a-z, 0-9, - and _ / 名前は a-z、0-9、-、_ の 2～100 文字です");
  }
  if (request.dataset.title.empty()) return bad("dataset.title is needed / 題名を書いてください");
  if (request.dataset.publisher.empty())
    return bad("dataset.publisher is needed: the id of a Municipality or Organization / 公開者を選んでください");
  const Disclosure& disclosure = view.analysis.disclosure;
  for (const PersonalColumn& personal : disclosure.personal) {
    if (personal.forbidden) {
      return bad(fmt::format("column {} holds {} / 列「{}」は{}", personal.column, personal.reason_en, personal.column,
                             personal.reason_ja));
    }
  }
  if (!disclosure.personal.empty() && !request.acknowledge_disclosure) {
    return bad(
        fmt::format("the table tells of persons: {} personal columns. Leave them out, or set "
                    "acknowledgeDisclosure / 個人に関する列が残っています",
                    disclosure.personal.size()));
  }
  if (disclosure.small_groups > 0 && disclosure.counts) {
    return bad(fmt::format(
        "{} counts of fewer than {} persons are shown, or can be computed from the other counts and margins. "
        "Upload the rows and let the table of counts be made (POST /catalog/uploads/…/counts) / "
        "{} 人未満の人数が {} か所、そのまま、または他の数から計算でわかるため公開できません。"
        "もとの表を入れて集計表にしてください",
        disclosure.small_groups, Disclosure::kSmallest, Disclosure::kSmallest, disclosure.small_groups));
  }
  if (disclosure.small_groups > 0) {
    return bad(
        fmt::format("{} groups of fewer than {} persons could be recognised. Publish their counts instead "
                    "(POST /catalog/uploads/…/counts), or do the repair small_groups / "
                    "{} 人未満の組が {} 組あり、個人が特定されうるため公開できません。集計表にするか、修正してください",
                    disclosure.small_groups, Disclosure::kSmallest, Disclosure::kSmallest, disclosure.small_groups));
  }
  const std::size_t errors = view.analysis.count(Severity::kError);
  if (errors > 0 && !request.accept_findings) {
    return bad(
        fmt::format("{} kinds of errors are left: repair them or set acceptFindings / まだ {} 種類の誤りがあります",
                    errors, errors));
  }
  if (view.analysis.rows == 0) return bad("no row is left to be published / 公開する行がありません");
  return {};
}

std::string to_json(const PublicationPlan& plan) {
  const Dataset& d = plan.dataset;
  std::string out = R"({"name":)";
  append_json_string(out, d.name);
  append_texts(out, "title", d.title);
  append_texts(out, "description", d.description);
  append_list(out, "theme", d.theme);
  append_list(out, "keyword", d.keyword);
  append_list(out, "key", plan.key);
  const ContactPoint& contact = d.contact_point;
  for (const auto& [name, value] : {std::pair<const char*, const std::string&>{"publisher", d.publisher},
                                    {"spatial", d.spatial},
                                    {"license", d.license},
                                    {"accrualPeriodicity", d.accrual_periodicity},
                                    {"conformsTo", d.conforms_to},
                                    {"landingPage", d.landing_page},
                                    {"contactName", contact.name},
                                    {"contactEmail", contact.email},
                                    {"contactTelephone", contact.telephone},
                                    {"contactUrl", contact.url},
                                    {"file", plan.file.hex},
                                    {"original", plan.original.hex},
                                    {"originalName", plan.original_name},
                                    {"query", plan.query}}) {
    out += fmt::format(R"(,"{}":)", name);
    append_json_string(out, value);
  }
  out += fmt::format(R"(,"rows":{},"bytes":{})", plan.rows, plan.bytes);
  out += R"(,"completeness":)";
  append_json_number(out, d.quality ? d.quality->completeness : 1.0);
  out += R"(,"validity":)";
  append_json_number(out, d.quality ? d.quality->validity : 1.0);
  append_source(out, "before", plan.before);
  append_source(out, "after", plan.after);
  return out + '}';
}

std::optional<PublicationPlan> read_plan(std::string_view json) {
  if (!json.starts_with('{')) return std::nullopt;
  PublicationPlan plan;
  Dataset& d = plan.dataset;
  d.quality.emplace();
  bool good = false;
  for_each_member(json, [&](const std::string& name, std::string_view value) {
    const std::string text = text_of(value);
    if (name == "name") d.name = text;
    if (name == "title") d.title = read_texts(value);
    if (name == "description") d.description = read_texts(value);
    if (name == "theme") d.theme = read_list(value);
    if (name == "keyword") d.keyword = read_list(value);
    if (name == "key") plan.key = read_list(value);
    if (name == "publisher") d.publisher = text;
    if (name == "spatial") d.spatial = text;
    if (name == "license") d.license = text;
    if (name == "accrualPeriodicity") d.accrual_periodicity = text;
    if (name == "conformsTo") d.conforms_to = text;
    if (name == "landingPage") d.landing_page = text;
    if (name == "contactName") d.contact_point.name = text;
    if (name == "contactEmail") d.contact_point.email = text;
    if (name == "contactTelephone") d.contact_point.telephone = text;
    if (name == "contactUrl") d.contact_point.url = text;
    if (name == "originalName") plan.original_name = text;
    if (name == "query") plan.query = text;
    if (name == "rows") plan.rows = parse_number<std::uint64_t>(value).value_or(0);
    if (name == "bytes") plan.bytes = parse_number<std::uint64_t>(value).value_or(0);
    if (name == "completeness") d.quality->completeness = parse_number<double>(value).value_or(1);
    if (name == "validity") d.quality->validity = parse_number<double>(value).value_or(1);
    if (name == "before") plan.before = read_source(value);
    if (name == "after") plan.after = read_source(value);
    if (name == "original") {
      if (auto id = FileId::parse(text)) plan.original = *id;
    }
    if (name == "file") {
      if (auto id = FileId::parse(text)) {
        plan.file = *id;
        good = true;
      }
    }
  });
  if (!good) return std::nullopt;
  return plan;
}

Result<PublicationPlan> plan_publication(const Datasets& datasets, store::TenantId tenant, const Upload& upload,
                                         const UploadView& view, const PublicationRequest& request,
                                         PublicationProgress& progress) {
  const WorkTable& table = *view.table;
  PublicationPlan plan;
  plan.dataset = request.dataset;
  progress.of = view.analysis.rows;
  auto writer = datasets.files().create();
  if (!writer) return tl::unexpected(writer.error());
  auto rows = write_clean_csv(view, [&](std::string_view bytes) { return writer->write(bytes); });
  if (!rows) return tl::unexpected(rows.error());
  plan.rows = *rows;
  plan.bytes = writer->size();
  auto file = writer->finish();
  if (!file) return tl::unexpected(file.error());
  plan.file = std::move(*file);
  if (original_may_be_seen(view)) {
    auto original = keep_original(datasets.files(), upload);
    if (!original) return tl::unexpected(original.error());
    plan.original = std::move(*original);
    plan.original_name = upload.draft().file_name;
  }
  plan.dataset.quality = Quality{1, completeness_of(view), 1, validity_of(view), 0};
  const Standard* standard = table.standard();
  plan.dataset.conforms_to = standard == nullptr ? "" : standard->key;
  if (standard != nullptr) {
    plan.after = EntitySource{plan.file, standard->key};
    for (const StandardColumn& column : standard->columns) {
      const bool tells = column.type == ColumnType::kCode ||
                         std::find(standard->id.begin(), standard->id.end(), column.name) != standard->id.end();
      const std::size_t at = table.of_standard(column.name);
      if (tells && at != WorkColumn::kNone && view.analysis.filled[at] == view.analysis.rows)
        plan.key.push_back(column.name);
    }
    if (!view.analysis.repeated_ids.empty()) plan.key.clear();
    if (!table.municipality().empty())
      plan.query = fmt::format(R"(refMunicipality=="urn:ngsi-ld:Municipality:{}")", table.municipality());
  }
  if (const auto existing = datasets.find(tenant, plan.dataset.name)) {
    if (!existing->harvested_from.empty()) {
      return fail(ErrorCode::kConflict,
                  "the data set " + plan.dataset.name + " is harvested from elsewhere: choose another name");
    }
    const auto all = datasets.distributions(tenant, *existing);
    const FileContent* content = all ? file_content(*all) : nullptr;
    if (content != nullptr && !existing->conforms_to.empty())
      plan.before = EntitySource{content->file, existing->conforms_to};
    if (plan.dataset.landing_page.empty()) plan.dataset.landing_page = existing->landing_page;
  }
  return plan;
}

Result<PublicationOutcome> carry_out(Datasets& datasets, store::TenantId tenant, const PublicationPlan& plan,
                                     PublicationProgress& progress) {
  PublicationOutcome outcome;
  progress.of = plan.rows;
  progress.done = 0;
  auto written = write_entities(datasets.broker(), datasets.files(), tenant, plan.before, plan.after, progress);
  const auto put_back = [&](const Error& error) -> tl::unexpected<Error> {
    if (progress.stop || error.code == ErrorCode::kUnavailable) return tl::unexpected(error);  // the next start goes on
    PublicationProgress ignored;
    if (auto undone = write_entities(datasets.broker(), datasets.files(), tenant, plan.after, plan.before, ignored);
        !undone) {
      log::error("data set {}: entities could not be put back: {}", plan.dataset.name, undone.error().detail);
    }
    return tl::unexpected(error);
  };
  if (!written) return put_back(written.error());
  outcome.entities = std::move(*written);

  Dataset dataset = plan.dataset;
  std::vector<Distribution> before;
  if (const auto existing = datasets.find(tenant, dataset.name)) {
    if (auto all = datasets.distributions(tenant, *existing)) before = std::move(*all);
  }
  std::vector<Distribution> all;
  Distribution table;
  table.title = {{"en", "Table"}, {"ja", "表"}};
  table.format = "CSV";
  table.media_type = "text/csv";
  table.byte_size = plan.bytes;
  FileContent content;
  content.file = plan.file;
  content.file_name = dataset.name + ".csv";
  content.rows = plan.rows;
  content.key = plan.key;
  if (!plan.original.hex.empty()) {
    content.original = plan.original;
    content.original_name = plan.original_name;
  }
  Distribution live;
  live.title = {{"en", "Live: the entities of the graph"}, {"ja", "最新（グラフのデータ）"}};
  live.format = "NGSI-LD";
  live.media_type = "application/ld+json";
  for (Distribution& each : before) {
    if (const auto* file = std::get_if<FileContent>(&each.content); file != nullptr && table.id.empty()) {
      table.id = each.id;
      outcome.unchanged = file->file == plan.file;
    } else if (std::holds_alternative<QueryContent>(each.content) && live.id.empty()) {
      live.id = each.id;
    } else {
      all.push_back(std::move(each));  // what somebody added stays
    }
  }
  table.content = std::move(content);
  std::vector<Distribution> ours{std::move(table)};
  if (plan.after) {
    live.content = QueryContent{find_standard(plan.after->standard)->entity_type, plan.query, {}};
    ours.push_back(std::move(live));
  }
  all.insert(all.begin(), ours.begin(), ours.end());
  dataset.quality = quality_of(dataset, all, datasets.broker().store, tenant, now());
  if (auto saved = datasets.save(tenant, dataset, all); !saved) return put_back(saved.error());
  if (const auto saved = datasets.find(tenant, dataset.name)) {
    if (const auto now_there = datasets.distributions(tenant, *saved)) {
      if (const FileContent* file = file_content(*now_there)) outcome.version = file->version;
    }
  }
  return outcome;
}

}  // namespace tsunagu::catalog
