#include "contract/contract.h"

#include "base/json.h"
#include "ngsi/context.h"

namespace tsunagu::store {

ngsi::TermId name(std::string_view text) {
  return ngsi::core_context()->intern(text);
}

ngsi::Attribute property(std::string_view attribute, std::string_view json, std::string_view dataset) {
  ngsi::Attribute a;
  a.name = name(attribute);
  a.value = json;
  a.dataset_id = dataset;
  a.created_at = a.modified_at = Instant{1};
  return a;
}
ngsi::Attribute geo(std::string_view attribute, double lon, double lat) {
  std::string json = "{\"type\":\"Point\",\"coordinates\":[";
  append_json_number(json, lon);
  json += ',';
  append_json_number(json, lat);
  json += "]}";
  ngsi::Attribute a = property(attribute, json);
  a.kind = ngsi::AttrKind::kGeoProperty;
  return a;
}
ngsi::Attribute link(std::string_view attribute, std::string_view target) {
  std::string json;
  append_json_string(json, target);
  ngsi::Attribute a = property(attribute, json);
  a.kind = ngsi::AttrKind::kRelationship;
  return a;
}
ngsi::Entity entity(std::string_view id, std::string_view type, std::vector<ngsi::Attribute> attributes) {
  ngsi::Entity e;
  e.id = id;
  e.types = {name(type)};
  e.attributes = std::move(attributes);
  e.created_at = e.modified_at = Instant{1};
  return e;
}
ngsi::RecordPtr record(ngsi::Entity entity) {
  auto encoded = ngsi::encode(std::move(entity));
  EXPECT_TRUE(encoded.has_value());
  return *encoded;
}

void StoreContract::SetUp() {
  place_ = GetParam().make_place();
  store_ = place_->open();
}
void StoreContract::TearDown() {
  store_.reset();
  EXPECT_EQ(place_->problems(), std::vector<std::string>());
}
void StoreContract::reopen() {
  store_.reset();
  store_ = place_->open();
}

std::vector<Outcome> StoreContract::write(std::vector<Write> writes) {
  std::promise<std::vector<Outcome>> promise;
  auto future = promise.get_future();
  store_->submit(std::move(writes), [&](std::vector<Outcome> outcomes) { promise.set_value(std::move(outcomes)); });
  return future.get();
}
Outcome StoreContract::write(EntityWrite one) {
  std::vector<Write> writes;
  writes.push_back(std::move(one));
  return std::move(write(std::move(writes)).at(0));
}
Outcome StoreContract::put(ngsi::Entity e, TenantId tenant) {
  const std::string id = e.id;
  return write(EntityWrite{
      tenant, id, [r = record(std::move(e))](const ngsi::Record*, Instant) -> Result<Decision> { return Put{r}; }});
}
Outcome StoreContract::remove(std::string_view id, TenantId tenant) {
  return write(EntityWrite{tenant, std::string(id), [](const ngsi::Record* current, Instant) -> Result<Decision> {
                             if (!current) return fail(ErrorCode::kResourceNotFound, "absent");
                             return Remove{};
                           }});
}
Outcome StoreContract::change(std::string_view id, std::function<void(ngsi::Entity&, Instant)> edit, TenantId tenant) {
  return write(
      EntityWrite{tenant, std::string(id), [edit](const ngsi::Record* current, Instant now) -> Result<Decision> {
                    if (!current) return fail(ErrorCode::kResourceNotFound, "absent");
                    ngsi::Entity e = ngsi::decode(*current);
                    edit(e, now);
                    e.modified_at = now;
                    auto encoded = ngsi::encode(std::move(e));
                    if (!encoded) return tl::unexpected(encoded.error());
                    return Put{*encoded};
                  }});
}
Outcome StoreContract::document(std::string_view collection, std::string_view key, std::optional<std::string> body,
                                TenantId tenant) {
  std::vector<Write> writes;
  writes.push_back(DocumentWrite{tenant, std::string(collection), std::string(key), std::move(body)});
  return std::move(write(std::move(writes)).at(0));
}

std::vector<std::string> StoreContract::ids(ngsi::Selection selection, TenantId tenant, std::size_t budget,
                                            std::size_t want) {
  auto cursor = store_->query(tenant, std::move(selection));
  std::vector<ngsi::RecordPtr> page;
  std::vector<std::string> out;
  for (bool more = true; more;) {
    page.clear();
    more = cursor->step(budget, want, page);
    EXPECT_LE(page.size(), want);
    for (const auto& r : page) out.emplace_back(r->id());
  }
  return out;
}
ngsi::Selection StoreContract::of_type(std::string_view type) {
  ngsi::Selection selection;
  auto types = ngsi::parse_types(type, *ngsi::core_context());
  EXPECT_TRUE(types.has_value());
  selection.types = std::move(*types);
  return selection;
}
ngsi::Selection StoreContract::where(std::string_view q) {
  ngsi::Selection selection;
  auto parsed = ngsi::parse_q(q, *ngsi::core_context());
  EXPECT_TRUE(parsed.has_value()) << q;
  if (parsed) selection.q.push_back(std::move(*parsed));
  return selection;
}

}  // namespace tsunagu::store
