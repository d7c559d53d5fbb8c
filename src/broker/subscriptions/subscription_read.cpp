// Reading the document of a subscription: every rule of clauses 5.2.12 to 5.2.15, 5.2.13, 5.2.22 and 5.2.33, with what
// is wrong named.
#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/text.h"
#include "base/uri.h"
#include "broker/subscriptions/endpoint_address.h"
#include "broker/subscriptions/subscription.h"
#include "ngsi/body.h"
#include "ngsi/json_walk.h"

namespace tsunagu::broker {
namespace {

namespace walk = ngsi::walk;

/// Entries that one subscription may make in an index.
constexpr std::size_t kMaxSelectors = 1000, kMaxIds = 10'000, kMaxNames = 1000;
constexpr double kMaxSeconds = 1e9;

Result<void> wrong(std::string_view member, std::string_view expected) {
  return bad("Subscription: \"" + std::string(member) + "\" must be " + std::string(expected));
}
Result<void> too_many(std::string_view member, std::size_t most) {
  return fail(ErrorCode::kTooComplexQuery,
              "Subscription: \"" + std::string(member) + "\" has more than " + std::to_string(most) + " elements");
}

/// The members of one JSON object. Each read says what a member must be when it is something else; absent is fine.
class Members {
 public:
  Members(std::string_view object, std::string_view path) : object_(object), path_(path) {}

  std::string_view raw(std::string_view name) const { return walk::member(object_, name); }
  bool has(std::string_view name) const { return !raw(name).empty(); }
  std::string at(std::string_view name) const { return path_ + std::string(name); }

  Result<void> text(std::string_view name, std::string& out) const {
    const std::string_view value = raw(name);
    if (value.empty()) return {};
    if (!walk::is_string(value)) return wrong(at(name), "a string");
    out = json_string_text(value);
    return {};
  }
  Result<void> flag(std::string_view name, bool& out) const {
    const std::string_view value = raw(name);
    if (value.empty()) return {};
    if (!walk::is_bool(value)) return wrong(at(name), "true or false");
    out = value == "true";
    return {};
  }
  /// Greater than 0.
  Result<void> positive(std::string_view name, std::string_view unit, double& out) const {
    const std::string_view value = raw(name);
    if (value.empty()) return {};
    const auto number = walk::number(value);
    if (!number || !(*number > 0)) return wrong(at(name), "a number of " + std::string(unit) + " greater than 0");
    out = std::min(*number, kMaxSeconds);
    return {};
  }
  /// An array of strings, not empty.
  Result<void> texts(std::string_view name, std::vector<std::string>& out, std::size_t most = kMaxNames) const {
    const std::string_view value = raw(name);
    if (value.empty()) return {};
    bool fine = walk::is_array(value);
    walk::any_element(value, [&](std::string_view item) {
      fine = fine && walk::is_string(item) && item.size() > 2;
      if (fine) out.push_back(json_string_text(item));
      return !fine;
    });
    if (!fine || out.empty()) return wrong(at(name), "an array of strings, not empty");
    if (out.size() > most) return too_many(at(name), most);
    return {};
  }
  Result<void> names(std::string_view name, std::vector<ngsi::TermId>& out) const {
    std::vector<std::string> list;
    if (auto ok = texts(name, list); !ok) return ok;
    for (const std::string& text : list) {
      if (!ngsi::valid_name(text)) return wrong(at(name), "names of attributes; this is none: " + text);
      out.push_back(ngsi::core_context()->intern(text));
    }
    return {};
  }
  template <class Value, std::size_t n>
  Result<void> word(std::string_view name, const std::pair<std::string_view, Value> (&words)[n], Value& out) const {
    const std::string_view value = raw(name);
    if (value.empty()) return {};
    std::string allowed;
    for (const auto& [word, meaning] : words) {
      if (value == "\"" + std::string(word) + "\"") {
        out = meaning;
        return {};
      }
      allowed.append(allowed.empty() ? "" : ", ").append(word);
    }
    return wrong(at(name), "one of " + allowed);
  }

 private:
  std::string_view object_;
  std::string path_;
};

/// Names are expanded in documents: the core @context leaves them as they are. New ones are made.
template <class Parse>
auto parse_kept(Parse&& parse) {
  std::vector<ngsi::Names::Use> uses;
  return parse(ngsi::Names(*ngsi::core_context(), uses));
}

class Reader {
 public:
  explicit Reader(Subscription& out) : out_(out), top_(out.document, "") {}

  Result<void> read() {
    for (const auto step :
         {&Reader::identity, &Reader::plain_members, &Reader::entities, &Reader::watched, &Reader::triggers,
          &Reader::filter, &Reader::times, &Reader::notification, &Reader::endpoint, &Reader::together}) {
      if (auto ok = (this->*step)(); !ok) return ok;
    }
    return {};
  }

 private:
  Result<void> identity() {
    if (auto ok = top_.text("id", out_.id); !ok) return ok;
    if (!is_absolute_iri(out_.id)) return wrong("id", "a URI");
    if (out_.id.size() > 8192) return wrong("id", "a URI of at most 8,192 bytes");
    std::string type;
    if (auto ok = top_.text("type", type); !ok) return ok;
    return type == "Subscription" ? Result<void>() : wrong("type", "\"Subscription\"");
  }

  Result<void> plain_members() {
    std::string ignored;
    bool flag = false;
    for (const std::string_view name : {"subscriptionName", "description", "csf", "jsonldContext"}) {
      if (auto ok = top_.text(name, ignored); !ok) return ok;
    }
    if (auto ok = top_.flag("isActive", out_.active); !ok) return ok;
    if (auto ok = top_.flag("localOnly", local_only_); !ok) return ok;
    if (auto ok = top_.flag("splitEntities", flag); !ok) return ok;
    if (top_.has("temporalQ") && !walk::is_object(top_.raw("temporalQ"))) return wrong("temporalQ", "an object");
    if (top_.has("csf")) {
      const auto csf = ngsi::parse_q(json_string_text(top_.raw("csf")), *ngsi::core_context());
      if (!csf) return bad("Subscription: csf: " + csf.error().detail);
    }
    std::string version;
    if (auto ok = top_.text("ngsildConformance", version); !ok) return ok;
    if (top_.has("ngsildConformance")) {
      std::string_view minor = version;
      const auto major = parse_number<unsigned>(take_until(minor, '.'));
      if (!major || !parse_number<unsigned>(minor)) return wrong("ngsildConformance", "a version such as 1.9");
    }
    if (auto ok = top_.text("lang", out_.how.lang); !ok) return ok;
    std::vector<std::string> datasets;
    if (auto ok = top_.texts("datasetId", datasets); !ok) return ok;
    for (const std::string& id : datasets) {
      if (id != "@none" && (!is_absolute_iri(id) || id.find(',') != id.npos))
        return wrong("datasetId", "URIs or \"@none\"; this is neither: " + id);
      if (!out_.how.dataset_id) out_.how.dataset_id.emplace();
      out_.how.dataset_id->append(out_.how.dataset_id->empty() ? "" : ",").append(id);
    }
    return {};
  }

  Result<void> entities() {
    const std::string_view list = top_.raw("entities");
    if (list.empty()) return {};
    Result<void> ok;
    if (walk::is_array(list)) {
      walk::any_element(list, [&](std::string_view item) {
        ok = walk::is_object(item) ? selector(Members(item, "entities."))
                                   : wrong("entities", "an array of objects, each with a type");
        if (ok && out_.selectors.size() > kMaxSelectors) ok = too_many("entities", kMaxSelectors);
        return !ok;
      });
    }
    if (!ok) return ok;
    return out_.selectors.empty() ? wrong("entities", "an array of objects, each with a type; not empty") : ok;
  }

  Result<void> selector(const Members& members) {
    ngsi::Selection selection;
    std::string type;
    if (auto ok = members.text("type", type); !ok) return ok;
    if (type.empty()) return wrong("entities.type", "given: the name of a type, an expression of several, or \"*\"");
    if (type == "*") {
      bool local = true;
      if (auto ok = top_.flag("localOnly", local); !ok) return ok;
      if (!local) return bad("Subscription: type \"*\" asks for this broker alone: localOnly=false contradicts it");
    } else {
      auto types = parse_kept([&](ngsi::Names names) { return ngsi::parse_types(type, names); });
      if (!types) return bad("Subscription: entities." + types.error().detail);
      selection.types = std::move(*types);
    }
    const std::string_view id = members.raw("id");
    if (walk::is_string(id)) {
      selection.ids.push_back(json_string_text(id));
    } else if (auto ok = members.texts("id", selection.ids, kMaxIds); !ok) {
      return ok;
    }
    for (const std::string& each : selection.ids) {
      if (!is_absolute_iri(each)) return wrong("entities.id", "a URI or an array of URIs; this is none: " + each);
    }
    std::string pattern;
    if (auto ok = members.text("idPattern", pattern); !ok) return ok;
    if (members.has("idPattern")) {
      if (pattern.empty()) return wrong("entities.idPattern", "a regular expression, not empty");
      if (auto ok = ngsi::set_id_pattern(selection, pattern); !ok) return tl::unexpected(ok.error());
      if (!selection.ids.empty()) selection.id_pattern.clear(), selection.id_regex = nullptr;  // 5.2.33: the id counts
    }
    out_.selectors.push_back(std::move(selection));
    return {};
  }

  Result<void> watched() { return top_.names("watchedAttributes", out_.watched); }

  Result<void> triggers() {
    static constexpr std::pair<std::string_view, unsigned> kTriggers[] = {
        {"entityCreated", kEntityCreated},
        {"entityUpdated", kAttributeCreated | kAttributeUpdated | kAttributeDeleted},
        {"entityDeleted", kEntityDeleted},
        {"attributeCreated", kAttributeCreated},
        {"attributeUpdated", kAttributeUpdated},
        {"attributeDeleted", kAttributeDeleted},
    };
    std::vector<std::string> given;
    if (auto ok = top_.texts("notificationTrigger", given); !ok) return ok;
    if (given.empty()) return {};
    out_.triggers = 0;
    for (const std::string& name : given) {
      const auto found =
          std::ranges::find(kTriggers, std::string_view(name), &std::pair<std::string_view, unsigned>::first);
      if (found == std::end(kTriggers)) {
        return wrong("notificationTrigger",
                     "of entityCreated, entityUpdated, entityDeleted, attributeCreated, attributeUpdated, "
                     "attributeDeleted; not " +
                         name);
      }
      out_.triggers |= static_cast<std::uint8_t>(found->second);
    }
    return {};
  }

  Result<void> filter() {
    ngsi::QueryOptions options;
    for (const auto& [member, into] :
         {std::pair("expandValues", &options.expand_values), {"jsonKeys", &options.json_keys}}) {
      std::string list;
      if (auto ok = top_.text(member, list); !ok) return ok;
      for (std::string_view rest = list; !rest.empty();) {
        const std::string_view name = trim(take_until(rest, ','));
        if (!ngsi::valid_name(name)) return wrong(member, "names of attributes, separated by commas");
        into->push_back(ngsi::core_context()->intern(name));
      }
    }
    std::string text;
    if (auto ok = top_.text("q", text); !ok) return ok;
    if (top_.has("q")) {
      auto q = parse_kept([&](ngsi::Names names) { return ngsi::parse_q(text, names, options); });
      if (!q) return tl::unexpected(Error{q.error().code, "Subscription: " + q.error().detail});
      out_.filter.q.push_back(std::move(*q));
    }
    if (auto ok = top_.text("scopeQ", text); !ok) return ok;
    if (top_.has("scopeQ")) {
      auto scope = ngsi::parse_scope_q(text);
      if (!scope) return tl::unexpected(Error{scope.error().code, "Subscription: " + scope.error().detail});
      out_.filter.scope = std::move(*scope);
    }
    return geo();
  }

  Result<void> geo() {
    const std::string_view object = top_.raw("geoQ");
    if (object.empty()) return {};
    if (!walk::is_object(object)) return wrong("geoQ", "an object");
    const Members members(object, "geoQ.");
    std::string georel, geometry, property = "location";
    if (auto ok = members.text("georel", georel); !ok) return ok;
    if (auto ok = members.text("geometry", geometry); !ok) return ok;
    if (auto ok = members.text("geoproperty", property); !ok) return ok;
    if (!ngsi::valid_name(property)) return wrong("geoQ.geoproperty", "the name of an attribute");
    const std::string_view raw = members.raw("coordinates");
    const std::string coordinates = walk::is_string(raw) ? json_string_text(raw) : std::string(raw);
    if (georel.empty() || geometry.empty() || coordinates.empty()) {
      return bad("Subscription: geoQ needs georel, geometry and coordinates, all three");
    }
    auto query = ngsi::GeoQuery::parse(georel, geometry, coordinates, ngsi::core_context()->intern(property));
    if (!query) return tl::unexpected(Error{query.error().code, "Subscription: geoQ: " + query.error().detail});
    out_.filter.geo = std::move(*query);
    return {};
  }

  Result<void> times() {
    if (auto ok = top_.positive("timeInterval", "seconds", out_.interval_s); !ok) return ok;
    if (auto ok = top_.positive("throttling", "seconds", out_.throttling_s); !ok) return ok;
    std::string text;
    if (auto ok = top_.text("expiresAt", text); !ok) return ok;
    if (!top_.has("expiresAt")) return {};
    const auto instant = parse_instant(text);
    if (!instant) return wrong("expiresAt", "a date and time such as 2024-02-29T12:00:00Z");
    out_.expires_at = *instant;
    return {};
  }

  Result<void> projection(const Members& members) {
    ngsi::Representation& how = out_.how;
    if (members.has("attributes") && (members.has("pick") || members.has("omit"))) {
      return bad("Subscription: notification.attributes is the old name of pick: give attributes, or pick and omit");
    }
    std::vector<std::string> attributes;
    if (auto ok = members.texts("attributes", attributes); !ok) return ok;
    for (const std::string& name : attributes) {
      if (name == "https://uri.etsi.org/ngsi-ld/scope" || name.starts_with('@') || !ngsi::valid_name(name) ||
          name == "id" || name == "type") {
        return wrong("notification.attributes", "names of attributes; id, type and scope are shown by pick");
      }
      how.attrs.push_back(ngsi::core_context()->intern(name));
    }
    how.attrs_of_linked = false;
    for (const auto& [member, into] : {std::pair("pick", &how.pick), {"omit", &how.omit}}) {
      std::vector<std::string> terms;
      if (auto ok = members.texts(member, terms); !ok) return ok;
      for (const std::string& term : terms) {
        auto nodes = parse_kept([&](ngsi::Names names) { return ngsi::parse_projection(term, names); });
        if (!nodes)
          return tl::unexpected(Error{nodes.error().code, "Subscription: notification." + nodes.error().detail});
        if (nodes->size() != 1) return wrong(members.at(member), "an array of single terms; this is a list: " + term);
        into->push_back(std::move(nodes->front()));
      }
    }
    for (const ngsi::ProjectionNode& node : how.pick) {
      const bool twice = node.children.empty() && std::ranges::any_of(how.omit, [&](const ngsi::ProjectionNode& other) {
                           return other.children.empty() && other.name == node.name && other.member == node.member;
                         });
      if (twice) return bad("Subscription: notification.pick and omit must not have a member in common");
    }
    return {};
  }

  static int depth(const std::vector<ngsi::ProjectionNode>& nodes) {
    int deepest = 0;
    for (const ngsi::ProjectionNode& node : nodes) {
      if (!node.children.empty()) deepest = std::max(deepest, 1 + depth(node.children));
    }
    return deepest;
  }

  Result<void> notification() {
    using Format = ngsi::Format;
    using Join = ngsi::Representation::Join;
    static constexpr std::pair<std::string_view, Format> kFormats[] = {{"normalized", Format::kNormalized},
                                                                       {"concise", Format::kConcise},
                                                                       {"simplified", Format::kSimplified},
                                                                       {"keyValues", Format::kSimplified}};
    static constexpr std::pair<std::string_view, Join> kJoins[] = {
        {"@none", Join::kNone}, {"flat", Join::kFlat}, {"inline", Join::kInline}};
    const std::string_view object = top_.raw("notification");
    if (!walk::is_object(object)) return wrong("notification", "given: an object with an endpoint");
    const Members members(object, "notification.");
    ngsi::Representation& how = out_.how;
    if (auto ok = members.word("format", kFormats, how.format); !ok) return ok;
    if (auto ok = members.word("join", kJoins, how.join); !ok) return ok;
    if (auto ok = members.flag("sysAttrs", how.sys_attrs); !ok) return ok;
    if (auto ok = members.flag("showChanges", out_.show_changes); !ok) return ok;
    if (out_.show_changes && how.format == Format::kSimplified) {
      return bad("Subscription: notification.showChanges needs a format that can show them: normalized or concise");
    }
    if (const std::string_view level = members.raw("joinLevel"); !level.empty()) {
      const auto number = parse_number<int>(level);
      if (!number || *number < 1) return wrong("notification.joinLevel", "a whole number, 1 or more");
      if (*number > ngsi::Representation::kMaxJoinLevel)
        return fail(ErrorCode::kTooComplexQuery, "Subscription: notification.joinLevel must not be more than 32");
      how.join_level = *number;
    }
    if (auto ok = projection(members); !ok) return ok;
    if (std::max(depth(how.pick), depth(how.omit)) > (how.join == Join::kNone ? 0 : how.join_level)) {
      return bad(
          "Subscription: notification.pick or omit reach deeper into linked entities than join and joinLevel allow");
    }
    return {};
  }

  Result<void> pairs(const Members& members, std::string_view name,
                     std::vector<std::pair<std::string, std::string>>& out) {
    const std::string_view list = members.raw(name);
    if (list.empty()) return {};
    constexpr std::string_view kExpected = "an array of objects with a key and a value, both strings";
    if (!walk::is_array(list)) return wrong(members.at(name), kExpected);
    Result<void> ok;
    walk::any_element(list, [&](std::string_view item) {
      const std::string_view key = walk::member(item, "key"), value = walk::member(item, "value");
      // MQTT-QoS is written as a number by some.
      const bool number = name == "notifierInfo" && walk::is_number(value);
      if (!walk::is_string(key) || key.size() == 2 || (!walk::is_string(value) && !number)) {
        ok = wrong(members.at(name), kExpected);
      } else {
        out.emplace_back(json_string_text(key), number ? std::string(value) : json_string_text(value));
      }
      return !ok;
    });
    if (ok && out.size() > kMaxNames) return too_many(members.at(name), kMaxNames);
    return ok;
  }

  Result<void> endpoint() {
    static constexpr std::pair<std::string_view, Accept> kAccepts[] = {{"application/json", Accept::kJson},
                                                                       {"application/ld+json", Accept::kJsonLd},
                                                                       {"application/geo+json", Accept::kGeoJson}};
    const std::string_view object = walk::member(top_.raw("notification"), "endpoint");
    if (!walk::is_object(object)) return wrong("notification.endpoint", "given: an object with a uri");
    const Members members(object, "notification.endpoint.");
    Endpoint& endpoint = out_.endpoint;
    if (auto ok = members.text("uri", endpoint.uri); !ok) return ok;
    if (auto ok = members.word("accept", kAccepts, out_.accept); !ok) return ok;
    out_.how.geojson = out_.accept == Accept::kGeoJson;
    double timeout_ms = 5000, cooldown_ms = 0;
    if (auto ok = members.positive("timeout", "milliseconds", timeout_ms); !ok) return ok;
    if (auto ok = members.positive("cooldown", "milliseconds", cooldown_ms); !ok) return ok;
    endpoint.timeout =
        std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(std::ceil(timeout_ms), 1.0, 60'000.0)));
    endpoint.cooldown = std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(cooldown_ms)));
    if (auto ok = pairs(members, "receiverInfo", out_.receiver_info); !ok) return ok;
    if (auto ok = pairs(members, "notifierInfo", endpoint.notifier_info); !ok) return ok;
    return check_endpoint(endpoint, out_.accept == Accept::kGeoJson, out_.receiver_info);
  }

  Result<void> together() {
    if (out_.selectors.empty() && out_.watched.empty() && !local_only_) {
      return bad("Subscription: give entities or watchedAttributes, at least one of them");
    }
    if (out_.interval_s > 0) {
      if (!out_.watched.empty()) return bad("Subscription: timeInterval and watchedAttributes exclude each other");
      if (out_.throttling_s > 0) return bad("Subscription: timeInterval and throttling exclude each other");
      if (out_.selectors.empty() && !local_only_) return bad("Subscription: timeInterval needs entities");
    }
    return {};
  }

  Subscription& out_;
  Members top_;
  bool local_only_ = false;
};

}  // namespace

Result<Subscription> read_subscription(std::string document) {
  Subscription out;
  out.document = std::move(document);
  if (auto ok = Reader(out).read(); !ok) return tl::unexpected(ok.error());
  return out;
}

std::vector<ngsi::Selection> make_selections(const Subscription& subscription) {
  std::vector<ngsi::Selection> all;
  const auto filter = [&] {
    ngsi::Selection selection;
    if (auto again = read_subscription(subscription.document)) selection = std::move(again->filter);
    selection.at = now();
    return selection;
  };
  if (auto again = read_subscription(subscription.document)) {
    for (ngsi::Selection& selector : again->selectors) {
      ngsi::Selection selection = filter();
      selection.ids = std::move(selector.ids);
      selection.id_pattern = std::move(selector.id_pattern);
      selection.id_regex = std::move(selector.id_regex);
      selection.types = std::move(selector.types);
      all.push_back(std::move(selection));
    }
  }
  if (all.empty()) all.push_back(filter());
  return all;
}

}  // namespace tsunagu::broker
