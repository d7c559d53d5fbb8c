// One entity with every kind of attribute, for fuzzers that evaluate something on a record.
#pragma once
#include "ngsi/body.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/record.h"

inline const tsunagu::ngsi::Record& sample_record() {
  static const tsunagu::ngsi::RecordPtr record = [] {
    auto body = tsunagu::ngsi::Body::parse(R"({"id":"urn:ngsi-ld:T:1","type":["T","U"],"scope":["/a/b","/c"],
      "n":{"type":"Property","value":12.5,"unitCode":"MTR","observedAt":"2024-01-02T03:04:05Z","sub":{"type":"Property","value":[1,"x",{"k":true}]}},
      "s":"text with \"quotes\" and 日本語","o":{"value":{"a":{"b":[1,2,3]},"c":"d"}},"l":{"languageMap":{"ja":"水","en":["water","aqua"]}},
      "v":{"vocab":["x","y"]},"j":{"json":{"k":[null,1]}},"r":{"object":["urn:a:1","urn:a:2"]},"vl":{"valueList":[1,2]},"ol":{"objectList":["urn:a:1"]},
      "location":{"type":"Point","coordinates":[141.35,43.06]},
      "area":{"type":"GeoProperty","value":{"type":"Polygon","coordinates":[[[141,43],[142,43],[142,44],[141,43]]]}},
      "m":[{"value":1},{"value":2,"datasetId":"urn:d:2"}]})");
    auto entity = body->entity(0, *tsunagu::ngsi::core_context(), tsunagu::ngsi::BodyRule::kWhole);
    tsunagu::ngsi::stamp_new(*entity, tsunagu::Instant{1'700'000'000'000'000});
    return *tsunagu::ngsi::encode(*entity);
  }();
  return *record;
}
