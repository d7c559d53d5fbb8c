#include "gateway/ckan/package_json.h"

#include "base/json_object.h"
#include "catalog/dcat.h"
#include "catalog/publisher.h"
#include "catalog/vocabulary.h"
#include "gateway/catalog/describe.h"

namespace tsunagu::gateway::opendata {

using catalog::Distribution;
using catalog::IndexedDataset;

namespace {

/// CKAN writes instants in UTC without a zone.
std::string instant(Instant at) {
  if (at == kNoInstant) return {};
  std::string text = to_string(at);
  if (text.ends_with('Z')) text.pop_back();
  if (text.find('.') == std::string::npos) text += ".000000";
  return text;
}

void append_extra(std::string& out, bool& any, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (std::exchange(any, true)) out += ',';
  JsonObject(out).text("key", key).text("value", value).end();
}

}  // namespace

void append_tag(std::string& out, const std::string& keyword) {
  JsonObject(out)
      .text("id", keyword)
      .text("name", keyword)
      .text("display_name", keyword)
      .text("state", "active")
      .json("vocabulary_id", "null")
      .end();
}

void append_group(std::string& out, std::string_view key, std::uint64_t packages) {
  const catalog::Theme* theme = catalog::find_theme(key);
  const std::string_view title = theme == nullptr ? key : theme->ja;
  JsonObject(out)
      .text("id", key)
      .text("name", key)
      .text("title", title)
      .text("display_name", title)
      .text("description", theme == nullptr ? "" : theme->en)
      .text("image_display_url", "")
      .text("type", "group")
      .truth("is_organization", false)
      .text("state", "active")
      .number("package_count", packages)
      .end();
}

void append_organization(std::string& out, const OpenData& parts, store::TenantId tenant, const std::string& id,
                         std::uint64_t packages) {
  const catalog::Texts name = catalog::publisher_name(parts.store(), tenant, id);
  const std::string_view title = catalog::text_in(name, "ja");
  JsonObject(out)
      .text("id", id)
      .text("name", catalog::publisher_slug(id))
      .text("title", title)
      .text("display_name", title)
      .json("title_translated", texts_json(name))
      .text("description", "")
      .text("image_url", "")
      .text("image_display_url", "")
      .text("type", "organization")
      .truth("is_organization", true)
      .text("approval_status", "approved")
      .text("state", "active")
      .text_if("url", catalog::text_attribute(parts.store(), tenant, id, "url"))
      .number("package_count", packages)
      .end();
}

void append_resource(std::string& out, const OpenData& parts, const IndexedDataset& dataset, std::size_t position) {
  const Distribution& each = dataset.distributions[position];
  const catalog::Texts& title = each.title.empty() ? dataset.dataset.title : each.title;
  const bool link = std::holds_alternative<catalog::LinkContent>(each.content);
  const auto* file = std::get_if<catalog::FileContent>(&each.content);
  JsonObject object(out);
  object.text("id", each.id).text("package_id", catalog::dataset_id(dataset.dataset.name));
  object.text("name", catalog::text_in(title, "ja")).json("name_translated", texts_json(title));
  object.text("description", "").text("format", each.format).text("mimetype", each.media_type);
  object.json("mimetype_inner", "null");
  object.text("url", catalog::downloads_of(each, parts.site, false).front().url);
  object.json("url_type", link ? "null" : "\"datastore\"").text("resource_type", file != nullptr ? "file" : "api");
  if (each.byte_size > 0) {
    object.number("size", each.byte_size);
  } else {
    object.json("size", "null");
  }
  object.text("hash", file == nullptr ? "" : "sha256:" + file->file.hex);
  object.text("created", instant(dataset.dataset.issued)).text("last_modified", instant(dataset.dataset.modified));
  object.text("metadata_modified", instant(dataset.dataset.modified));
  object.number("position", position).truth("datastore_active", !link).text("state", "active");
  object.json("cache_url", "null").json("cache_last_updated", "null").end();
}

void append_package(std::string& out, const OpenData& parts, store::TenantId tenant, const IndexedDataset& indexed) {
  const catalog::Dataset& dataset = indexed.dataset;
  const catalog::License* license = catalog::find_license(dataset.license);
  JsonObject object(out);
  object.text("id", catalog::dataset_id(dataset.name)).text("name", dataset.name);
  object.text("title", catalog::text_in(dataset.title, "ja")).json("title_translated", texts_json(dataset.title));
  object.text("notes", catalog::text_in(dataset.description, "ja"));
  object.json("notes_translated", texts_json(dataset.description));
  object.text("author", dataset.contact_point.name).text("author_email", dataset.contact_point.email);
  object.text("maintainer", dataset.contact_point.name).text("maintainer_email", dataset.contact_point.email);
  object.text("license_id", license == nullptr ? "notspecified" : license->key);
  object.text("license_title", license == nullptr ? std::string_view(dataset.license) : license->title);
  object.text("license_url", dataset.license).truth("isopen", license != nullptr && license->open);
  object.text("metadata_created", instant(dataset.issued)).text("metadata_modified", instant(dataset.modified));
  object.text("type", "dataset").text("state", "active").truth("private", false);
  object.text("url", dataset.landing_page.empty() ? parts.site + "/datasets/" + dataset.name : dataset.landing_page);
  object.json("version", "null").json("creator_user_id", "null");
  object.number("num_resources", indexed.distributions.size()).number("num_tags", dataset.keyword.size());
  if (dataset.publisher.empty()) {
    object.json("owner_org", "null").json("organization", "null");
  } else {
    object.text("owner_org", dataset.publisher);
    append_organization(object.member("organization"), parts, tenant, dataset.publisher, 0);
  }
  const auto list = [&](std::string_view name, const std::vector<std::string>& values, const auto& append) {
    object.member(name) += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out += ',';
      append(values[i]);
    }
    out += ']';
  };
  list("groups", dataset.theme, [&](const std::string& key) { append_group(out, key, 0); });
  list("tags", dataset.keyword, [&](const std::string& keyword) { append_tag(out, keyword); });
  object.member("extras") += '[';
  bool any = false;
  append_extra(out, any, "frequency", dataset.accrual_periodicity);
  append_extra(out, any, "spatial", dataset.spatial);
  append_extra(out, any, "conforms_to", dataset.conforms_to);
  append_extra(out, any, "harvested_from", dataset.harvested_from);
  out += ']';
  object.member("resources") += '[';
  for (std::size_t i = 0; i < indexed.distributions.size(); ++i) {
    if (i > 0) out += ',';
    append_resource(out, parts, indexed, i);
  }
  out += ']';
  object.json("relationships_as_subject", "[]").json("relationships_as_object", "[]").end();
}

}  // namespace tsunagu::gateway::opendata
