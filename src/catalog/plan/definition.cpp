#include "catalog/plan/definition.h"

#include "base/json.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"
#include "ngsi/query.h"

namespace tsunagu::catalog {
namespace {

namespace walk = ngsi::walk;

tl::unexpected<Error> wrong(std::string what) {
  return bad("definition: " + std::move(what));
}

Result<Term> read_term(std::string_view json) {
  if (!walk::is_object(json)) return wrong("a term is an object with \"aggregate\" and \"type\"");
  Term term;
  std::string aggregate, problem;
  walk::any_member(json, [&](std::string_view key, std::string_view value) {
    const std::string name = json_string_text(key);
    const std::string text = walk::is_string(value) ? json_string_text(value) : std::string();
    if (name == "attribute" && walk::is_array(value)) {
      walk::any_element(value, [&](std::string_view each) {
        if (!walk::is_string(each)) problem = "\"attribute\" is a name or a list of names";
        term.attributes.push_back(json_string_text(each));
        return !problem.empty();
      });
    } else if (text.empty()) {
      problem = "\"" + name + "\" is not a text";
    } else if (name == "aggregate") {
      aggregate = text;
    } else if (name == "type") {
      term.type = text;
    } else if (name == "q") {
      term.q = text;
    } else if (name == "attribute") {
      term.attributes.push_back(text);
    } else if (name == "targetType") {
      term.target_type = text;
    } else {
      problem = "\"" + name + "\" is none of aggregate, type, q, attribute, targetType";
    }
    return !problem.empty();
  });
  if (!problem.empty()) return wrong(problem);
  if (aggregate == "count") {
    term.aggregate = Aggregate::kCount;
  } else if (aggregate == "distinct") {
    term.aggregate = Aggregate::kDistinct;
  } else if (aggregate == "sum") {
    term.aggregate = Aggregate::kSum;
  } else if (aggregate == "mean") {
    term.aggregate = Aggregate::kMean;
  } else {
    return wrong("\"aggregate\" is count, distinct, sum, mean or ratio");
  }
  if (term.type.empty()) return wrong("\"type\" is missing: which entities?");
  const bool numbers = term.aggregate == Aggregate::kSum || term.aggregate == Aggregate::kMean;
  if (numbers && term.attributes.size() != 1) return wrong("\"" + aggregate + "\" needs one \"attribute\"");
  if (term.aggregate == Aggregate::kDistinct && term.attributes.empty())
    return wrong("\"distinct\" needs an \"attribute\"");
  if (term.aggregate == Aggregate::kCount && !term.attributes.empty()) return wrong("\"count\" has no \"attribute\"");
  if (term.aggregate != Aggregate::kDistinct && !term.target_type.empty())
    return wrong("only \"distinct\" has a \"targetType\"");
  if (auto types = ngsi::parse_types(term.type, *ngsi::core_context()); !types)
    return wrong("type: " + types.error().detail);
  if (!term.q.empty()) {
    if (auto q = ngsi::parse_q(term.q, *ngsi::core_context()); !q) return wrong("q: " + q.error().detail);
  }
  return term;
}

}  // namespace

Result<Definition> read_definition(std::string_view json) {
  if (!walk::is_object(json)) return wrong("it is not an object");
  Definition definition;
  if (walk::member(json, "aggregate") != "\"ratio\"") {
    auto of = read_term(json);
    if (!of) return tl::unexpected(of.error());
    definition.of = std::move(*of);
    return definition;
  }
  std::string problem;
  walk::any_member(json, [&](std::string_view key, std::string_view value) {
    const std::string name = json_string_text(key);
    if (name == "factor") {
      const auto factor = Decimal::parse(value);
      if (!factor || factor->is_zero())
        problem = "\"factor\" is a number that is not 0";
      else
        definition.factor = *factor;
    } else if (name != "aggregate" && name != "numerator" && name != "denominator") {
      problem = "\"" + name + "\" is none of aggregate, numerator, denominator, factor";
    }
    return !problem.empty();
  });
  if (!problem.empty()) return wrong(problem);
  auto of = read_term(walk::member(json, "numerator"));
  if (!of) return tl::unexpected(of.error());
  auto by = read_term(walk::member(json, "denominator"));
  if (!by) return tl::unexpected(by.error());
  definition.of = std::move(*of);
  definition.by = std::move(*by);
  return definition;
}

}  // namespace tsunagu::catalog
