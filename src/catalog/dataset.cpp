#include "catalog/dataset.h"

#include <algorithm>
#include <utility>

#include "base/json_object.h"
#include "base/text.h"
#include "base/uri.h"
#include "catalog/vocabulary.h"
#include "ngsi/body.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace walk = ngsi::walk;
namespace {

constexpr std::string_view kDatasetPrefix = "urn:ngsi-ld:Dataset:", kDistributionPrefix = "urn:ngsi-ld:Distribution:";
constexpr std::size_t kLongestText = 100'000;  // bytes of a description

// Writing: attributes in the normalized form, those that say nothing left out.
class EntityJson {
 public:
  EntityJson(std::string_view id, std::string_view type) : object_(out_) { object_.text("id", id).text("type", type); }
  void property(std::string_view name, std::string_view json) {
    JsonObject(object_.member(name)).text("type", "Property").json("value", json).end();
  }
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    std::string json;
    append_json_string(json, value);
    property(name, json);
  }
  void list(std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    std::string json;
    append_json_texts(json, values);
    property(name, json);
  }
  void number(std::string_view name, std::uint64_t value) { property(name, std::to_string(value)); }
  void instant(std::string_view name, Instant at) {
    if (at == kNoInstant) return;
    std::string json;
    JsonObject(json).text("@type", "DateTime").text("@value", to_string(at)).end();
    property(name, json);
  }
  void texts(std::string_view name, const Texts& texts) {
    if (texts.empty()) return;
    std::string map;
    JsonObject languages(map);
    for (const auto& [tag, text] : texts) append_json_string(languages.member(tag), text);
    languages.end();
    JsonObject(object_.member(name)).text("type", "LanguageProperty").json("languageMap", map).end();
  }
  void relationship(std::string_view name, std::string_view target) {
    if (target.empty()) return;
    JsonObject(object_.member(name)).text("type", "Relationship").text("object", target).end();
  }
  void relationships(std::string_view name, const std::vector<std::string>& targets) {
    if (targets.size() == 1) return relationship(name, targets.front());
    if (targets.empty()) return;
    std::string list;
    append_json_texts(list, targets);
    JsonObject(object_.member(name)).text("type", "Relationship").json("object", list).end();
  }
  std::string take() {
    object_.end();
    return std::move(out_);
  }

 private:
  std::string out_;
  JsonObject object_;
};

std::string quality_json(const Quality& quality) {
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

Result<void> check_texts(std::string_view what, const Texts& texts) {
  for (const auto& [tag, text] : texts) {
    const bool good = !tag.empty() && std::ranges::all_of(tag, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '@';
    });
    if (!good) return bad(std::string(what) + ": \"" + tag + "\" is not a language tag such as ja or en");
    if (text.size() > kLongestText) return bad(std::string(what) + " has more than 100,000 bytes");
    if (!valid_utf8(text)) return bad(std::string(what) + " is not UTF-8");
  }
  return {};
}

Result<void> check_uri(std::string_view what, std::string_view uri) {
  if (uri.empty() || is_absolute_uri(uri)) return {};
  return bad(std::string(what) + " must be a URI; this is none: " + std::string(uri));
}

/// URLs that pages and catalogues show as links: never javascript: and the like.
Result<void> check_url(std::string_view what, std::string_view url) {
  if (url.empty() || ((url.starts_with("https://") || url.starts_with("http://")) && is_absolute_iri(url))) return {};
  return bad(std::string(what) + " must begin with https:// or http://; this does not: " + std::string(url));
}

Result<void> check(const Dataset& dataset) {
  if (!valid_name(dataset.name)) {
    return bad("a data set's name has 2 to 100 of the characters a-z 0-9 - _; this is none: " + dataset.name);
  }
  if (dataset.title.empty()) return bad("the data set " + dataset.name + " needs a title");
  for (auto done :
       {check_texts("title", dataset.title), check_texts("description", dataset.description),
        check_uri("publisher", dataset.publisher), check_uri("spatial", dataset.spatial),
        check_uri("license", dataset.license), check_url("landingPage", dataset.landing_page),
        check_url("harvestedFrom", dataset.harvested_from), check_url("contactPoint.url", dataset.contact_point.url)}) {
    if (!done) return done;
  }
  if (!dataset.accrual_periodicity.empty() && !find_frequency(dataset.accrual_periodicity)) {
    std::string keys;
    for (const Frequency& row : frequencies()) keys.append(keys.empty() ? "" : ", ").append(row.key);
    return bad("accrualPeriodicity is one of " + keys + "; not " + dataset.accrual_periodicity);
  }
  for (const std::string& date : {dataset.temporal_start, dataset.temporal_end}) {
    if (!date.empty() && !parse_date(date) && !parse_instant(date)) return bad("temporal: not a date: " + date);
  }
  for (const auto* list : {&dataset.theme, &dataset.keyword}) {
    for (const std::string& each : *list) {
      if (each.empty() || each.size() > 1000 || !valid_utf8(each)) return bad("an empty or overlong theme or keyword");
    }
  }
  return {};
}

Result<void> check(const Distribution& distribution) {
  if (name_in(distribution.id).empty()) return bad("not the id of a distribution: " + distribution.id);
  if (auto done = check_texts("title of a distribution", distribution.title); !done) return done;
  if (const auto* file = std::get_if<FileContent>(&distribution.content)) {
    if (!FileId::parse(file->file.hex)) return bad("content.file is not the SHA-256 of a file: " + file->file.hex);
  } else if (const auto* query = std::get_if<QueryContent>(&distribution.content)) {
    if (!ngsi::valid_name(query->type)) return bad("content.type is not the name of a type: " + query->type);
  } else {
    const std::string& url = std::get<LinkContent>(distribution.content).url;
    if (url.empty()) return bad("content.url is missing");
    return check_url("content.url", url);
  }
  return {};
}

Result<ngsi::Entity> decode_json(const std::string& json) {
  auto body = ngsi::Body::parse(json);
  if (!body) return tl::unexpected(body.error());
  return body->entity(0, *ngsi::core_context(), ngsi::BodyRule::kWhole);
}

// Reading: what is there by names of the core context.
class Reader {
 public:
  explicit Reader(const ngsi::Record& record) : record_(record) {}
  std::string_view value(std::string_view name) const {
    const ngsi::TermId term = ngsi::core_context()->find(name);
    if (term == ngsi::kNoTerm) return {};
    const ngsi::AttributeView view = record_.find(term);
    return view.data() == nullptr ? std::string_view() : ngsi::plain_value(view.value());
  }
  std::string text(std::string_view name) const { return text_of(value(name)); }
  std::vector<std::string> list(std::string_view name) const {
    const std::string_view json = value(name);
    std::vector<std::string> out;
    if (walk::is_string(json)) out.push_back(text_of(json));
    walk::any_element(json, [&](std::string_view each) {
      if (walk::is_string(each)) out.push_back(text_of(each));
      return false;
    });
    return out;
  }
  Texts texts(std::string_view name) const {
    const std::string_view json = value(name);
    Texts out;
    if (walk::is_string(json)) out.emplace_back("ja", text_of(json));
    walk::any_member(json, [&](std::string_view tag, std::string_view text) {
      if (walk::is_string(text)) out.emplace_back(text_of(tag), text_of(text));
      return false;
    });
    std::ranges::sort(out);
    return out;
  }
  std::uint64_t natural(std::string_view name) const {
    const auto number = walk::number(value(name));
    return number && *number >= 0 && *number < 1e18 ? static_cast<std::uint64_t>(*number) : 0;
  }
  Instant instant(std::string_view name) const {
    const std::string out = text(name);
    if (const auto at = parse_instant(out)) return *at;
    return parse_date(out).value_or(kNoInstant);
  }
  static std::string text_of(std::string_view json) { return walk::is_string(json) ? json_string_text(json) : ""; }

 private:
  const ngsi::Record& record_;
};

double fraction(std::string_view json) {
  return std::clamp(walk::number(json).value_or(0), 0.0, 1.0);
}

std::optional<Quality> read_quality(std::string_view json) {
  if (!walk::is_object(json)) return std::nullopt;
  Quality quality;
  quality.stars = static_cast<int>(std::clamp(walk::number(walk::member(json, "stars")).value_or(1), 1.0, 5.0));
  quality.completeness = fraction(walk::member(json, "completeness"));
  quality.freshness = fraction(walk::member(json, "freshness"));
  quality.validity = fraction(walk::member(json, "validity"));
  quality.score = std::clamp(walk::number(walk::member(json, "score")).value_or(0), 0.0, 100.0);
  return quality;
}

bool is_a(const ngsi::Record& record, std::string_view type) {
  const ngsi::TermId term = ngsi::core_context()->find(type);
  return term != ngsi::kNoTerm && record.has_type(term);
}

std::vector<std::string> member_list(std::string_view json, std::string_view name) {
  std::vector<std::string> out;
  walk::any_element(walk::member(json, name), [&](std::string_view each) {
    if (walk::is_string(each)) out.push_back(json_string_text(each));
    return false;
  });
  return out;
}

}  // namespace

std::string_view text_in(const Texts& texts, std::string_view language) {
  for (const std::string_view wanted : {language, std::string_view("ja"), std::string_view("en")}) {
    const auto at = std::ranges::find(texts, wanted, [](const auto& each) { return std::string_view(each.first); });
    if (at != texts.end() && !at->second.empty()) return at->second;
  }
  return texts.empty() ? std::string_view() : texts.front().second;
}

bool valid_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 100 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

std::string dataset_id(std::string_view name) {
  return std::string(kDatasetPrefix).append(name);
}
std::string distribution_id(std::string_view name, std::size_t number) {
  return std::string(kDistributionPrefix).append(name).append(":").append(std::to_string(number));
}

std::string_view name_in(std::string_view id) {
  std::string_view name;
  if (id.starts_with(kDatasetPrefix)) name = id.substr(kDatasetPrefix.size());
  if (id.starts_with(kDistributionPrefix)) {
    name = id.substr(kDistributionPrefix.size());
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos || !parse_number<std::uint32_t>(name.substr(colon + 1))) return {};
    name = name.substr(0, colon);
  }
  return valid_name(name) ? name : std::string_view();
}

std::string content_json(const Content& content) {
  std::string out;
  JsonObject object(out);
  if (const auto* file = std::get_if<FileContent>(&content)) {
    object.text("kind", "file").text("file", file->file.hex).text("fileName", file->file_name);
    object.number("rows", file->rows).number("version", file->version);
    append_json_texts(object.member("key"), file->key);
    if (file->original) object.text("original", file->original->hex).text("originalName", file->original_name);
  } else if (const auto* query = std::get_if<QueryContent>(&content)) {
    object.text("kind", "query").text("type", query->type).text_if("q", query->q);
    if (!query->attrs.empty()) append_json_texts(object.member("attrs"), query->attrs);
  } else {
    object.text("kind", "link").text("url", std::get<LinkContent>(content).url);
  }
  object.end();
  return out;
}

std::optional<Content> read_content(std::string_view json) {
  const auto text = [&](std::string_view name) { return Reader::text_of(walk::member(json, name)); };
  const std::string kind = text("kind");
  if (kind == "file") {
    FileContent file;
    auto id = FileId::parse(text("file"));
    if (!id) return std::nullopt;
    file.file = std::move(*id);
    file.file_name = text("fileName");
    file.rows = static_cast<std::uint64_t>(std::clamp(walk::number(walk::member(json, "rows")).value_or(0), 0.0, 1e15));
    file.version =
        static_cast<std::uint32_t>(std::clamp(walk::number(walk::member(json, "version")).value_or(1), 1.0, 4e9));
    file.key = member_list(json, "key");
    file.original = FileId::parse(text("original"));
    file.original_name = text("originalName");
    return file;
  }
  if (kind == "query") {
    QueryContent query{text("type"), text("q"), member_list(json, "attrs")};
    if (!ngsi::valid_name(query.type)) return std::nullopt;
    return query;
  }
  if (kind == "link") {
    LinkContent link{text("url")};
    if (!link.url.empty() && check_url("", link.url)) return link;
  }
  return std::nullopt;
}

Result<std::string> to_json(const Dataset& dataset) {
  if (auto done = check(dataset); !done) return tl::unexpected(done.error());
  EntityJson json(dataset_id(dataset.name), "Dataset");
  json.texts("title", dataset.title);
  json.texts("description", dataset.description);
  json.relationship("publisher", dataset.publisher);
  json.relationship("spatial", dataset.spatial);
  json.list("theme", dataset.theme);
  json.list("keyword", dataset.keyword);
  json.text("license", dataset.license);
  json.text("accrualPeriodicity", dataset.accrual_periodicity);
  if (const ContactPoint& contact = dataset.contact_point; contact != ContactPoint()) {
    std::string value;
    JsonObject(value)
        .text_if("name", contact.name)
        .text_if("email", contact.email)
        .text_if("telephone", contact.telephone)
        .text_if("url", contact.url)
        .end();
    json.property("contactPoint", value);
  }
  json.instant("issued", dataset.issued);
  json.instant("modified", dataset.modified);
  if (!dataset.temporal_start.empty() || !dataset.temporal_end.empty()) {
    std::string value;
    JsonObject(value).text_if("startDate", dataset.temporal_start).text_if("endDate", dataset.temporal_end).end();
    json.property("temporal", value);
  }
  json.text("conformsTo", dataset.conforms_to);
  json.relationships("distribution", dataset.distribution);
  if (dataset.quality) json.property("quality", quality_json(*dataset.quality));
  json.text("landingPage", dataset.landing_page);
  json.text("harvestedFrom", dataset.harvested_from);
  return json.take();
}

Result<std::string> to_json(const Distribution& distribution) {
  if (auto done = check(distribution); !done) return tl::unexpected(done.error());
  EntityJson json(distribution.id, "Distribution");
  json.texts("title", distribution.title);
  json.text("format", distribution.format);
  json.text("mediaType", distribution.media_type);
  if (distribution.byte_size > 0) json.number("byteSize", distribution.byte_size);
  if (distribution.download_count > 0) json.number("downloadCount", distribution.download_count);
  json.property("content", content_json(distribution.content));
  return json.take();
}

Result<ngsi::Entity> to_entity(const Dataset& dataset) {
  auto json = to_json(dataset);
  if (!json) return tl::unexpected(json.error());
  return decode_json(*json);
}

Result<ngsi::Entity> to_entity(const Distribution& distribution) {
  auto json = to_json(distribution);
  if (!json) return tl::unexpected(json.error());
  return decode_json(*json);
}

std::optional<Dataset> read_dataset(const ngsi::Record& record) {
  const std::string_view name = name_in(record.id());
  if (!record.id().starts_with(kDatasetPrefix) || name.empty() || !is_a(record, "Dataset")) return std::nullopt;
  const Reader reader(record);
  Dataset dataset;
  dataset.name = name;
  dataset.title = reader.texts("title");
  dataset.description = reader.texts("description");
  dataset.publisher = reader.text("publisher");
  dataset.spatial = reader.text("spatial");
  dataset.theme = reader.list("theme");
  dataset.keyword = reader.list("keyword");
  dataset.license = reader.text("license");
  if (dataset.license.empty()) dataset.license = kCcBy4;
  dataset.accrual_periodicity = reader.text("accrualPeriodicity");
  const std::string_view contact = reader.value("contactPoint");
  dataset.contact_point = {
      Reader::text_of(walk::member(contact, "name")), Reader::text_of(walk::member(contact, "email")),
      Reader::text_of(walk::member(contact, "telephone")), Reader::text_of(walk::member(contact, "url"))};
  dataset.issued = reader.instant("issued");
  if (dataset.issued == kNoInstant) dataset.issued = record.created_at();
  dataset.modified = reader.instant("modified");
  if (dataset.modified == kNoInstant) dataset.modified = record.modified_at();
  const std::string_view temporal = reader.value("temporal");
  dataset.temporal_start = Reader::text_of(walk::member(temporal, "startDate"));
  dataset.temporal_end = Reader::text_of(walk::member(temporal, "endDate"));
  dataset.conforms_to = reader.text("conformsTo");
  dataset.quality = read_quality(reader.value("quality"));
  dataset.landing_page = reader.text("landingPage");
  dataset.harvested_from = reader.text("harvestedFrom");
  for (std::string* url : {&dataset.contact_point.url, &dataset.landing_page, &dataset.harvested_from}) {
    if (!check_url("", *url)) url->clear();
  }
  dataset.distribution = reader.list("distribution");
  return dataset;
}

std::optional<Distribution> read_distribution(const ngsi::Record& record) {
  if (!record.id().starts_with(kDistributionPrefix) || name_in(record.id()).empty() || !is_a(record, "Distribution")) {
    return std::nullopt;
  }
  const Reader reader(record);
  auto content = read_content(reader.value("content"));
  if (!content) return std::nullopt;
  Distribution distribution;
  distribution.id = record.id();
  distribution.title = reader.texts("title");
  distribution.format = reader.text("format");
  distribution.media_type = reader.text("mediaType");
  distribution.byte_size = reader.natural("byteSize");
  distribution.download_count = reader.natural("downloadCount");
  distribution.content = std::move(*content);
  return distribution;
}

}  // namespace tsunagu::catalog
