#include <fmt/format.h>

#include "base/toml.h"
#include "base/uri.h"
#include "ngsi/context.h"
#include "ngsi/duration.h"
#include "store/history/retention.h"

namespace tsunagu::store {
namespace {

class RetentionFile {
 public:
  explicit RetentionFile(const std::string& file) : file_(file) {}

  Result<std::vector<RetentionRule>> read(const toml::table& table) {
    std::vector<RetentionRule> rules;
    for (const auto& [key, node] : table) {
      const toml::array* list = node.as_array();
      if (key.str() != "rule" || !list || !list->is_homogeneous<toml::table>())
        return wrong(node, fmt::format("\"{}\": only rules are known here, each under [[rule]]", key.str()));
      for (const toml::node& one : *list) {
        auto rule = read_rule(*one.as_table());
        if (!rule) return tl::unexpected(rule.error());
        for (std::size_t i = 0; i < rules.size(); ++i)
          if (takes_all_of(rules[i], *rule))
            return wrong(one, fmt::format("no series comes to this rule: rule {} fits all of them", i + 1));
        rules.push_back(std::move(*rule));
      }
    }
    return rules;
  }

  tl::unexpected<Error> wrong(std::size_t line, std::string_view reason) const {
    return bad(fmt::format("{}:{}: {}", file_, line, reason));
  }

 private:
  tl::unexpected<Error> wrong(const toml::node& node, std::string_view reason) const {
    return wrong(node.source().begin.line, reason);
  }

  static bool takes_all_of(const RetentionRule& first, const RetentionRule& later) {
    return (!first.tenant || first.tenant == later.tenant) && (first.type.empty() || first.type == later.type) &&
           (first.attribute.empty() || first.attribute == later.attribute);
  }

  Result<RetentionRule> read_rule(const toml::table& table) {
    RetentionRule rule;
    for (const auto& [key, node] : table) {
      const toml::value<std::string>* text = node.as_string();
      if (!text) return wrong(node, fmt::format("{}: expected a text in quotes", key.str()));
      if (key.str() == "tenant") {
        rule.tenant = text->get();
      } else if (key.str() == "type" || key.str() == "attribute") {
        if (text->get().empty()) return wrong(node, fmt::format("{}: must not be empty", key.str()));
        std::string name = ngsi::core_context()->expand(text->get());
        if (!is_absolute_iri(name)) return wrong(node, fmt::format("{}: \"{}\" is no name", key.str(), text->get()));
        (key.str() == "type" ? rule.type : rule.attribute) = std::move(name);
      } else if (key.str() == "keep" || key.str() == "thin_after" || key.str() == "thin_to") {
        auto us = read_duration(text->get());
        if (!us) return wrong(node, fmt::format("{}: {}", key.str(), us.error().detail));
        (key.str() == "keep" ? rule.keep_us : key.str() == "thin_to" ? rule.thin_to_us : rule.thin_after_us) = *us;
      } else {
        return wrong(node, fmt::format("{}: unknown; a rule has tenant, type, attribute, keep, thin_after and thin_to",
                                       key.str()));
      }
    }
    if ((rule.thin_after_us > 0) != (rule.thin_to_us > 0)) return wrong(table, "thin_after and thin_to go together");
    if (rule.thin_to_us > rule.thin_after_us) return wrong(table, "thin_to is longer than thin_after");
    if (rule.keep_us > 0 && rule.thin_after_us >= rule.keep_us)
      return wrong(table, "nothing would be thinned: keep is not longer than thin_after");
    return rule;
  }

  static Result<std::int64_t> read_duration(const std::string& text) {
    auto duration = ngsi::parse_duration(text);
    if (!duration) return tl::unexpected(duration.error());
    if (duration->months > 0)
      return bad("\"" + text + "\" has years or months, which are not equally long; write days, P365D or P30D");
    if (duration->us <= 0) return bad("\"" + text + "\" is no time at all");
    return duration->us;
  }

  const std::string& file_;
};

}  // namespace

Result<std::vector<RetentionRule>> read_retention(std::string_view toml, const std::string& file) {
  const auto parsed = parse_toml(toml, file);
  if (!parsed) return tl::unexpected(parsed.error());
  return RetentionFile(file).read(*parsed);
}

}  // namespace tsunagu::store
