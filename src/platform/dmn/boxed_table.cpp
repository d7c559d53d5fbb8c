// A decision table from its XML.
#include "base/text.h"
#include "platform/dmn/reader.h"
#include "platform/feel/parser.h"

namespace tsunagu::platform::dmn {

using feel::NodePtr;

NodePtr Reader::tests(std::string_view text, std::size_t slot) {
  const auto mark = unit_->names.mark();
  unit_->names.alias("?", slot);
  auto parsed = feel::parse_tests(text, unit_->names, slot);
  unit_->names.release(mark);
  if (parsed) return std::move(*parsed);
  note(parsed.error().at, parsed.error().message);
  return broken(parsed.error().message);
}

void Reader::table_input(TableNode& node, const XmlElement& xml) {
  TableNode::Input input;
  if (const XmlElement* value = xml.child("inputExpression")) {
    input.value = literal(value->child_text("text"));
    input.type = type_of(*value);
  } else {
    input.value = literal({});
  }
  input.slot = unit_->names.reserve();
  if (const XmlElement* values = xml.child("inputValues"); values != nullptr && !values->child_text("text").empty()) {
    input.allowed = tests(values->child_text("text"), input.slot);
    raise(node, input.allowed);
  }
  raise(node, input.value);
  node.inputs.push_back(std::move(input));
}

void Reader::table_output(TableNode& node, const XmlElement& xml, bool only) {
  TableNode::Output output;
  output.name = trim(xml.attribute("name"));
  if (!only) unit_->names.know(output.name);
  output.type = type_of(xml);
  output.slot = unit_->names.reserve();
  if (const XmlElement* values = xml.child("outputValues"); values != nullptr && !values->child_text("text").empty()) {
    const std::string_view text = values->child_text("text");
    output.allowed = tests(text, output.slot);
    raise(node, output.allowed);
    // The values in their order: the same text as a list.
    if (auto list = feel::parse_expression("[" + std::string(text) + "]", unit_->names)) {
      if (auto* items = dynamic_cast<feel::ListNode*>(list->get())) output.ordered = std::move(items->items);
    }
    for (const NodePtr& value : output.ordered) raise(node, value);
  }
  if (const XmlElement* otherwise = xml.child("defaultOutputEntry")) {
    output.otherwise = literal(otherwise->child_text("text"));
    raise(node, output.otherwise);
  }
  node.outputs.push_back(std::move(output));
}

void Reader::table_rule(TableNode& node, const XmlElement& xml) {
  TableNode::Rule rule;
  for (const auto& child : xml.children) {
    if (child->name == "inputEntry" && rule.tests.size() < node.inputs.size()) {
      const std::string_view text = child->child_text("text");
      rule.tests.push_back(text.empty() || text == "-" ? nullptr : tests(text, node.inputs[rule.tests.size()].slot));
      raise(node, rule.tests.back());
    } else if (child->name == "outputEntry" && rule.outputs.size() < node.outputs.size()) {
      rule.outputs.push_back(literal(child->child_text("text")));
      raise(node, rule.outputs.back());
    }
  }
  while (rule.outputs.size() < node.outputs.size()) rule.outputs.push_back(literal({}));
  node.rules.push_back(std::move(rule));
}

NodePtr Reader::table(const XmlElement& xml) {
  auto node = std::make_unique<TableNode>(0);
  const auto mark = unit_->names.mark();
  std::size_t outputs = 0;
  for (const auto& child : xml.children) outputs += child->name == "output" ? 1 : 0;
  for (const auto& child : xml.children) {
    if (child->name == "input") table_input(*node, *child);
    if (child->name == "output") table_output(*node, *child, outputs == 1);
    if (child->name == "rule") table_rule(*node, *child);
  }
  unit_->names.release(mark);
  if (node->outputs.empty()) return broken("the table has no output");
  static const std::map<std::string_view, HitPolicy> kPolicies = {{"", HitPolicy::kUnique},
                                                                  {"UNIQUE", HitPolicy::kUnique},
                                                                  {"ANY", HitPolicy::kAny},
                                                                  {"PRIORITY", HitPolicy::kPriority},
                                                                  {"FIRST", HitPolicy::kFirst},
                                                                  {"COLLECT", HitPolicy::kCollect},
                                                                  {"RULE ORDER", HitPolicy::kRuleOrder},
                                                                  {"OUTPUT ORDER", HitPolicy::kOutputOrder}};
  static const std::map<std::string_view, Aggregation> kAggregations = {{"", Aggregation::kList},
                                                                        {"SUM", Aggregation::kSum},
                                                                        {"MIN", Aggregation::kMin},
                                                                        {"MAX", Aggregation::kMax},
                                                                        {"COUNT", Aggregation::kCount}};
  const auto policy = kPolicies.find(xml.attribute("hitPolicy"));
  const auto aggregation = kAggregations.find(xml.attribute("aggregation"));
  if (policy == kPolicies.end() || aggregation == kAggregations.end()) return broken("the hit policy is none of DMN");
  node->policy = policy->second;
  node->aggregation = aggregation->second;
  return node;
}

}  // namespace tsunagu::platform::dmn
