#include "ngsi/core_context.h"

#include <algorithm>
#include <unordered_map>

#include "base/json.h"
#include "ngsi/context.h"

namespace tsunagu::ngsi {
namespace {

struct Row {
  std::string_view term;
  std::string_view id = {};         ///< "" means ngsi-ld: + term
  std::string_view type = {};       ///< type coercion
  std::string_view container = {};  ///< @container
};

constexpr Row kRows[] = {
    {"ngsi-ld", "https://uri.etsi.org/ngsi-ld/"},
    {"geojson", "https://purl.org/geojson/vocab#"},
    {"id", "@id"},
    {"type", "@type"},
    {"accept"},
    {"aggrMethods"},
    {"aggrParams"},
    {"aggrPeriodDuration"},
    {"Attribute"},
    {"attributeCount", "https://uri.etsi.org/ngsi-ld/default-context/attributeCount"},
    {"attributeDetails", "https://uri.etsi.org/ngsi-ld/default-context/attributeDetails"},
    {"AttributeList"},
    {"attributeList", "", "@vocab"},
    {"attributeName", "", "@vocab"},
    {"attributeNames", "", "@vocab"},
    {"attributes", "", "@vocab"},
    {"attributeTypes", "", "@vocab"},
    {"attrs"},
    {"avg", "", "", "@list"},
    {"bbox", "geojson:bbox", "", "@list"},
    {"cacheDuration"},
    {"collation"},
    {"containedBy", "ngsi-ld:isContainedBy"},
    {"contextSourceAlias"},
    {"contextSourceExtras", "", "@json"},
    {"ContextSourceIdentity"},
    {"contextSourceInfo"},
    {"ContextSourceNotification"},
    {"ContextSourceRegistration"},
    {"contextSourceTimeAt", "", "DateTime"},
    {"contextSourceUptime"},
    {"cooldown"},
    {"coordinates", "geojson:coordinates", "", "@list"},
    {"createdAt", "", "DateTime"},
    {"csf"},
    {"data"},
    {"dataset", "ngsi-ld:hasDataset", "", "@index"},
    {"datasetId", "", "@id"},
    {"Date"},
    {"DateTime"},
    {"deletedAt", "", "DateTime"},
    {"description", "http://purl.org/dc/terms/description"},
    {"detail"},
    {"distinctCount", "", "", "@list"},
    {"endAt", "", "DateTime"},
    {"endpoint"},
    {"endTimeAt", "", "DateTime"},
    {"entities"},
    {"entity"},
    {"entityCount"},
    {"entityId", "", "@id"},
    {"entityList", "", "", "@list"},
    {"entityMap", "ngsi-ld:hasEntityMap"},
    {"EntityType"},
    {"EntityTypeInfo"},
    {"EntityTypeList"},
    {"error"},
    {"errors"},
    {"ExecutionResultDetails"},
    {"expandValues"},
    {"expiresAt", "", "DateTime"},
    {"Feature", "geojson:Feature"},
    {"FeatureCollection", "geojson:FeatureCollection"},
    {"features", "geojson:features", "", "@set"},
    {"format"},
    {"geometry", "geojson:geometry"},
    {"GeometryCollection", "geojson:GeometryCollection"},
    {"GeoProperty"},
    {"geoproperty"},
    {"geoQ"},
    {"georel"},
    {"idPattern"},
    {"information"},
    {"instanceId", "", "@id"},
    {"isActive"},
    {"join"},
    {"joinLevel", "ngsi-ld:hasJoinLevel"},
    {"json", "ngsi-ld:hasJSON", "@json"},
    {"jsonKeys"},
    {"JsonProperty"},
    {"jsons", "", "", "@list"},
    {"key", "ngsi-ld:hasKey"},
    {"lang"},
    {"langString", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"},
    {"languageMap", "ngsi-ld:hasLanguageMap", "", "@language"},
    {"languageMaps", "ngsi-ld:hasLanguageMaps", "", "@list"},
    {"LanguageProperty"},
    {"lastFailure", "", "DateTime"},
    {"lastNotification", "", "DateTime"},
    {"lastSuccess", "", "DateTime"},
    {"lastUsedAt", "", "DateTime"},
    {"LineString", "geojson:LineString"},
    {"linkedMaps"},
    {"ListProperty"},
    {"ListRelationship"},
    {"localOnly"},
    {"location"},
    {"management"},
    {"managementInterval"},
    {"max", "", "", "@list"},
    {"min", "", "", "@list"},
    {"mode"},
    {"modifiedAt", "", "DateTime"},
    {"MultiLineString", "geojson:MultiLineString"},
    {"MultiPoint", "geojson:MultiPoint"},
    {"MultiPolygon", "geojson:MultiPolygon"},
    {"ngsildproof"},
    {"Notification"},
    {"notification"},
    {"notificationTrigger"},
    {"notifiedAt", "", "DateTime"},
    {"notifierInfo"},
    {"notUpdated"},
    {"object", "ngsi-ld:hasObject", "@id"},
    {"objectList", "ngsi-ld:hasObjectList", "", "@list"},
    {"objectLists", "ngsi-ld:hasObjectLists", "", "@list"},
    {"objects", "ngsi-ld:hasObjects", "", "@list"},
    {"objectType", "ngsi-ld:hasObjectType", "@vocab"},
    {"observationInterval"},
    {"observationSpace"},
    {"observedAt", "", "DateTime"},
    {"omit"},
    {"operations"},
    {"operationSpace"},
    {"orderBy", "", "", "@list"},
    {"ordering"},
    {"pick"},
    {"Point", "geojson:Point"},
    {"Polygon", "geojson:Polygon"},
    {"previousJson", "ngsi-ld:hasPreviousJson", "@json"},
    {"previousLanguageMap", "ngsi-ld:hasPreviousLanguageMap", "", "@language"},
    {"previousObject", "ngsi-ld:hasPreviousObject", "@id"},
    {"previousObjectList", "ngsi-ld:hasPreviousObjectList", "", "@list"},
    {"previousValue", "ngsi-ld:hasPreviousValue"},
    {"previousValueList", "ngsi-ld:hasPreviousValueList", "", "@list"},
    {"previousVocab", "ngsi-ld:hasPreviousVocab", "@vocab"},
    {"problemDetails", "", "@json"},
    {"properties", "geojson:properties"},
    {"Property"},
    {"propertyNames", "", "@vocab"},
    {"q"},
    {"reason"},
    {"receiverInfo"},
    {"refreshRate"},
    {"registrationId"},
    {"registrationName"},
    {"Relationship"},
    {"relationshipNames", "", "@vocab"},
    {"resultStatus"},
    {"scope"},
    {"scopeQ"},
    {"showChanges"},
    {"Snapshot"},
    {"snapshotId"},
    {"snapshotLifetime"},
    {"SnapshotNotification"},
    {"snapshotPriority"},
    {"snapshotQueries", "", "", "@list"},
    {"snapshotQueriesDetails", "", "", "@list"},
    {"snapshotStatus"},
    {"snapshotTemporalQueries", "", "", "@list"},
    {"snapshotTemporalQueriesDetails", "", "", "@list"},
    {"startAt", "", "DateTime"},
    {"status"},
    {"stddev", "", "", "@list"},
    {"Subscription"},
    {"subscriptionId", "", "@id"},
    {"subscriptionName"},
    {"success", "", "@id"},
    {"sum", "", "", "@list"},
    {"sumsq", "", "", "@list"},
    {"sysAttrs"},
    {"TemporalProperty"},
    {"temporalQ"},
    {"tenant", "", "@id"},
    {"throttling"},
    {"Time"},
    {"timeAt", "", "DateTime"},
    {"timeInterval"},
    {"timeout"},
    {"timeproperty"},
    {"timerel"},
    {"timesFailed"},
    {"timesSent"},
    {"title", "http://purl.org/dc/terms/title"},
    {"totalCount", "", "", "@list"},
    {"triggerReason"},
    {"typeList", "", "@vocab"},
    {"typeName", "", "@vocab"},
    {"typeNames", "", "@vocab"},
    {"unchanged"},
    {"unitCode"},
    {"updated"},
    {"uri"},
    {"value", "ngsi-ld:hasValue"},
    {"valueList", "ngsi-ld:hasValueList", "", "@list"},
    {"valueLists", "ngsi-ld:hasValueLists", "", "@list"},
    {"values", "ngsi-ld:hasValues", "", "@list"},
    {"valueType", "ngsi-ld:hasValueType", "@vocab"},
    {"vocab", "ngsi-ld:hasVocab", "@vocab"},
    {"VocabProperty"},
    {"vocabs", "ngsi-ld:hasVocabs", "", "@list"},
    {"watchedAttributes", "", "@vocab"},
};

// What the core @context says of `ngsildproof`: the members of a proof have a context of their own.
constexpr std::string_view kProofContext =
    R"([{"entityIdSealed":"ngsi-ld:entityIdSealed","entityTypeSealed":{"@id":"ngsi-ld:entityTypeSealed","@type":"@vocab"}},)"
    R"("https://w3id.org/security/data-integrity/v2"])";

std::string full_iri(const Row& row) {
  if (row.id.empty()) return std::string(kNgsiLd).append(row.term);
  if (row.id.starts_with("ngsi-ld:")) return std::string(kNgsiLd).append(row.id.substr(8));
  if (row.id.starts_with("geojson:")) return std::string(kGeoJson).append(row.id.substr(8));
  return std::string(row.id);
}

struct Tables {
  std::unordered_map<std::string_view, std::string> iris;        // term → IRI
  std::unordered_map<std::string_view, std::string_view> terms;  // IRI → term; its keys are the texts in `iris`
  Tables() {
    iris.reserve(std::size(kRows));
    for (const Row& row : kRows) iris.emplace(row.term, full_iri(row));
    for (const auto& [term, iri] : iris) {
      if (!iri.starts_with('@')) terms.emplace(iri, term);
    }
  }
};

const Tables& tables() {
  static const Tables tables;
  return tables;
}

std::string make_document() {
  std::string out = R"({"@context":{"@version":1.1,"@protected":true,"@vocab":)";
  append_json_string(out, kDefaultVocab);
  for (const Row& row : kRows) {
    out += ',';
    append_json_string(out, row.term);
    out += ':';
    const std::string id = row.id.empty() ? "ngsi-ld:" + std::string(row.term) : std::string(row.id);
    const bool proof = row.term == "ngsildproof";
    if (row.type.empty() && row.container.empty() && !proof) {
      append_json_string(out, id);
      continue;
    }
    out += R"({"@id":)";
    append_json_string(out, id);
    const auto add = [&out](std::string_view key, std::string_view value) {
      if (value.empty()) return;
      out.append(",\"").append(key).append("\":\"").append(value) += '"';
    };
    add("@type", row.type);
    add("@container", row.container);
    if (proof) out.append(",\"@context\":").append(kProofContext);
    out += '}';
  }
  return out += "}}";
}

}  // namespace

std::string_view core_iri(std::string_view name) {
  const auto it = tables().iris.find(name);
  return it == tables().iris.end() ? std::string_view() : it->second;
}

std::string_view core_term(std::string_view iri) {
  const auto it = tables().terms.find(iri);
  return it == tables().terms.end() ? std::string_view() : it->second;
}

std::string_view core_prefix(std::string_view name) {
  return name == "ngsi-ld" ? kNgsiLd : name == "geojson" ? kGeoJson : std::string_view();
}

bool has_scheme(std::string_view text) {
  const auto is_alpha = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const std::size_t colon = text.find(':');
  return colon != text.npos && colon != 0 && is_alpha(text[0]) &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon),
                     [&](char c) { return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'; });
}

bool is_core_context_url(std::string_view url) {
  if (url.starts_with("http://")) url.remove_prefix(7);
  if (url.starts_with("https://")) url.remove_prefix(8);
  constexpr std::string_view kStart = "uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context";
  constexpr std::string_view kEnd = ".jsonld";
  if (!url.starts_with(kStart)) return false;
  url.remove_prefix(kStart.size());
  if (!url.ends_with(kEnd)) return false;
  url.remove_suffix(kEnd.size());
  if (url.empty()) return true;
  return url.size() > 2 && url.starts_with("-v") && url.find_first_not_of("0123456789.", 2) == url.npos;
}

std::string_view core_context_document() {
  static const std::string document = make_document();
  return document;
}

}  // namespace tsunagu::ngsi
