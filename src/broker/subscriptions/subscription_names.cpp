// Names in the documents of subscriptions: expanded when they come in, compacted when they go out. One table says where
// there are names.
#include <algorithm>
#include <functional>
#include <span>

#include "base/json.h"
#include "base/text.h"
#include "broker/subscriptions/subscription.h"
#include "ngsi/body.h"
#include "ngsi/json_walk.h"
#include "ngsi/names.h"

namespace tsunagu::broker {
namespace {

namespace walk = ngsi::walk;

class Renaming;
using Rewrite = bool (Renaming::*)(std::string& out, std::string_view value);

struct MemberRule {
  std::string_view name;
  Rewrite rewrite;
};

std::string quoted(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

/// Rewrites the names of one document, or of a fragment of one. What has not the shape it should have is copied:
/// reading it says what is wrong.
class Renaming {
 public:
  Renaming(const ngsi::Context& context, bool expanding)
      : context_(context), source_(expanding ? context : *ngsi::core_context()), expanding_(expanding) {}

  Result<std::string> run(std::string_view document) {
    expand_values_ = names_of(walk::member(document, "expandValues"));
    std::string out;
    if (!object(out, document, kMembers)) return tl::unexpected(error_);
    return out;
  }

 private:
  static const std::span<const MemberRule> kMembers, kSelector, kGeo, kNotification, kEndpoint;

  bool copy(std::string& out, std::string_view value) {
    out += value;
    return true;
  }

  bool object(std::string& out, std::string_view value, std::span<const MemberRule> rules) {
    if (!walk::is_object(value)) return copy(out, value);
    std::vector<std::string_view> seen;
    bool fine = true;
    out += '{';
    walk::any_member(value, [&](std::string_view key, std::string_view member) {
      std::string name = json_string_text(key);
      if (name == "@id" || name == "@type") name.erase(0, 1);
      const auto rule = std::ranges::find(rules, name, &MemberRule::name);
      if (rule == rules.end() || std::ranges::find(seen, rule->name) != seen.end()) return false;
      seen.push_back(rule->name);
      if (out.back() != '{') out += ',';
      out.append("\"").append(rule->name).append("\":");
      fine = (this->*rule->rewrite)(out, member);
      return !fine;
    });
    out += '}';
    return fine;
  }

  template <class F>
  bool array(std::string& out, std::string_view value, F&& element) {
    if (!walk::is_array(value)) return copy(out, value);
    bool fine = true;
    out += '[';
    walk::any_element(value, [&](std::string_view item) {
      if (out.back() != '[') out += ',';
      fine = element(item);
      return !fine;
    });
    out += ']';
    return fine;
  }

  bool selectors(std::string& out, std::string_view value) {
    return array(out, value, [&](std::string_view item) { return object(out, item, kSelector); });
  }
  bool geo(std::string& out, std::string_view value) { return object(out, value, kGeo); }
  bool notification(std::string& out, std::string_view value) { return object(out, value, kNotification); }
  bool endpoint(std::string& out, std::string_view value) { return object(out, value, kEndpoint); }

  std::string renamed(std::string_view name) const {
    if (expanding_) return context_.expand(name);
    std::string compacted = context_.compact_iri(name);
    return ngsi::valid_name(compacted) ? compacted : std::string(name);
  }

  bool name(std::string& out, std::string_view value) {
    if (!walk::is_string(value) || value == ngsi::kNullJson) return copy(out, value);
    const std::string text = json_string_text(value);
    if (!ngsi::valid_name(text)) return copy(out, value);
    append_json_string(out, renamed(text));
    return true;
  }
  bool names(std::string& out, std::string_view value) {
    return array(out, value, [&](std::string_view item) { return name(out, item); });
  }
  /// "a,b" as in expandValues.
  bool name_list(std::string& out, std::string_view value) {
    if (!walk::is_string(value) || value == ngsi::kNullJson) return copy(out, value);
    const std::string text = json_string_text(value);
    std::string list;
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view name = trim(take_until(rest, ','));
      if (!ngsi::valid_name(name)) return copy(out, value);
      list.append(list.empty() ? "" : ",").append(renamed(name));
    }
    append_json_string(out, list);
    return true;
  }

  /// An expression: parsed with the names of its source, and written with others in their places.
  template <class Parse>
  bool expression(std::string& out, std::string_view value, Parse&& parse) {
    if (!walk::is_string(value) || value == ngsi::kNullJson) return copy(out, value);
    const std::string text = json_string_text(value);
    std::vector<ngsi::Names::Use> uses;
    if (auto parsed = parse(text, ngsi::Names(source_, uses)); !parsed) {
      error_ = {parsed.error().code, "Subscription: " + parsed.error().detail};
      return false;
    }
    std::string written;
    std::size_t done = 0;
    for (const ngsi::Names::Use& use : uses) {
      const auto at = static_cast<std::size_t>(use.where.data() - text.data());
      written.append(text, done, at - done);
      written += expanding_ ? (use.is_value ? quoted(use.iri) : use.iri) : compacted(use);
      done = at + use.where.size();
    }
    written.append(text, done);
    append_json_string(out, written);
    return true;
  }
  /// In an expression a name must not look like more than a name.
  std::string compacted(const ngsi::Names::Use& use) const {
    std::string name = context_.compact_iri(use.iri);
    if (use.is_value) return quoted(name);
    const bool misleading = name.find(':') == name.npos && name.find_first_of(".,;|()[]{}\"=<>!~ ") != name.npos;
    return misleading ? use.iri : name;
  }

  bool q(std::string& out, std::string_view value) {
    return expression(out, value, [this](std::string_view text, ngsi::Names names) {
      ngsi::QueryOptions options;
      options.expand_values = expand_values_;
      return ngsi::parse_q(text, names, options);
    });
  }
  bool types(std::string& out, std::string_view value) {
    if (value == "\"*\"") return copy(out, value);
    return expression(out, value,
                      [](std::string_view text, ngsi::Names names) { return ngsi::parse_types(text, names); });
  }
  bool projection(std::string& out, std::string_view value) {
    return array(out, value, [&](std::string_view item) {
      return expression(out, item,
                        [](std::string_view text, ngsi::Names names) { return ngsi::parse_projection(text, names); });
    });
  }

  std::vector<ngsi::TermId> names_of(std::string_view list) const {
    std::vector<ngsi::TermId> terms;
    const std::string text = walk::is_string(list) ? json_string_text(list) : std::string();
    for (std::string_view rest = text; !rest.empty();) terms.push_back(source_.intern(trim(take_until(rest, ','))));
    return terms;
  }

  const ngsi::Context& context_;
  const ngsi::Context& source_;
  bool expanding_;
  std::vector<ngsi::TermId> expand_values_;
  Error error_{ErrorCode::kBadRequestData, {}};

  static constexpr MemberRule kMemberRules[] = {
      {"id", &Renaming::copy},
      {"type", &Renaming::copy},
      {"subscriptionName", &Renaming::copy},
      {"description", &Renaming::copy},
      {"entities", &Renaming::selectors},
      {"watchedAttributes", &Renaming::names},
      {"notificationTrigger", &Renaming::copy},
      {"timeInterval", &Renaming::copy},
      {"throttling", &Renaming::copy},
      {"q", &Renaming::q},
      {"geoQ", &Renaming::geo},
      {"scopeQ", &Renaming::copy},
      {"temporalQ", &Renaming::copy},
      {"csf", &Renaming::copy},
      {"datasetId", &Renaming::copy},
      {"lang", &Renaming::copy},
      {"expandValues", &Renaming::name_list},
      {"jsonKeys", &Renaming::name_list},
      {"expiresAt", &Renaming::copy},
      {"isActive", &Renaming::copy},
      {"jsonldContext", &Renaming::copy},
      {"localOnly", &Renaming::copy},
      {"splitEntities", &Renaming::copy},
      {"ngsildConformance", &Renaming::copy},
      {"notification", &Renaming::notification},
  };
  static constexpr MemberRule kSelectorRules[] = {
      {"type", &Renaming::types}, {"id", &Renaming::copy}, {"idPattern", &Renaming::copy}};
  static constexpr MemberRule kGeoRules[] = {{"georel", &Renaming::copy},
                                             {"geometry", &Renaming::copy},
                                             {"coordinates", &Renaming::copy},
                                             {"geoproperty", &Renaming::name}};
  static constexpr MemberRule kNotificationRules[] = {
      {"attributes", &Renaming::names}, {"pick", &Renaming::projection},  {"omit", &Renaming::projection},
      {"format", &Renaming::copy},      {"showChanges", &Renaming::copy}, {"sysAttrs", &Renaming::copy},
      {"join", &Renaming::copy},        {"joinLevel", &Renaming::copy},   {"endpoint", &Renaming::endpoint}};
  static constexpr MemberRule kEndpointRules[] = {{"uri", &Renaming::copy},          {"accept", &Renaming::copy},
                                                  {"timeout", &Renaming::copy},      {"cooldown", &Renaming::copy},
                                                  {"receiverInfo", &Renaming::copy}, {"notifierInfo", &Renaming::copy}};
};

constexpr std::span<const MemberRule> Renaming::kMembers = kMemberRules;
constexpr std::span<const MemberRule> Renaming::kSelector = kSelectorRules;
constexpr std::span<const MemberRule> Renaming::kGeo = kGeoRules;
constexpr std::span<const MemberRule> Renaming::kNotification = kNotificationRules;
constexpr std::span<const MemberRule> Renaming::kEndpoint = kEndpointRules;

}  // namespace

Result<std::string> expand_subscription(std::string_view body, const ngsi::Context& context) {
  return Renaming(context, true).run(body);
}

std::string compact_subscription(std::string_view document, const ngsi::Context& context) {
  auto compacted = Renaming(context, false).run(document);
  return compacted ? std::move(*compacted) : std::string(document);
}

bool has_null(std::string_view json) {
  if (json == "null" || json == ngsi::kNullJson) return true;
  return walk::any_element(json, has_null) ||
         walk::any_member(json, [](std::string_view, std::string_view value) { return has_null(value); });
}

}  // namespace tsunagu::broker
