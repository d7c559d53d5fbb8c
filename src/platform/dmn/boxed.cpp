// Boxed expressions (DMN 1.5 clause 10.2) as nodes of the same tree that text becomes.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "platform/dmn/reader.h"
#include "platform/feel/parser.h"

namespace tsunagu::platform::dmn {

using feel::NodePtr;

namespace {

constexpr std::array<std::string_view, 12> kExpressions = {"literalExpression",
                                                           "context",
                                                           "decisionTable",
                                                           "invocation",
                                                           "functionDefinition",
                                                           "relation",
                                                           "list",
                                                           "conditional",
                                                           "for",
                                                           "every",
                                                           "some",
                                                           "filter"};

bool is_expression(const XmlElement& xml) {
  return std::find(kExpressions.begin(), kExpressions.end(), xml.name) != kExpressions.end();
}

/// What could not be compiled says so whenever it is needed.
struct Broken final : feel::Node {
  explicit Broken(std::string why) : Node(0), message(std::move(why)) {}
  feel::Value eval(feel::Frame& frame) const override { return frame.machine.fault(at, message); }
  std::string message;
};

}  // namespace

void raise(feel::Node& node, const NodePtr& child) {
  if (child != nullptr) node.height = std::max(node.height, child->height + 1);
}

NodePtr Reader::broken(std::string message) {
  return std::make_unique<Broken>(std::move(message));
}

NodePtr Reader::inside(const XmlElement& parent) {
  for (const auto& child : parent.children) {
    if (is_expression(*child)) return expression(*child);
  }
  return nullptr;
}

NodePtr Reader::literal(std::string_view text) {
  if (trim(text).empty()) return std::make_unique<feel::Constant>(0, feel::Value());
  auto parsed = feel::parse_expression(text, unit_->names);
  if (parsed) return std::move(*parsed);
  note(parsed.error().at, parsed.error().message);
  auto node = broken(parsed.error().message);
  node->at = parsed.error().at;
  return node;
}

NodePtr Reader::expression(const XmlElement& xml) {
  NodePtr node = plain(xml);
  feel::TypePtr type = type_of(xml);
  if (!type || xml.name == "functionDefinition") return node;
  auto typed = std::make_unique<feel::Coerced>(0);
  raise(*typed, node);
  typed->operand = std::move(node);
  typed->type = std::move(type);
  return typed;
}

NodePtr Reader::plain(const XmlElement& xml) {
  if (xml.name == "literalExpression") {
    const std::string_view language = xml.attribute("expressionLanguage");
    if (!language.empty() && language.find("FEEL") == std::string_view::npos &&
        language.find("feel") == std::string_view::npos) {
      return broken("the expression is not written in FEEL");
    }
    const XmlElement* text = xml.child("text");
    return literal(text == nullptr ? std::string_view() : std::string_view(text->text));
  }
  if (xml.name == "context") return context(xml);
  if (xml.name == "decisionTable") return table(xml);
  if (xml.name == "invocation") return invocation(xml);
  if (xml.name == "functionDefinition") return function(xml);
  if (xml.name == "relation") return relation(xml);
  if (xml.name == "list") return list(xml);
  if (xml.name == "conditional") return conditional(xml);
  if (xml.name == "filter") return filter(xml);
  return iteration(xml);
}

NodePtr Reader::context(const XmlElement& xml) {
  auto node = std::make_unique<feel::ContextNode>(0);
  const auto mark = unit_->names.mark();
  for (const auto& child : xml.children) {
    if (child->name != "contextEntry") continue;
    const XmlElement* variable = child->child("variable");
    if (variable == nullptr) {
      node->result = inside(*child);
      raise(*node, node->result);
      continue;
    }
    feel::ContextNode::Entry entry;
    entry.name = trim(variable->attribute("name"));
    entry.type = type_of(*variable);
    const auto outer = std::exchange(self_, std::nullopt);
    if (child->child("functionDefinition") != nullptr) {
      entry.slot = unit_->names.define(entry.name);
      self_ = entry.slot;
      entry.type = nullptr;
      entry.value = inside(*child);
    } else {
      entry.value = inside(*child);
      entry.slot = unit_->names.define(entry.name);
    }
    self_ = outer;
    if (entry.value == nullptr) entry.value = std::make_unique<feel::Constant>(0, feel::Value());
    raise(*node, entry.value);
    const bool twice =
        std::any_of(node->entries.begin(), node->entries.end(), [&](const auto& e) { return e.name == entry.name; });
    node->twice = node->twice || twice;
    node->entries.push_back(std::move(entry));
  }
  unit_->names.release(mark);
  return node;
}

NodePtr Reader::invocation(const XmlElement& xml) {
  auto node = std::make_unique<feel::Call>(0);
  node->function = inside(xml);
  if (node->function == nullptr) return broken("the invocation names no function");
  raise(*node, node->function);
  for (const auto& child : xml.children) {
    if (child->name != "binding") continue;
    const XmlElement* parameter = child->child("parameter");
    node->names.emplace_back(parameter == nullptr ? std::string_view() : trim(parameter->attribute("name")));
    node->arguments.push_back(inside(*child));
    if (node->arguments.back() == nullptr) node->arguments.back() = std::make_unique<feel::Constant>(0, feel::Value());
    raise(*node, node->arguments.back());
  }
  return node;
}

NodePtr Reader::function(const XmlElement& xml) {
  auto node = std::make_unique<feel::Lambda>(0);
  auto shape = std::make_shared<feel::LambdaShape>();
  shape->self = std::exchange(self_, std::nullopt);
  const auto mark = unit_->names.mark();
  shape->first = unit_->names.next();
  for (const auto& child : xml.children) {
    if (child->name != "formalParameter") continue;
    shape->names.emplace_back(trim(child->attribute("name")));
    shape->types.push_back(type_of(*child));
    unit_->names.define(shape->names.back());
  }
  feel::TypePtr type = type_of(xml);
  shape->result_type = type && type->base == feel::Type::Base::kFunction ? type->element : type;
  const std::string_view kind = xml.attribute("kind");
  if (kind.empty() || kind == "FEEL") {
    NodePtr body = inside(xml);
    if (body == nullptr) body = std::make_unique<feel::Constant>(0, feel::Value());
    raise(*node, body);
    shape->body = std::shared_ptr<const feel::Node>(std::move(body));
  }
  shape->slots = unit_->names.slots();
  unit_->names.release(mark);
  node->shape = std::move(shape);
  return node;
}

NodePtr Reader::relation(const XmlElement& xml) {
  auto node = std::make_unique<feel::ListNode>(0);
  std::vector<const XmlElement*> columns;
  for (const auto& child : xml.children) {
    if (child->name == "column") columns.push_back(child.get());
  }
  for (const auto& row : xml.children) {
    if (row->name != "row") continue;
    auto entries = std::make_unique<feel::ContextNode>(0);
    const auto mark = unit_->names.mark();
    for (const auto& cell : row->children) {
      if (!is_expression(*cell) || entries->entries.size() >= columns.size()) continue;
      const XmlElement& column = *columns[entries->entries.size()];
      feel::ContextNode::Entry entry;
      entry.name = trim(column.attribute("name"));
      unit_->names.know(entry.name);
      entry.value = expression(*cell);
      entry.slot = unit_->names.reserve();
      entry.type = type_of(column);
      raise(*entries, entry.value);
      entries->entries.push_back(std::move(entry));
    }
    unit_->names.release(mark);
    NodePtr item = std::move(entries);
    raise(*node, item);
    node->items.push_back(std::move(item));
  }
  return node;
}

NodePtr Reader::list(const XmlElement& xml) {
  auto node = std::make_unique<feel::ListNode>(0);
  for (const auto& child : xml.children) {
    if (!is_expression(*child)) continue;
    node->items.push_back(expression(*child));
    raise(*node, node->items.back());
  }
  return node;
}

namespace {

const XmlElement& child_or_itself(const XmlElement& xml, std::string_view name) {
  const XmlElement* child = xml.child(name);
  return child == nullptr ? xml : *child;
}

}  // namespace

NodePtr Reader::conditional(const XmlElement& xml) {
  auto node = std::make_unique<feel::If>(0);
  node->boxed = true;
  for (auto [name, into] : {std::pair{"if", &node->condition}, {"then", &node->then}, {"else", &node->otherwise}}) {
    if (const XmlElement* part = xml.child(name)) *into = inside(*part);
    if (*into == nullptr) *into = std::make_unique<feel::Constant>(0, feel::Value());
    raise(*node, *into);
  }
  return node;
}

NodePtr Reader::iteration(const XmlElement& xml) {
  const bool is_for = xml.name == "for";
  const auto mark = unit_->names.mark();
  feel::Iterator iterator;
  iterator.from = inside(child_or_itself(xml, "in"));
  if (iterator.from == nullptr) iterator.from = std::make_unique<feel::Constant>(0, feel::Value());
  const int height = iterator.from->height + 1;
  iterator.slot = unit_->names.define(trim(xml.attribute("iteratorVariable")));
  const std::size_t partial = is_for ? unit_->names.define("partial") : 0;
  NodePtr body = xml.child(is_for ? "return" : "satisfies") == nullptr
                     ? nullptr
                     : inside(*xml.child(is_for ? "return" : "satisfies"));
  if (body == nullptr) body = std::make_unique<feel::Constant>(0, feel::Value());
  unit_->names.release(mark);
  NodePtr out;
  if (is_for) {
    auto node = std::make_unique<feel::For>(0);
    raise(*node, body);
    node->iterators.push_back(std::move(iterator));
    node->partial = partial;
    node->uses_partial = true;
    node->result = std::move(body);
    out = std::move(node);
  } else {
    auto node = std::make_unique<feel::Quantified>(0);
    raise(*node, body);
    node->every = xml.name == "every";
    node->boxed = true;
    node->iterators.push_back(std::move(iterator));
    node->condition = std::move(body);
    out = std::move(node);
  }
  out->height = std::max(out->height, height);
  return out;
}

NodePtr Reader::filter(const XmlElement& xml) {
  auto node = std::make_unique<feel::Filter>(0);
  if (const XmlElement* in = xml.child("in")) node->operand = inside(*in);
  const auto mark = unit_->names.mark();
  node->item = unit_->names.define_item();
  if (const XmlElement* match = xml.child("match")) node->condition = inside(*match);
  unit_->names.release(mark);
  if (node->operand == nullptr || node->condition == nullptr) return broken("the filter is not complete");
  raise(*node, node->operand);
  raise(*node, node->condition);
  return node;
}

}  // namespace tsunagu::platform::dmn
