#include "gateway/ngsild/parameters.h"

#include <array>

namespace tsunagu::gateway::ngsild {
namespace {

struct Row {
  std::string_view name;
  std::string_view description;
  std::string_view schema;
};

constexpr std::string_view kText = R"({"type":"string"})";
constexpr std::string_view kFlag = R"({"type":"boolean","default":false})";
constexpr std::string_view kNatural = R"({"type":"integer","minimum":0})";
constexpr std::string_view kInstantText = R"({"type":"string","format":"date-time"})";

constexpr Row kParameters[] = {
    {"local", "Only what this broker has itself. Allows a query without any filter.", kFlag},
    {"id", "Ids (URIs), separated by commas.", kText},
    {"idPattern", "A regular expression for ids.", kText},
    {"type", "Entity types: A,B is one of them, (A;B) both, * any.", kText},
    {"attrs", "Attributes, separated by commas: entities that have one of them, and only these of each.", kText},
    {"pick", "Members to show, separated by commas; rel{a,b} those of linked entities.", kText},
    {"omit", "Members to leave out, separated by commas.", kText},
    {"q", "A query on attributes: temperature>20;status==\"open\".", kText},
    {"expandValues", "Attributes whose values in q are names to be expanded with the @context.", kText},
    {"jsonKeys", "Attributes whose values are raw JSON in q.", kText},
    {"scopeQ", "A query on scopes: /Hokkaido/#, /+/Sapporo.", kText},
    {"georel", "near;maxDistance==2000 (metres), within, contains, intersects, equals, disjoint, overlaps.", kText},
    {"geometry", "Point, MultiPoint, LineString, MultiLineString, Polygon or MultiPolygon.", kText},
    {"coordinates", "The coordinates of the geometry, as JSON: [141.35,43.06].", kText},
    {"geoproperty", "The GeoProperty the geo query looks at.", R"({"type":"string","default":"location"})"},
    {"geometryProperty", "The GeoProperty that becomes the geometry of a GeoJSON answer.",
     R"({"type":"string","default":"location"})"},
    {"csf", "A filter on context sources. There are none here: it is checked and has no effect.", kText},
    {"datasetId", "Instances of attributes to show, URIs or @none, separated by commas.", kText},
    {"lang", "Languages wanted, as in Accept-Language: each LanguageProperty becomes text in the best one.", kText},
    {"join", "Show linked entities too.", R"({"type":"string","enum":["inline","flat","@none"]})"},
    {"joinLevel", "How many relationships away.", R"({"type":"integer","minimum":1,"default":1})"},
    {"containedBy", "Ids of linked entities not to be shown again.", kText},
    {"orderBy", "name,temperature;desc,address[city],location;dist-asc.", kText},
    {"collation", "How texts are ordered (RFC 6067): ja, de-u-co-phonebk.", kText},
    {"orderFrom", "Coordinates to measure distances from, as JSON.", kText},
    {"orderGeometry", "The geometry type of orderFrom.", R"({"type":"string","default":"Point"})"},
    {"splitEntities", "Whether entities are spread over several brokers. There is one: no effect.", kFlag},
    {"entityMap", "Whether to answer with an entity map. There are none here: no effect.", kFlag},
    {"entityMapLifetime", "How long an entity map should live. No effect.", kText},
    {"limit", "Entities in the page; 0 with count=true only counts.", kNatural},
    {"offset", "Entities before the page.", kNatural},
    {"count", "Tell in NGSILD-Results-Count how many there are in all.", kFlag},
    {"options",
     "Keywords, separated by commas: sysAttrs, normalized, concise, simplified (keyValues), or of the past "
     "temporalValues, "
     "aggregatedValues, when reading; "
     "noOverwrite, update, replace, simplified when writing.",
     kText},
    {"format",
     "The representation; temporalValues and aggregatedValues are for the past, concise and simplified for the "
     "present.",
     R"({"type":"string","enum":["normalized","concise","simplified","keyValues","temporalValues","aggregatedValues"]})"},
    {"observedAt", "For merged attributes that have an observedAt and are given none.", kInstantText},
    {"keep", "Attributes that stay; the others are deleted.", kText},
    {"drop", "Attributes that are deleted; the others stay.", kText},
    {"deleteAll", "Every instance of the attribute.", kFlag},
    {"details", "More than the names.", kFlag},
    {"timerel", "Which side of timeAt: before (exclusive), after (inclusive), between (timeAt <= t < endTimeAt).",
     R"({"type":"string","enum":["before","after","between"]})"},
    {"timeAt", "The time that timerel relates to, in UTC.", kInstantText},
    {"endTimeAt", "The end of timerel=between, in UTC.", kInstantText},
    {"timeproperty", "The time of an instance that counts.",
     R"({"type":"string","enum":["observedAt","createdAt","modifiedAt","deletedAt"],"default":"observedAt"})"},
    {"lastN", "Only so many of the newest instances of each attribute.", R"({"type":"integer","minimum":1})"},
    {"aggrMethods",
     "For aggregatedValues, separated by commas: totalCount, distinctCount, sum, avg, min, max, stddev, sumsq.", kText},
    {"aggrPeriodDuration", "How long a period is (ISO 8601): PT1H, P1D, P1M. Without it one period spans everything.",
     R"({"type":"string","format":"duration","default":"PT0S"})"},
    {"kind", "Only @contexts of this kind.", R"({"type":"string","enum":["Hosted","Cached","ImplicitlyCreated"]})"},
    {"since", "Go on behind the event with this id. The header Last-Event-ID says the same and goes first.", kNatural},
    {"tenant", "The tenant, where the header cannot be set (EventSource and WebSocket of a browser).", kText},
    {"reload", "Download a cached @context again, instead of forgetting it.", kFlag},
};

constexpr Row kHeaders[] = {
    {"NGSILD-Tenant", "The tenant; without it the default one.", kText},
    {"Link",
     "<URL>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\": the @context of short names.",
     kText},
};

struct Schema {
  std::string_view name;
  std::string_view json;
};

constexpr Schema kSchemas[] = {
    {"Entity", R"({"type":"object","required":["id","type"],"properties":{
      "id":{"type":"string","format":"uri"},
      "type":{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"},"minItems":1}]},
      "scope":{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]},
      "expiresAt":{"type":"string","format":"date-time"},
      "location":{"$ref":"#/components/schemas/AttributeFragment"}},
      "additionalProperties":{"$ref":"#/components/schemas/AttributeFragment"}})"},
    {"EntityFragment",
     R"({"type":"object","description":"Attributes to add or change; urn:ngsi-ld:null deletes where the operation allows it",
      "additionalProperties":{"$ref":"#/components/schemas/AttributeFragment"}})"},
    {"AttributeFragment",
     R"({"description":"An attribute: normalized, concise, or simplified (a bare value); an array for several instances",
      "examples":[{"type":"Property","value":21.5,"unitCode":"CEL","observedAt":"2024-02-29T12:00:00Z"},
      {"type":"Relationship","object":"urn:ngsi-ld:Shelter:1"},{"value":21.5},21.5]})"},
    {"EntityList", R"({"type":"array","items":{"$ref":"#/components/schemas/Entity"}})"},
    {"EntityFragmentList", R"({"type":"array","items":{"$ref":"#/components/schemas/EntityFragment"}})"},
    {"IdList", R"({"type":"array","items":{"type":"string","format":"uri"}})"},
    {"Query", R"({"type":"object","required":["type"],"properties":{"type":{"const":"Query"},
      "entities":{"type":"array","minItems":1,"items":{"type":"object","required":["type"],"properties":{"type":{"type":"string"},
      "id":{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]},"idPattern":{"type":"string"}}}},
      "attrs":{"type":"array","items":{"type":"string"}},"pick":{"type":"array","items":{"type":"string"}},
      "omit":{"type":"array","items":{"type":"string"}},"q":{"type":"string"},"scopeQ":{"type":"string"},
      "geoQ":{"type":"object","required":["georel","geometry","coordinates"],"properties":{"georel":{"type":"string"},
      "geometry":{"type":"string"},"coordinates":{},"geoproperty":{"type":"string"}}},
      "lang":{"type":"string"},"datasetId":{"type":"array","items":{"type":"string"}},
      "expandValues":{"type":"string"},"jsonKeys":{"type":"string"},
      "join":{"enum":["inline","flat","@none"]},"joinLevel":{"type":"integer","minimum":1},
      "containedBy":{"type":"array","items":{"type":"string"}},
      "ordering":{"type":"object","properties":{"orderBy":{"type":"array","items":{"type":"string"}},
      "collation":{"type":"string"},"coordinates":{},"geometry":{"type":"string"}}}}})"},
    {"EntityTemporal",
     R"({"type":"object","description":"The evolution of an entity: for each attribute its instances in time",
      "required":["id","type"],"properties":{"id":{"type":"string","format":"uri"},
      "type":{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"},"minItems":1}]}},
      "additionalProperties":{"oneOf":[{"$ref":"#/components/schemas/AttributeFragment"},
      {"type":"array","items":{"$ref":"#/components/schemas/AttributeFragment"}}]}})"},
    {"EntityTemporalFragment", R"({"type":"object","description":"Instances of attributes to add",
      "additionalProperties":{"oneOf":[{"$ref":"#/components/schemas/AttributeFragment"},
      {"type":"array","items":{"$ref":"#/components/schemas/AttributeFragment"}}]}})"},
    {"EntityTemporalList", R"({"type":"array","items":{"$ref":"#/components/schemas/EntityTemporal"}})"},
    {"QueryTemporal",
     R"({"description":"A Query with the time asked for","allOf":[{"$ref":"#/components/schemas/Query"},
      {"type":"object","required":["temporalQ"],"properties":{"temporalQ":{"type":"object","required":["timerel","timeAt"],
      "properties":{"timerel":{"enum":["before","after","between"]},"timeAt":{"type":"string","format":"date-time"},
      "endTimeAt":{"type":"string","format":"date-time"},
      "timeproperty":{"enum":["observedAt","createdAt","modifiedAt","deletedAt"]},"lastN":{"type":"integer","minimum":1}}},
      "aggrParams":{"type":"object","required":["aggrMethods"],"properties":{"aggrMethods":{"type":"string"},
      "aggrPeriodDuration":{"type":"string"}}}}}]})"},
    {"UpdateResult", R"({"type":"object","properties":{"updated":{"type":"array","items":{"type":"string"}},
      "notUpdated":{"type":"array","items":{"type":"object","properties":{"attributeName":{"type":"string"},"reason":{"type":"string"}}}}}})"},
    {"BatchOperationResult",
     R"({"type":"object","properties":{"success":{"type":"array","items":{"type":"string","format":"uri"}},
      "errors":{"type":"array","items":{"type":"object","properties":{"entityId":{"type":"string","format":"uri"},
      "error":{"$ref":"#/components/schemas/ProblemDetails"}}}}}})"},
    {"ProblemDetails", R"({"type":"object","description":"RFC 9457","required":["type","title"],"properties":{
      "type":{"type":"string","format":"uri"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"}}})"},
    {"EntityTypeList",
     R"({"description":"A list object, or with details an array of EntityType","oneOf":[{"type":"object"},{"type":"array"}]})"},
    {"EntityTypeInfo", R"({"type":"object","properties":{"id":{"type":"string"},"type":{"const":"EntityTypeInfo"},
      "typeName":{"type":"string"},"entityCount":{"type":"integer"},"attributeDetails":{"type":"array","items":{"type":"object"}}}})"},
    {"AttributeList",
     R"({"description":"A list object, or with details an array of Attribute","oneOf":[{"type":"object"},{"type":"array"}]})"},
    {"Attribute",
     R"({"type":"object","properties":{"id":{"type":"string"},"type":{"const":"Attribute"},"attributeName":{"type":"string"},
      "attributeCount":{"type":"integer"},"attributeTypes":{"type":"array","items":{"type":"string"}},
      "typeNames":{"type":"array","items":{"type":"string"}}}})"},
    {"EventStream",
     R"({"type":"string","description":"Events entityCreated, entityUpdated, entityDeleted (data: LiveEvent), reset, lost"})"},
    {"LiveEvent",
     R"({"type":"object","required":["id","type","at","entity"],"properties":{"id":{"type":"string","format":"uri"},
      "type":{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]},"at":{"type":"string","format":"date-time"},
      "entity":{"$ref":"#/components/schemas/Entity"},"changed":{"type":"array","items":{"type":"string"}},
      "selected":{"type":"boolean","default":true,"description":"false: it does not meet the selection any more"}}})"},
    {"Subscription",
     R"({"type":"object","required":["type","notification"],"properties":{"id":{"type":"string","format":"uri"},
      "type":{"const":"Subscription"},"subscriptionName":{"type":"string"},"description":{"type":"string"},
      "entities":{"type":"array","minItems":1,"items":{"type":"object","required":["type"],"properties":{"type":{"type":"string"},
      "id":{"oneOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]},"idPattern":{"type":"string"}}}},
      "watchedAttributes":{"type":"array","minItems":1,"items":{"type":"string"}},
      "notificationTrigger":{"type":"array","minItems":1,"items":{"enum":["entityCreated","entityUpdated","entityDeleted",
      "attributeCreated","attributeUpdated","attributeDeleted"]}},
      "timeInterval":{"type":"number","exclusiveMinimum":0},"throttling":{"type":"number","exclusiveMinimum":0},
      "q":{"type":"string"},"scopeQ":{"type":"string"},"csf":{"type":"string"},"geoQ":{"type":"object",
      "required":["georel","geometry","coordinates"],"properties":{"georel":{"type":"string"},"geometry":{"type":"string"},
      "coordinates":{},"geoproperty":{"type":"string"}}},"datasetId":{"type":"array","items":{"type":"string"}},
      "lang":{"type":"string"},"expandValues":{"type":"string"},"jsonKeys":{"type":"string"},
      "expiresAt":{"type":"string","format":"date-time"},"isActive":{"type":"boolean","default":true},
      "jsonldContext":{"type":"string","format":"uri"},"localOnly":{"type":"boolean"},"splitEntities":{"type":"boolean"},
      "ngsildConformance":{"type":"string"},"status":{"enum":["active","paused","expired"],"readOnly":true},
      "notification":{"type":"object","required":["endpoint"],"properties":{
      "endpoint":{"type":"object","required":["uri"],"properties":{"uri":{"type":"string","format":"uri"},
      "accept":{"enum":["application/json","application/ld+json","application/geo+json"]},
      "timeout":{"type":"number","description":"milliseconds"},"cooldown":{"type":"number","description":"milliseconds"},
      "receiverInfo":{"$ref":"#/components/schemas/KeyValuePairs"},"notifierInfo":{"$ref":"#/components/schemas/KeyValuePairs"}}},
      "format":{"enum":["normalized","concise","simplified","keyValues"]},
      "attributes":{"type":"array","items":{"type":"string"}},"pick":{"type":"array","items":{"type":"string"}},
      "omit":{"type":"array","items":{"type":"string"}},"join":{"enum":["flat","inline","@none"]},
      "joinLevel":{"type":"integer","minimum":1},"showChanges":{"type":"boolean"},"sysAttrs":{"type":"boolean"},
      "timesSent":{"type":"integer","readOnly":true},"timesFailed":{"type":"integer","readOnly":true},
      "lastNotification":{"type":"string","format":"date-time","readOnly":true},
      "lastSuccess":{"type":"string","format":"date-time","readOnly":true},
      "lastFailure":{"type":"string","format":"date-time","readOnly":true},
      "status":{"enum":["ok","failed"],"readOnly":true}}}}})"},
    {"SubscriptionFragment",
     R"({"type":"object","description":"Members of a Subscription to add or replace; null takes one away. notification and its endpoint are merged"})"},
    {"SubscriptionList", R"({"type":"array","items":{"$ref":"#/components/schemas/Subscription"}})"},
    {"KeyValuePairs", R"({"type":"array","items":{"type":"object","required":["key","value"],"properties":{
      "key":{"type":"string"},"value":{"type":"string"}}}})"},
    {"ContextDocument", R"({"type":"object","required":["@context"],"properties":{"@context":{}}})"},
    {"ContextList", R"({"type":"array","items":{"oneOf":[{"type":"string","format":"uri"},{"type":"object"}]}})"},
    {"ContextSourceIdentity",
     R"({"type":"object","properties":{"id":{"type":"string"},"type":{"const":"ContextSourceIdentity"},
      "contextSourceAlias":{"type":"string"},"contextSourceUptime":{"type":"string","format":"duration"},
      "contextSourceTimeAt":{"type":"string","format":"date-time"},"contextSourceExtras":{"type":"object"}}})"},
};

template <std::size_t n>
openapi::Parameter find(const Row (&rows)[n], std::string_view name, std::string_view in) {
  for (const Row& row : rows) {
    if (row.name == name) return {row.name, in, row.description, row.schema};
  }
  return {name, in, "", kText};
}

}  // namespace

openapi::Parameter describe_parameter(std::string_view name) {
  return find(kParameters, name, "query");
}
openapi::Parameter describe_header(std::string_view name) {
  return find(kHeaders, name, "header");
}

void add_schemas(openapi::Document& document) {
  for (const Schema& schema : kSchemas) document.add_schema(schema.name, schema.json);
}

}  // namespace tsunagu::gateway::ngsild
