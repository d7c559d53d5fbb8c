// /types and /attributes: what there is (5.7.5–5.7.10).
#include <fmt/format.h>

#include <random>

#include "base/json.h"
#include "base/text.h"
#include "broker/discovery.h"
#include "broker/query.h"
#include "gateway/ngsild/query_input.h"
#include "gateway/ngsild/route.h"
#include "ngsi/entity.h"
#include "ngsi/term.h"

namespace tsunagu::gateway::ngsild {
namespace {

std::string random_uuid() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const std::uint64_t high = (random() & ~0xf000ull) | 0x4000ull;
  const std::uint64_t low = (random() & ~(3ull << 62)) | (2ull << 62);
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff, low >> 48,
                     low & 0xffffffffffffull);
}

/// Writes the objects of discovery, each with the @context in it when the answer carries it.
class Printer {
 public:
  explicit Printer(const Call& call) : call_(call) {}

  std::string& out() { return out_; }
  void begin() {
    out_ += '{';
    if (call_.context_in_body) out_.append("\"@context\":").append(call_.context->as_json()).append(",");
  }
  void id_and_type(std::string_view id, std::string_view type) {
    out_ += R"("id":)";
    append_json_string(out_, id);
    out_ += R"(,"type":)";
    append_json_string(out_, type);
  }
  void name(std::string_view member, ngsi::TermId term) {
    out_.append(",\"").append(member).append("\":");
    append_json_string(out_, call_.context->compact(term));
  }
  template <class Items, class TermOf>
  void names(std::string_view member, const Items& items, TermOf term_of) {
    out_.append(",\"").append(member).append("\":[");
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ',';
      append_json_string(out_, call_.context->compact(term_of(items[i])));
    }
    out_ += ']';
  }
  void number(std::string_view member, std::uint64_t value) {
    out_.append(",\"").append(member).append("\":").append(std::to_string(value));
  }
  void kinds(std::uint16_t kinds) {
    out_ += R"(,"attributeTypes":[)";
    bool first = true;
    for (unsigned i = 1; i < 16; ++i) {
      if ((kinds >> i & 1) == 0) continue;
      if (!first) out_ += ',';
      first = false;
      append_json_string(out_, ngsi::kind_name(static_cast<ngsi::AttrKind>(i)));
    }
    out_ += ']';
  }
  /// {"id","type":"Attribute","attributeName"…  without the end.
  void attribute(ngsi::TermId term) {
    id_and_type(ngsi::terms().text(term), "Attribute");
    name("attributeName", term);
  }
  void end() { out_ += '}'; }

 private:
  const Call& call_;
  std::string out_;
};

constexpr auto kType = [](const broker::TypeDetails& t) { return t.type; };
constexpr auto kAttribute = [](const broker::AttributeDetails& a) { return a.attribute; };
constexpr auto kTerm = [](ngsi::TermId t) { return t; };

void list_types(const CallPtr& call) {
  const auto details = read_flag(*call, "details");
  if (!details) return call->send(details.error());
  const std::vector<broker::TypeDetails> types = broker::entity_types(call->store(), call->tenant);
  Printer printer(*call);
  if (!*details) {
    printer.begin();
    printer.id_and_type("urn:ngsi-ld:EntityTypeList:" + random_uuid(), "EntityTypeList");
    printer.names("typeList", types, kType);
    printer.end();
    return call->send(200, std::move(printer.out()));
  }
  printer.out() += '[';
  for (const broker::TypeDetails& type : types) {
    if (&type != &types.front()) printer.out() += ',';
    printer.begin();
    printer.id_and_type(ngsi::terms().text(type.type), "EntityType");
    printer.name("typeName", type.type);
    printer.names("attributeNames", type.attributes, kAttribute);
    printer.end();
  }
  printer.out() += ']';
  call->send(200, std::move(printer.out()));
}

void describe_type(const CallPtr& call) {
  const std::string& name = call->path[0];
  if (!ngsi::valid_name(name))
    return call->send({ErrorCode::kBadRequestData, "\"" + name + "\" cannot be the name of a type"});
  const auto type = broker::entity_type(call->store(), call->tenant, call->context->find(name));
  if (!type) return call->send({ErrorCode::kResourceNotFound, "there is no entity of type " + name});
  Printer printer(*call);
  printer.begin();
  printer.id_and_type(ngsi::terms().text(type->type), "EntityTypeInfo");
  printer.name("typeName", type->type);
  printer.number("entityCount", type->entities);
  printer.out() += R"(,"attributeDetails":[)";
  for (const broker::AttributeDetails& attribute : type->attributes) {
    if (&attribute != &type->attributes.front()) printer.out() += ',';
    printer.out() += '{';
    printer.attribute(attribute.attribute);
    printer.kinds(attribute.kinds);
    printer.end();
  }
  printer.out() += ']';
  printer.end();
  call->send(200, std::move(printer.out()));
}

void list_attributes(const CallPtr& call) {
  const auto details = read_flag(*call, "details");
  if (!details) return call->send(details.error());
  const std::vector<broker::AttributeDetails> attributes = broker::attributes(call->store(), call->tenant);
  Printer printer(*call);
  if (!*details) {
    printer.begin();
    printer.id_and_type("urn:ngsi-ld:AttributeList:" + random_uuid(), "AttributeList");
    printer.names("attributeList", attributes, kAttribute);
    printer.end();
    return call->send(200, std::move(printer.out()));
  }
  printer.out() += '[';
  for (const broker::AttributeDetails& attribute : attributes) {
    if (&attribute != &attributes.front()) printer.out() += ',';
    printer.begin();
    printer.attribute(attribute.attribute);
    printer.names("typeNames", attribute.types, kTerm);
    printer.end();
  }
  printer.out() += ']';
  call->send(200, std::move(printer.out()));
}

/// Counts the instances of an attribute: entities that have it are looked at in steps.
struct AttributeCount {
  CallPtr call;
  broker::AttributeDetails attribute;
  std::unique_ptr<broker::PageQuery> query;
  std::uint64_t instances = 0;
};

void count_attribute(const std::shared_ptr<AttributeCount>& run) {
  if (run->call->reply.client_gone()) return;
  const Result<bool> unfinished = run->query->turn();
  if (!unfinished) return run->call->send(unfinished.error());
  for (const ngsi::RecordPtr& record : run->query->page()) {
    for (const ngsi::AttributeView instance : record->attributes()) {
      if (instance.name() == run->attribute.attribute) ++run->instances;
    }
  }
  run->query->page().clear();
  if (*unfinished) return run->call->reply.defer([run] { count_attribute(run); });
  Printer printer(*run->call);
  printer.begin();
  printer.attribute(run->attribute.attribute);
  printer.number("attributeCount", run->instances);
  printer.kinds(run->attribute.kinds);
  printer.names("typeNames", run->attribute.types, kTerm);
  printer.end();
  run->call->send(200, std::move(printer.out()));
}

void describe_attribute(const CallPtr& call) {
  const std::string& name = call->path[0];
  if (!ngsi::valid_name(name)) {
    return call->send({ErrorCode::kBadRequestData, "\"" + name + "\" cannot be the name of an attribute"});
  }
  auto attribute = broker::attribute(call->store(), call->tenant, call->context->find(name));
  if (!attribute) return call->send({ErrorCode::kResourceNotFound, "no entity has an attribute " + name});
  ngsi::Selection selection;
  selection.attrs = {attribute->attribute};
  selection.at = now();
  broker::PageRequest everything;
  everything.any_of.push_back(std::move(selection));
  everything.limit = std::uint64_t{1} << 62;
  auto run = std::make_shared<AttributeCount>();
  run->call = call;
  run->attribute = std::move(*attribute);
  run->query = std::make_unique<broker::PageQuery>(call->store(), call->tenant, std::move(everything));
  count_attribute(run);
}

}  // namespace

std::vector<Route> discovery_routes() {
  const RouteAnswer wrong{400, "The request or a part of it is wrong", "ProblemDetails"};
  constexpr std::string_view kTag = "Discovery";
  return {
      {.method = "GET",
       .path = "/types",
       .id = "listTypes",
       .tag = kTag,
       .summary = "Entity types there are",
       .clause = "5.7.5, 5.7.6, 6.25.3.1",
       .parameters = {"details"},
       .answers = {{200, "Their names; with details=true a list with their attributes", "EntityTypeList"}, wrong},
       .handle = list_types},
      {.method = "GET",
       .path = "/types/{type}",
       .id = "describeType",
       .tag = kTag,
       .summary = "One entity type",
       .clause = "5.7.7, 6.26.3.1",
       .answers = {{200, "How many entities it has, and their attributes", "EntityTypeInfo"},
                   wrong,
                   {404, "There is no entity of this type", "ProblemDetails"}},
       .handle = describe_type},
      {.method = "GET",
       .path = "/attributes",
       .id = "listAttributes",
       .tag = kTag,
       .summary = "Attributes there are",
       .clause = "5.7.8, 5.7.9, 6.27.3.1",
       .parameters = {"details"},
       .answers = {{200, "Their names; with details=true a list with the types that have them", "AttributeList"},
                   wrong},
       .handle = list_attributes},
      {.method = "GET",
       .path = "/attributes/{attrId}",
       .id = "describeAttribute",
       .tag = kTag,
       .summary = "One attribute",
       .clause = "5.7.10, 6.28.3.1",
       .answers = {{200, "Where and how often it is used", "Attribute"},
                   wrong,
                   {404, "No entity has this attribute", "ProblemDetails"}},
       .handle = describe_attribute},
  };
}

}  // namespace tsunagu::gateway::ngsild
