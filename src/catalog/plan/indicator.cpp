#include "catalog/plan/indicator.h"

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace {

namespace walk = ngsi::walk;

ngsi::TermId term(std::string_view name) {
  return ngsi::core_context()->find(name);
}

std::string text_of(std::string_view json) {
  return walk::is_string(json) ? json_string_text(json) : std::string();
}

/// Of a Property or LanguageProperty, or of a member {"ja":…}.
Text text_in(std::string_view json) {
  return walk::is_string(json) || walk::is_object(json) ? Text{std::string(json)} : Text{};
}

std::string_view value_of(const ngsi::Record& record, std::string_view name) {
  const ngsi::TermId id = term(name);
  if (id == ngsi::kNoTerm) return {};
  const ngsi::AttributeView found = record.find(id);
  return found.data() == nullptr ? std::string_view() : ngsi::plain_value(found.value());
}

/// Calls f with every instance of the attribute.
template <class F>
void each_instance(const ngsi::Record& record, std::string_view name, F f) {
  const ngsi::TermId id = term(name);
  if (id == ngsi::kNoTerm) return;
  for (const ngsi::AttributeView instance : record.attributes()) {
    if (instance.name() == id) f(instance);
  }
}

/// The value of a sub-attribute; empty if there is none.
std::string_view sub_value(const ngsi::AttributeView& instance, std::string_view name) {
  const ngsi::TermId id = term(name);
  const auto parts = instance.parts();
  const char* at = parts.subs;
  for (std::uint16_t i = 0; i < instance.sub_count() && at != nullptr; ++i) {
    const ngsi::AttributeView sub(at);
    if (sub.name() == id) return sub.value();
    at += sub.size();
  }
  return {};
}

Target read_target(const ngsi::AttributeView& instance, const Decimal& value) {
  Target target;
  target.plan = instance.dataset_id();
  target.value = value;
  target.due = text_of(ngsi::plain_value(sub_value(instance, "dueDate")));
  target.note = text_in(sub_value(instance, "note"));
  target.source = text_in(sub_value(instance, "source"));
  return target;
}

void take_latest(std::optional<IndicatorValue>& into, IndicatorValue value) {
  if (!into || into->at < value.at) into = std::move(value);
}

}  // namespace

std::string Text::in(std::string_view language) const {
  if (walk::is_string(json)) return json_string_text(json);
  std::string found, japanese, any;
  walk::any_member(json, [&](std::string_view key, std::string_view value) {
    const std::string text = text_of(walk::is_array(value) ? walk::element(value, 0) : value);
    if (walk::key_is(key, language)) found = text;
    if (walk::key_is(key, "ja")) japanese = text;
    if (any.empty()) any = text;
    return !found.empty();
  });
  return !found.empty() ? found : !japanese.empty() ? japanese : any;
}

const Target* Indicator::target(std::string_view plan) const {
  const Target* general = nullptr;
  for (const Target& each : targets) {
    if (each.plan == plan) return &each;
    if (each.plan.empty()) general = &each;
  }
  return general;
}

std::string_view key_of(std::string_view id) {
  return id.substr(id.rfind(':') + 1);
}

Text read_text(const ngsi::Record& record, std::string_view name) {
  return text_in(value_of(record, name));
}

std::string read_string(const ngsi::Record& record, std::string_view name) {
  return text_of(value_of(record, name));
}

std::vector<std::string> read_targets(const ngsi::Record& record, std::string_view relationship) {
  std::vector<std::string> out;
  each_instance(record, relationship, [&](const ngsi::AttributeView& instance) {
    const std::string_view value = instance.value();
    if (walk::is_string(value)) out.push_back(json_string_text(value));
    walk::any_element(value, [&](std::string_view each) {
      out.push_back(text_of(each));
      return false;
    });
  });
  return out;
}

std::int64_t read_integer(const ngsi::Record& record, std::string_view name) {
  const auto number = walk::number(value_of(record, name));
  return number && std::fabs(*number) < 1e15 ? static_cast<std::int64_t>(*number) : 0;
}

std::optional<IndicatorValue> read_value(ngsi::AttributeView instance) {
  const auto parts = instance.parts();
  const auto number = Decimal::parse(ngsi::plain_value(parts.value));
  if (!number) return std::nullopt;
  IndicatorValue value;
  value.value = *number;
  value.at = parts.observed_at;
  value.provenance = sub_value(instance, "provenance");
  value.computed = walk::member(value.provenance, "kind") == "\"computed\"";
  value.source = text_in(walk::member(value.provenance, "source"));
  value.as_of = text_of(walk::member(value.provenance, "asOf"));
  return value;
}

Indicator read_indicator(const ngsi::Record& record) {
  Indicator out;
  out.id = record.id();
  out.name = read_text(record, "name");
  out.description = read_text(record, "description");
  out.unit = read_text(record, "unit");
  out.smaller_is_better = read_string(record, "direction") == "lower";
  out.digits = static_cast<int>(std::clamp<std::int64_t>(read_integer(record, "digits"), 0, 9));
  out.rounding = read_string(record, "rounding") == "truncate" ? Rounding::kTruncate : Rounding::kHalfUp;
  out.measures = read_targets(record, "refMeasure");
  out.position = read_integer(record, "position");
  out.unit_code = read_string(record, "measurementUnit");
  if (const std::string_view json = value_of(record, "definition"); !json.empty()) {
    auto definition = read_definition(json);
    if (definition) {
      out.definition = std::move(*definition);
    } else {
      out.definition_fault = definition.error().detail;
    }
  }
  each_instance(record, "target", [&](const ngsi::AttributeView& instance) {
    if (const auto value = Decimal::parse(instance.value())) out.targets.push_back(read_target(instance, *value));
  });
  each_instance(record, "kpiValue", [&](const ngsi::AttributeView& instance) {
    if (auto value = read_value(instance)) take_latest(value->computed ? out.computed : out.entered, std::move(*value));
  });
  return out;
}

}  // namespace tsunagu::catalog
