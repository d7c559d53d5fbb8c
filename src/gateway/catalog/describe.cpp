#include "gateway/catalog/describe.h"

#include "base/json_object.h"
#include "base/url.h"
#include "catalog/dcat.h"
#include "catalog/publisher.h"
#include "catalog/quality.h"
#include "catalog/query_table.h"
#include "catalog/table_writer.h"

namespace tsunagu::gateway::opendata {

using catalog::Distribution;
using catalog::FileContent;
using catalog::IndexedDataset;
using catalog::LinkContent;
using catalog::QueryContent;

namespace {

void append_entity_name(std::string& out, const OpenData& parts, store::TenantId tenant, const std::string& id) {
  JsonObject(out).text("id", id).json("title", texts_json(catalog::publisher_name(parts.store(), tenant, id))).end();
}

void append_members(JsonObject& object, const OpenData& parts, store::TenantId tenant, const IndexedDataset& indexed) {
  const catalog::Dataset& dataset = indexed.dataset;
  object.text("name", dataset.name).text("id", catalog::dataset_id(dataset.name));
  object.json("title", texts_json(dataset.title)).json("description", texts_json(dataset.description));
  if (!dataset.publisher.empty()) append_entity_name(object.member("publisher"), parts, tenant, dataset.publisher);
  if (!dataset.spatial.empty()) append_entity_name(object.member("spatial"), parts, tenant, dataset.spatial);
  append_json_texts(object.member("theme"), dataset.theme);
  append_json_texts(object.member("keyword"), dataset.keyword);
  object.text("license", dataset.license);
  object.text("modified", to_string(dataset.modified)).text("issued", to_string(dataset.issued));
  object.text_if("accrualPeriodicity", dataset.accrual_periodicity).text_if("conformsTo", dataset.conforms_to);
  append_json_texts(object.member("formats"), indexed.formats);
  object.json("quality",
              quality_json(catalog::quality_of(dataset, indexed.distributions, parts.store(), tenant, now())));
  object.number("downloads", downloads_of(parts, tenant, indexed));
}

void append_file(JsonObject& object, const FileContent& file) {
  object.text("kind", "file").number("rows", file.rows).number("version", file.version);
  object.text("fileName", file.file_name);
  append_json_texts(object.member("key"), file.key);
  object.text_if("originalName", file.original_name);
}

void append_query(JsonObject& object, const OpenData& parts, store::TenantId tenant, const QueryContent& query,
                  const std::string& id) {
  object.text("kind", "query");
  auto selection = catalog::make_selection(query, {});
  if (selection) {
    if (const auto count = parts.store().query(tenant, std::move(*selection))->known_count()) {
      object.number("rows", *count);
    }
  }
  std::string ngsild = "/ngsi-ld/v1/entities?type=" + percent_encode(query.type);
  if (!query.q.empty()) ngsild += "&q=" + percent_encode(query.q);
  if (!query.attrs.empty()) {
    std::string attrs;
    for (const std::string& name : query.attrs) {
      if (name.find('.') == std::string::npos) attrs.append(attrs.empty() ? "" : ",").append(name);
    }
    if (!attrs.empty()) ngsild += "&attrs=" + percent_encode(attrs);
  }
  JsonObject(object.member("queries"))
      .text("ngsiLd", ngsild)
      .text("dataStore", "/api/3/action/datastore_search?resource_id=" + percent_encode(id))
      .end();
}

void append_distribution(std::string& out, const OpenData& parts, store::TenantId tenant, const Distribution& each) {
  JsonObject object(out);
  object.text("id", each.id).json("title", texts_json(each.title)).text("format", each.format);
  if (const auto* file = std::get_if<FileContent>(&each.content)) append_file(object, *file);
  if (const auto* query = std::get_if<QueryContent>(&each.content))
    append_query(object, parts, tenant, *query, each.id);
  if (std::holds_alternative<LinkContent>(each.content)) object.text("kind", "link");
  if (each.byte_size > 0) object.number("byteSize", each.byte_size);
  object.number("downloads", each.download_count + parts.downloads.waiting(tenant, each.id));
  const auto columns = catalog::columns_of(parts.datasets, tenant, each);
  object.member("columns") += '[';
  for (std::size_t i = 0; columns && i < columns->size(); ++i) {
    if (i > 0) out += ',';
    JsonObject(out).text("id", (*columns)[i].id).text("type", catalog::type_name((*columns)[i].type)).end();
  }
  out += ']';
  const bool geographic = columns && catalog::geojson_writer(*columns) != nullptr;
  const auto downloads = catalog::downloads_of(each, "", geographic);
  object.text("url", downloads.front().url);
  object.member("downloads_as") += '[';
  for (std::size_t i = 0; i < downloads.size(); ++i) {
    if (i > 0) out += ',';
    JsonObject(out).text("format", downloads[i].format).text("url", downloads[i].url).end();
  }
  out += ']';
  object.end();
}

}  // namespace

std::string texts_json(const catalog::Texts& texts) {
  std::string out;
  JsonObject object(out);
  for (const auto& [tag, text] : texts) {
    std::string name;
    append_json_string(name, tag);
    append_json_string(object.member(std::string_view(name).substr(1, name.size() - 2)), text);
  }
  object.end();
  return out;
}

std::string quality_json(const catalog::Quality& quality) {
  std::string out;
  JsonObject(out)
      .number("stars", quality.stars)
      .number("completeness", quality.completeness)
      .number("freshness", quality.freshness)
      .number("validity", quality.validity)
      .number("score", quality.score)
      .end();
  return out;
}

std::uint64_t downloads_of(const OpenData& parts, store::TenantId tenant, const IndexedDataset& dataset) {
  std::uint64_t sum = dataset.downloads;
  for (const Distribution& each : dataset.distributions) sum += parts.downloads.waiting(tenant, each.id);
  return sum;
}

void append_summary(std::string& out, const OpenData& parts, store::TenantId tenant, const IndexedDataset& dataset) {
  JsonObject object(out);
  append_members(object, parts, tenant, dataset);
  object.end();
}

void append_details(std::string& out, const OpenData& parts, store::TenantId tenant, const IndexedDataset& indexed) {
  const catalog::Dataset& dataset = indexed.dataset;
  JsonObject object(out);
  append_members(object, parts, tenant, indexed);
  if (const catalog::ContactPoint& contact = dataset.contact_point; contact != catalog::ContactPoint()) {
    JsonObject(object.member("contactPoint"))
        .text_if("name", contact.name)
        .text_if("email", contact.email)
        .text_if("telephone", contact.telephone)
        .text_if("url", contact.url)
        .end();
  }
  if (!dataset.temporal_start.empty() || !dataset.temporal_end.empty()) {
    JsonObject(object.member("temporal"))
        .text_if("startDate", dataset.temporal_start)
        .text_if("endDate", dataset.temporal_end)
        .end();
  }
  object.text_if("landingPage", dataset.landing_page).text_if("harvestedFrom", dataset.harvested_from);
  object.member("distributions") += '[';
  for (std::size_t i = 0; i < indexed.distributions.size(); ++i) {
    if (i > 0) out += ',';
    append_distribution(out, parts, tenant, indexed.distributions[i]);
  }
  out += ']';
  object.end();
}

}  // namespace tsunagu::gateway::opendata
