// From a QueryInput to what the broker works with: names expanded, every rule of clause 5.7.2.4 checked.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/uri.h"
#include "gateway/ngsild/query_input.h"

namespace tsunagu::gateway::ngsild {
namespace {

constexpr std::array kEntityMembers{std::string_view("id"), std::string_view("type"), std::string_view("scope"),
                                    std::string_view("@context")};
constexpr std::array kSystemNames{std::string_view("createdAt"), std::string_view("modifiedAt"),
                                  std::string_view("deletedAt"), std::string_view("expiresAt"),
                                  std::string_view("observedAt")};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<ngsi::TermId> attribute_name(std::string_view parameter, std::string_view name, const ngsi::Context& context) {
  if (!ngsi::valid_name(name))
    return bad(std::string(parameter) + ": \"" + std::string(name) + "\" cannot be the name of an attribute");
  return context.find(name);
}

Result<std::vector<ngsi::TermId>> attribute_names(std::string_view parameter, const std::vector<std::string>& names,
                                                  const ngsi::Context& context) {
  std::vector<ngsi::TermId> terms;
  terms.reserve(names.size());
  for (const std::string& name : names) {
    if (contains(kEntityMembers, name))
      return bad(std::string(parameter) + ": \"" + name + "\" is not an attribute; use pick");
    auto term = attribute_name(parameter, name, context);
    if (!term) return tl::unexpected(term.error());
    terms.push_back(*term);
  }
  return terms;
}

int depth(const std::vector<ngsi::ProjectionNode>& nodes) {
  int deepest = 0;
  for (const ngsi::ProjectionNode& node : nodes) {
    if (!node.children.empty()) deepest = std::max(deepest, 1 + depth(node.children));
  }
  return deepest;
}

struct Joining {
  ngsi::Representation::Join join = ngsi::Representation::Join::kNone;
  int level = 1;
  int reach() const { return join == ngsi::Representation::Join::kNone ? 0 : level; }
};

Result<Joining> read_join(const QueryInput& input) {
  using Join = ngsi::Representation::Join;
  Joining joining;
  const std::string_view join = input.join ? std::string_view(*input.join) : std::string_view("@none");
  if (join == "inline") {
    joining.join = Join::kInline;
  } else if (join == "flat") {
    joining.join = Join::kFlat;
  } else if (join != "@none") {
    return bad("join must be inline, flat or @none");
  }
  if (input.join_level) {
    const auto level = parse_number<int>(*input.join_level);
    if (!level || *level < 1) return bad("joinLevel must be a whole number, 1 or more");
    if (*level > 32) return fail(ErrorCode::kTooComplexQuery, "joinLevel must not be more than 32");
    joining.level = *level;
  }
  for (const std::string& id : input.contained_by) {
    if (!is_absolute_iri(id)) return bad("containedBy: not a URI: " + id);
  }
  return joining;
}

Result<std::optional<ngsi::GeoQuery>> make_geo(const QueryInput& input, const ngsi::Context& context) {
  if (!input.georel && !input.geometry && !input.coordinates) return std::optional<ngsi::GeoQuery>();
  if (!input.georel || !input.geometry || !input.coordinates) {
    return bad("a geo query needs georel, geometry and coordinates, all three");
  }
  const auto property = attribute_name("geoproperty", input.geoproperty.value_or("location"), context);
  if (!property) return tl::unexpected(property.error());
  auto geo = ngsi::GeoQuery::parse(*input.georel, *input.geometry, *input.coordinates, *property);
  if (!geo) return tl::unexpected(geo.error());
  return std::optional<ngsi::GeoQuery>(std::move(*geo));
}

Result<void> add_order(const QueryInput& input, const ngsi::Context& context, ngsi::Selection& selection) {
  if (input.collation) {
    if (auto ok = ngsi::set_collation(selection, *input.collation); !ok) return ok;
  }
  if (input.order_from) {
    auto from = ngsi::GeoQuery::origin(input.order_geometry.value_or("Point"), *input.order_from);
    if (!from) return tl::unexpected(from.error());
    selection.order_from = std::move(*from);
  }
  if (!input.order_by) return {};
  auto order = ngsi::parse_order_by(*input.order_by, context);
  if (!order) return tl::unexpected(order.error());
  for (const ngsi::OrderKey& key : *order) {
    if (key.by_distance && !selection.order_from)
      return bad("orderBy: order by distance needs orderFrom, the coordinates to measure from");
  }
  selection.order = std::move(*order);
  if (!input.collation) {
    if (auto ok = ngsi::set_collation(selection, "und"); !ok) return ok;
  }
  return {};
}

Result<void> add_selector(const EntitySelector& selector, const ngsi::Context& context, ngsi::Selection& selection) {
  for (const std::string& id : selector.ids) {
    if (!is_absolute_iri(id)) return bad("id: not a URI: " + id);
  }
  selection.ids = selector.ids;
  if (!selector.id_pattern.empty()) {
    if (auto ok = ngsi::set_id_pattern(selection, selector.id_pattern); !ok) return ok;
  }
  if (!selector.types.empty() && selector.types != "*") {
    auto types = ngsi::parse_types(selector.types, context);
    if (!types) return tl::unexpected(types.error());
    selection.types = std::move(*types);
  }
  return {};
}

Result<ngsi::Selection> make_selection(const QueryInput& input, const EntitySelector& selector,
                                       const ngsi::Context& context) {
  ngsi::Selection selection;
  selection.at = now();
  if (auto ok = add_selector(selector, context, selection); !ok) return tl::unexpected(ok.error());
  bool narrowed = input.local || !selector.types.empty();

  auto attrs = attribute_names("attrs", input.attrs, context);
  if (!attrs) return tl::unexpected(attrs.error());
  selection.attrs = std::move(*attrs);
  narrowed = narrowed || std::any_of(input.attrs.begin(), input.attrs.end(),
                                     [](const std::string& name) { return !contains(kSystemNames, name); });

  ngsi::QueryOptions options;
  for (const auto& [parameter, names, into] : {std::tuple("expandValues", &input.expand_values, &options.expand_values),
                                               {"jsonKeys", &input.json_keys, &options.json_keys}}) {
    auto terms = attribute_names(parameter, *names, context);
    if (!terms) return tl::unexpected(terms.error());
    *into = std::move(*terms);
  }
  if (input.q) {
    auto q = ngsi::parse_q(*input.q, context, options);
    if (!q) return tl::unexpected(q.error());
    const auto joining = read_join(input);
    if (!joining) return tl::unexpected(joining.error());
    if (ngsi::linked_depth(*q) > joining->reach()) {
      return bad("q looks deeper into linked entities than join and joinLevel allow");
    }
    narrowed = narrowed || ngsi::names_attribute(*q);
    selection.q.push_back(std::move(*q));
  }
  auto geo = make_geo(input, context);
  if (!geo) return tl::unexpected(geo.error());
  selection.geo = std::move(*geo);
  narrowed = narrowed || selection.geo;
  if (input.scope_q) {
    auto scope = ngsi::parse_scope_q(*input.scope_q);
    if (!scope) return tl::unexpected(scope.error());
    selection.scope = std::move(*scope);
  }
  if (auto ok = add_order(input, context, selection); !ok) return tl::unexpected(ok.error());
  if (!narrowed) {
    return bad(
        "too wide: give at least a type, attrs, a q that names an attribute, or a geo query; or local=true for "
        "everything this broker has");
  }
  return selection;
}

Result<void> read_format(const Call& call, ngsi::Representation& how) {
  using ngsi::Format;
  static const std::vector<std::string_view> kOptions{"normalized", "concise", "simplified", "keyValues", "sysAttrs"};
  const auto options = read_options(call, kOptions);
  if (!options) return tl::unexpected(options.error());
  const auto format_of = [](std::string_view word) -> std::optional<Format> {
    if (word == "normalized") return Format::kNormalized;
    if (word == "concise") return Format::kConcise;
    if (word == "simplified" || word == "keyValues") return Format::kSimplified;
    return std::nullopt;
  };
  for (const std::string& option : *options) {
    if (option == "sysAttrs") how.sys_attrs = true;
    if (const auto format = format_of(option)) how.format = *format;
  }
  if (const auto word = call.query.get("format")) {
    const auto format = format_of(*word);
    if (!format)
      return fail(ErrorCode::kInvalidRequest, "format must be normalized, concise or simplified (keyValues)");
    how.format = *format;
  }
  return {};
}

}  // namespace

Result<std::vector<ngsi::Selection>> make_selections(const QueryInput& input, const ngsi::Context& context) {
  std::vector<EntitySelector> selectors = input.selectors;
  // Selectors by type alone are one type expression; so the store can answer them with one index.
  const bool by_type_alone = std::all_of(selectors.begin(), selectors.end(), [](const EntitySelector& s) {
    return s.ids.empty() && s.id_pattern.empty() && s.types != "*";
  });
  if (selectors.size() > 1 && by_type_alone) {
    for (std::size_t i = 1; i < selectors.size(); ++i) selectors.front().types += "|" + selectors[i].types;
    selectors.resize(1);
  }
  if (selectors.empty()) selectors.emplace_back();
  std::vector<ngsi::Selection> selections;
  for (const EntitySelector& selector : selectors) {
    auto selection = make_selection(input, selector, context);
    if (!selection) return tl::unexpected(selection.error());
    selections.push_back(std::move(*selection));
  }
  return selections;
}

Result<ngsi::Representation> make_representation(const QueryInput& input, const Call& call) {
  auto how = make_projection(input, call);
  if (!how || (call.query.all().empty() && !call.body)) return how;
  if (auto ok = read_format(call, *how); !ok) return tl::unexpected(ok.error());
  return how;
}

Result<ngsi::Representation> make_projection(const QueryInput& input, const Call& call) {
  const ngsi::Context& context = *call.context;
  ngsi::Representation how;
  how.at = now();
  if (call.context_in_body) how.body_context = context.as_json();
  how.geojson = call.answer_media == MediaType::kGeoJson;
  if (call.query.all().empty() && !call.body) return how;
  auto attrs = attribute_names("attrs", input.attrs, context);
  if (!attrs) return tl::unexpected(attrs.error());
  how.attrs = std::move(*attrs);
  for (const auto& [given, into] : {std::pair(&input.pick, &how.pick), {&input.omit, &how.omit}}) {
    if (!*given) continue;
    auto projection = ngsi::parse_projection(**given, context);
    if (!projection) return tl::unexpected(projection.error());
    *into = std::move(*projection);
  }
  const auto joining = read_join(input);
  if (!joining) return tl::unexpected(joining.error());
  if (std::max(depth(how.pick), depth(how.omit)) > joining->reach()) {
    return bad("pick or omit reach deeper into linked entities than join and joinLevel allow");
  }
  how.join = joining->join;
  how.join_level = joining->level;
  how.contained_by = input.contained_by;
  if (input.geometry_property) {
    if (!how.geojson) return bad("geometryProperty is for answers in application/geo+json");
    const auto term = attribute_name("geometryProperty", *input.geometry_property, context);
    if (!term) return tl::unexpected(term.error());
    how.geometry_property = *term;
    how.geometry_name = *input.geometry_property;
  }
  how.lang = input.lang.value_or("");
  if (input.dataset_id) {
    const auto ids = read_list("datasetId", *input.dataset_id);
    if (!ids) return tl::unexpected(ids.error());
    for (const std::string& id : *ids) {
      if (id != "@none" && !is_absolute_iri(id)) return bad("datasetId: neither a URI nor @none: " + id);
    }
    how.dataset_id = input.dataset_id;
  }
  return how;
}

}  // namespace tsunagu::gateway::ngsild
