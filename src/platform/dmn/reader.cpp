#include "platform/dmn/reader.h"

#include <algorithm>

#include "base/text.h"
#include "platform/dmn/functions.h"

namespace tsunagu::platform::dmn {

namespace {

constexpr int kMaxImports = 50;

std::string name_of(const XmlElement& xml) {
  const XmlElement* variable = xml.child("variable");
  const std::string_view name = xml.attribute("name");
  return std::string(name.empty() && variable != nullptr ? trim(variable->attribute("name")) : trim(name));
}

}  // namespace

Result<std::shared_ptr<const Model>> Model::read(std::span<const Source> sources) {
  return Reader().read(sources);
}

void Reader::note(std::uint32_t at, std::string message) {
  model_->faults_.push_back({where_, at, std::move(message)});
}

Result<std::shared_ptr<const Model>> Reader::read(std::span<const Source> sources) {
  for (const Source& source : sources) {
    auto tree = read_xml(source.text);
    if (!tree || (*tree)->name != "definitions") {
      if (!units_.empty()) continue;  // what is beside the model need not be one
      return bad(source.name + ": " + (tree ? "not a DMN model" : tree.error().detail));
    }
    auto unit = std::make_unique<Unit>();
    unit->tree = std::move(*tree);
    unit->space = unit->tree->attribute("namespace");
    unit->file = source.name;
    units_.push_back(std::move(unit));
  }
  if (units_.empty()) return bad("there is no DMN model");
  model_->name_ = units_[0]->tree->attribute("name");
  model_->space_ = units_[0]->space;
  if (!open(*units_[0], 0)) return bad(units_[0]->file + ": its imports go round in a circle or are too deep");
  for (const auto& unit : units_) {
    if (unit->state != Unit::State::kDone) continue;
    unit_ = unit.get();
    for (const auto& [element, xml] : unit->elements) {
      if (element->kind != Element::Kind::kService) link(*element, *xml);
    }
  }
  for (const auto& unit : units_) {  // whose parameters have the types of other elements
    if (unit->state != Unit::State::kDone) continue;
    unit_ = unit.get();
    for (const auto& [element, xml] : unit->elements) {
      if (element->kind == Element::Kind::kService) link(*element, *xml);
    }
  }
  for (const auto& unit : units_) {
    if (unit->state != Unit::State::kDone) continue;
    unit_ = unit.get();
    for (const auto& [element, xml] : unit->elements) {
      where_ = element->name;
      if (element->kind == Element::Kind::kDecision) compile_decision(*element, *xml);
      if (element->kind == Element::Kind::kKnowledge) compile_knowledge(*element, *xml);
    }
  }
  return std::shared_ptr<const Model>(std::move(model_));
}

/// Imports first, so that their types are there.
bool Reader::open(Unit& unit, int depth) {
  if (unit.state == Unit::State::kDone) return true;
  if (unit.state == Unit::State::kOpen || depth > kMaxImports) return false;
  unit.state = Unit::State::kOpen;
  for (const auto& child : unit.tree->children) {
    if (child->name != "import" || !child->attribute("importType").ends_with("/MODEL/")) continue;
    const std::string_view space = child->attribute("namespace");
    const auto found = std::find_if(units_.begin(), units_.end(), [&](const auto& u) { return u->space == space; });
    if (found == units_.end()) {
      where_ = unit.file;
      note(0, "nothing to import has the namespace " + std::string(space));
      continue;
    }
    if (!open(**found, depth + 1)) return false;
    unit.imports.emplace_back(child->attribute("name"), found->get());
  }
  read_types(unit);
  add_elements(unit);
  unit.state = Unit::State::kDone;
  return true;
}

void Reader::add_elements(Unit& unit) {
  for (const auto& child : unit.tree->children) {
    Element::Kind kind{};
    if (child->name == "inputData") {
      kind = Element::Kind::kInput;
    } else if (child->name == "decision") {
      kind = Element::Kind::kDecision;
    } else if (child->name == "businessKnowledgeModel") {
      kind = Element::Kind::kKnowledge;
    } else if (child->name == "decisionService") {
      kind = Element::Kind::kService;
    } else {
      continue;
    }
    Element& element = model_->elements_.emplace_back();
    element.kind = kind;
    element.name = name_of(*child);
    element.space = unit.space;
    unit.names.know(element.name);
    unit.elements.emplace_back(&element, child.get());
    by_id_.emplace(unit.space + "#" + std::string(child->attribute("id")), &element);
    if (child->attribute("id").empty()) by_id_.emplace(unit.space + "#" + element.name, &element);
  }
  for (const auto& [name, imported] : unit.imports) {
    unit.names.know(name);
    for (const auto& [element, xml] : imported->elements) unit.names.know(element->name);
  }
}

Element* Reader::referred(const XmlElement& reference) {
  const std::string_view href = reference.attribute("href");
  const std::size_t hash = href.find('#');
  std::string key(hash == std::string_view::npos || hash == 0 ? std::string_view(unit_->space) : href.substr(0, hash));
  key.append("#").append(hash == std::string_view::npos ? href : href.substr(hash + 1));
  const auto found = by_id_.find(key);
  if (found != by_id_.end()) return found->second;
  note(0, "there is no element " + std::string(href));
  return nullptr;
}

/// The names of imports that lead to the unit of a namespace.
std::optional<std::vector<std::string>> Reader::path_to(const Unit& from, std::string_view space, int depth) const {
  if (from.space == space) return std::vector<std::string>{};
  if (depth > kMaxImports) return std::nullopt;
  for (const auto& [name, unit] : from.imports) {
    if (auto rest = path_to(*unit, space, depth + 1)) {
      if (!name.empty()) rest->insert(rest->begin(), name);
      return rest;
    }
  }
  return std::nullopt;
}

/// Types, parameters and functions, which others need before they are compiled.
void Reader::link(Element& element, const XmlElement& xml) {
  where_ = element.name;
  const XmlElement* variable = xml.child("variable");
  if (variable != nullptr) element.type = type_of(*variable);
  const bool function_type = element.type && element.type->base == feel::Type::Base::kFunction &&
                             (element.kind == Element::Kind::kKnowledge || element.kind == Element::Kind::kService);
  const feel::TypePtr whole = element.type;
  if (function_type) element.type = whole->element;
  if (element.kind == Element::Kind::kKnowledge) {
    if (const XmlElement* logic = xml.child("encapsulatedLogic")) {
      for (const auto& child : logic->children) {
        if (child->name != "formalParameter") continue;
        element.parameters.emplace_back(trim(child->attribute("name")));
        element.parameter_types.push_back(type_of(*child));
      }
      element.external = !logic->attribute("kind").empty() && logic->attribute("kind") != "FEEL";
    }
    element.function = std::make_shared<KnowledgeFunction>(*model_, element);
  }
  if (element.kind == Element::Kind::kService) compile_service(element, xml);
  if (function_type) {
    for (std::size_t i = 0; i < element.parameter_types.size() && i < whole->members.size(); ++i) {
      if (!element.parameter_types[i]) element.parameter_types[i] = whole->members[i].second;
    }
  }
}

void Reader::require(Element& element, const XmlElement& xml) {
  unit_->names.restart();
  std::map<std::string, std::size_t> imports;  // name → requirement
  for (const auto& child : xml.children) {
    if (child->name != "informationRequirement" && child->name != "knowledgeRequirement") continue;
    for (const auto& reference : child->children) {
      const std::string_view kind = reference->name;
      if (kind != "requiredDecision" && kind != "requiredInput" && kind != "requiredKnowledge") continue;
      const Element* other = referred(*reference);
      if (other == nullptr) continue;
      auto path = path_to(*unit_, other->space, 0);
      if (!path) path.emplace();
      if (path->empty()) {
        unit_->names.define(other->name);
        element.requirements.push_back({{{{}, other}}});
        continue;
      }
      const auto [at, fresh] = imports.emplace(path->front(), element.requirements.size());
      if (fresh) {
        unit_->names.define(path->front());
        element.requirements.emplace_back();
      }
      unit_->names.know(other->name);
      element.requirements[at->second].parts.push_back({std::move(*path), other});
    }
  }
}

void Reader::finish(Element& element, feel::NodePtr root) {
  if (root == nullptr) return;
  element.expression.root = std::shared_ptr<const feel::Node>(std::move(root));
  element.expression.slots = unit_->names.slots();
}

void Reader::compile_decision(Element& element, const XmlElement& xml) {
  require(element, xml);
  finish(element, inside(xml));
}

void Reader::compile_knowledge(Element& element, const XmlElement& xml) {
  require(element, xml);
  const XmlElement* logic = xml.child("encapsulatedLogic");
  if (logic == nullptr || element.external) return;
  for (const std::string& parameter : element.parameters) unit_->names.define(parameter);
  finish(element, inside(*logic));
}

void Reader::compile_service(Element& element, const XmlElement& xml) {
  const auto add = [&](std::string_view kind, std::vector<const Element*>& into) {
    for (const auto& child : xml.children) {
      if (child->name != kind) continue;
      if (const Element* other = referred(*child)) into.push_back(other);
    }
  };
  add("outputDecision", element.outputs);
  add("inputData", element.inputs);
  add("inputDecision", element.inputs);
  for (const Element* input : element.inputs) {
    element.parameters.push_back(input->name);
    element.parameter_types.push_back(input->type);
  }
  element.function = std::make_shared<ServiceFunction>(*model_, element);
}

}  // namespace tsunagu::platform::dmn
