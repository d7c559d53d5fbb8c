// Item definitions (DMN 1.5 clause 7.3.3) as types.
#include <algorithm>

#include "base/text.h"
#include "platform/dmn/reader.h"
#include "platform/feel/parser.h"

namespace tsunagu::platform::dmn {
namespace {

constexpr int kMaxTypeDepth = 50;

class TestsConstraint final : public feel::Constraint {
 public:
  explicit TestsConstraint(feel::Expression tests) : tests_(std::move(tests)) {}
  bool allows(const feel::Value& value, feel::Machine& machine) const override {
    return tests_.eval({&value, 1}, machine).is_true();
  }

 private:
  feel::Expression tests_;
};

class Both final : public feel::Constraint {
 public:
  Both(std::shared_ptr<const Constraint> a, std::shared_ptr<const Constraint> b) : a_(std::move(a)), b_(std::move(b)) {}
  bool allows(const feel::Value& value, feel::Machine& machine) const override {
    return a_->allows(value, machine) && b_->allows(value, machine);
  }

 private:
  std::shared_ptr<const Constraint> a_, b_;
};

std::shared_ptr<const feel::Constraint> joined(std::shared_ptr<const feel::Constraint> a,
                                               std::shared_ptr<const feel::Constraint> b) {
  if (!a || !b) return a ? a : b;
  return std::make_shared<Both>(std::move(a), std::move(b));
}

}  // namespace

void Reader::read_types(Unit& unit) {
  for (const auto& [name, imported] : unit.imports) {
    for (const auto& [type_name, type] : imported->types) {
      const std::string full = name.empty() ? type_name : name + "." + type_name;
      unit.types.emplace(full, type);
      unit.names.know_type(full, type);
    }
  }
  const auto know_components = [&](const auto& self, const XmlElement& item, int depth) -> void {
    for (const auto& child : item.children) {
      if (child->name != "itemComponent" || depth > kMaxTypeDepth) continue;
      unit.names.know(trim(child->attribute("name")));
      self(self, *child, depth + 1);
    }
  };
  for (const auto& child : unit.tree->children) {
    if (child->name != "itemDefinition") continue;
    unit.items.emplace(std::string(trim(child->attribute("name"))), child.get());
    know_components(know_components, *child, 0);
  }
  for (const auto& [name, item] : unit.items) named_type(unit, name);
  for (const auto& [name, imported] : unit.imports) {
    for (const auto& [item_name, item] : imported->items) know_components(know_components, *item, 0);
  }
}

feel::TypePtr Reader::named_type(Unit& unit, std::string_view name) {
  if (const auto known = unit.types.find(name); known != unit.types.end()) return known->second;
  const auto item = unit.items.find(name);
  if (item == unit.items.end()) return nullptr;
  unit.types.emplace(std::string(name), nullptr);  // while it is read: a type that holds itself is not followed
  feel::TypePtr type = item_type(unit, *item->second, 0);
  unit.types[std::string(name)] = type;
  unit.names.know_type(name, type);
  return type;
}

feel::TypePtr Reader::referred_type(Unit& unit, std::string_view reference, int depth) {
  reference = trim(reference);
  if (reference.empty() || depth > kMaxTypeDepth) return nullptr;
  if (unit.types.contains(reference) || unit.items.contains(reference)) return named_type(unit, reference);
  if (auto type = feel::simple_type(reference)) return type;
  if (const std::size_t colon = reference.rfind(':'); colon != std::string_view::npos) {
    return referred_type(unit, reference.substr(colon + 1), depth + 1);
  }
  const auto parsed = feel::parse_type(reference, unit.names);
  if (parsed) return *parsed;
  note(0, "there is no type " + std::string(reference));
  return nullptr;
}

feel::TypePtr Reader::item_type(Unit& unit, const XmlElement& item, int depth) {
  const std::string name(trim(item.attribute("name")));
  where_ = name;
  auto type = std::make_shared<feel::Type>();
  const XmlElement* function = item.child("functionItem");
  if (depth > kMaxTypeDepth) return nullptr;
  if (function != nullptr) {
    type->base = feel::Type::Base::kFunction;
    type->element = referred_type(unit, function->attribute("outputTypeRef"), 0);
    for (const auto& child : function->children) {
      if (child->name != "parameters" && child->name != "parameter") continue;
      type->members.emplace_back(child->attribute("name"), referred_type(unit, child->attribute("typeRef"), 0));
    }
  } else if (item.child("itemComponent") != nullptr) {
    type->base = feel::Type::Base::kContext;
    for (const auto& child : item.children) {
      if (child->name != "itemComponent") continue;
      type->members.emplace_back(trim(child->attribute("name")), item_type(unit, *child, depth + 1));
    }
  } else if (const auto base = referred_type(unit, item.child_text("typeRef"), depth)) {
    *type = *base;
  }
  type->name = name;
  const auto tests_in = [&](std::string_view child) -> std::shared_ptr<const feel::Constraint> {
    const XmlElement* tests = item.child(child);
    if (tests == nullptr || tests->child_text("text").empty()) return nullptr;
    return constraint(unit, tests->child_text("text"));
  };
  auto allowed = tests_in("allowedValues"), whole = tests_in("typeConstraint");
  const std::string_view collection = trim(item.attribute("isCollection"));
  if (collection != "true" && collection != "1") {
    type->constraint = joined(joined(type->constraint, allowed), whole);
    return type;
  }
  auto list = std::make_shared<feel::Type>();
  list->base = feel::Type::Base::kList;
  list->name = name;
  list->element = std::move(type);
  list->each = std::move(allowed);
  list->constraint = std::move(whole);
  return list;
}

std::shared_ptr<const feel::Constraint> Reader::constraint(Unit& unit, std::string_view tests) {
  feel::Names names;
  for (const auto& [name, item] : unit.items) names.know(name);
  const std::size_t slot = names.reserve();
  names.alias("?", slot);
  auto root = feel::parse_tests(tests, names, slot);
  if (!root) {
    note(root.error().at, root.error().message);
    return nullptr;
  }
  return std::make_shared<TestsConstraint>(
      feel::Expression{std::shared_ptr<const feel::Node>(std::move(*root)), names.slots()});
}

feel::TypePtr Reader::type_of(const XmlElement& xml) {
  return referred_type(*unit_, xml.attribute("typeRef"), 0);
}

}  // namespace tsunagu::platform::dmn
