#include <algorithm>

#include "platform/dmn/functions.h"
#include "platform/dmn/model.h"

namespace tsunagu::platform::dmn {

using feel::Context;
using feel::List;
using feel::Machine;
using feel::Value;

namespace {

/// Faults are noted under the name of what is being evaluated.
class At {
 public:
  At(Machine& machine, std::string_view where) : machine_(machine), before_(std::exchange(machine.where, where)) {}
  ~At() { machine_.where = before_; }
  At(const At&) = delete;
  At& operator=(const At&) = delete;

 private:
  Machine& machine_;
  std::string_view before_;
};

void put_at(Context& into, std::span<const std::string> path, const std::string& name, Value value) {
  if (path.empty()) {
    feel::put(into, name, std::move(value));
    return;
  }
  const Value* held = feel::find(into, path.front());
  Context inner = held != nullptr && held->context() != nullptr ? *held->context() : Context{};
  put_at(inner, path.subspan(1), name, std::move(value));
  feel::put(into, path.front(), std::move(inner));
}

}  // namespace

const Element* Model::find(Element::Kind kind, std::string_view name, std::string_view space) const {
  const Element* other = nullptr;
  for (const Element& element : elements_) {
    if (element.kind != kind || element.name != name) continue;
    if (element.space == (space.empty() ? std::string_view(space_) : space)) return &element;
    other = &element;
  }
  return space.empty() ? other : nullptr;
}

bool Evaluation::set(std::string_view name, Value value, std::string_view space) {
  const Element* element = model_->find(Element::Kind::kInput, name, space);
  if (element == nullptr) return false;
  const At at(machine_, element->name);
  states_[element] = {true, false, feel::coerced(std::move(value), element->type.get(), machine_, 0)};
  return true;
}

Value Evaluation::decision(std::string_view name, std::string_view space) {
  const Element* element = model_->find(Element::Kind::kDecision, name, space);
  if (element == nullptr) return machine_.fault(0, "the model has no decision “" + std::string(name) + "”");
  return value_of(*element);
}

Value Evaluation::value_of(const Element& element) {
  if (element.function) return Value(element.function);
  if (element.kind == Element::Kind::kKnowledge || element.kind == Element::Kind::kService) return {};
  State& state = states_[&element];
  if (state.done) return state.value;
  if (element.kind == Element::Kind::kInput) return {};
  if (state.running) return machine_.fault(0, "“" + element.name + "” needs itself");
  state.running = true;
  Value value;
  if (machine_.enter(0, 5)) {
    value = run(element, {});
    machine_.leave(5);
  }
  State& now = states_[&element];
  now = {true, false, std::move(value)};
  return now.value;
}

Value Evaluation::run(const Element& element, std::span<const Value> parameters) {
  List slots;
  slots.reserve(element.requirements.size() + parameters.size());
  for (const Element::Requirement& requirement : element.requirements) {
    if (requirement.parts.size() == 1 && requirement.parts[0].path.empty()) {
      slots.push_back(value_of(*requirement.parts[0].element));
      continue;
    }
    Context imported;
    for (const auto& part : requirement.parts) {
      put_at(imported, std::span(part.path).subspan(1), part.element->name, value_of(*part.element));
    }
    slots.emplace_back(std::move(imported));
  }
  slots.insert(slots.end(), parameters.begin(), parameters.end());
  const At at(machine_, element.name);
  if (element.expression.root == nullptr) return machine_.fault(0, "there is nothing to evaluate");
  return feel::coerced(element.expression.eval(slots, machine_), element.type.get(), machine_, 0);
}

Value Evaluation::by_name(const Element* element, const Context& arguments) {
  if (element == nullptr || !element->function) return machine_.fault(0, "the model has nothing of this name to call");
  List given;
  for (const std::string& parameter : element->parameters) {
    const Value* value = feel::find(arguments, parameter);
    given.push_back(value == nullptr ? Value() : *value);
  }
  return element->function->call(given, machine_, 0);
}

Value Evaluation::service(std::string_view name, const Context& arguments) {
  return by_name(model_->find(Element::Kind::kService, name), arguments);
}

Value Evaluation::knowledge(std::string_view name, const Context& arguments) {
  return by_name(model_->find(Element::Kind::kKnowledge, name), arguments);
}

bool ElementFunction::arrange(std::span<const std::string> names, std::span<const Value> given, List& arguments) const {
  const auto& wanted = element_.parameters;
  if (names.size() != wanted.size()) return false;
  arguments.assign(wanted.size(), Value());
  std::vector<bool> seen(wanted.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto at = std::find(wanted.begin(), wanted.end(), names[i]);
    if (at == wanted.end()) return false;
    const auto index = static_cast<std::size_t>(at - wanted.begin());
    if (seen[index]) return false;
    seen[index] = true;
    arguments[index] = given[i];
  }
  return true;
}

/// The arguments in the types of the parameters; false when one does not fit.
bool ElementFunction::coerced_arguments(std::span<const Value> arguments, List& out, Machine& machine,
                                        std::uint32_t at) const {
  if (arguments.size() != element_.parameters.size()) {
    machine.fault(at, "“" + element_.name + "” takes " + std::to_string(element_.parameters.size()) + " arguments");
    return false;
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    out.push_back(feel::coerced(arguments[i], element_.parameter_types[i].get(), machine, at));
    if (out.back().null() && !arguments[i].null()) return false;
  }
  return true;
}

Value KnowledgeFunction::call(std::span<const Value> arguments, Machine& machine, std::uint32_t at) const {
  List given;
  if (element_.external) return machine.fault(at, "“" + element_.name + "” is not written in FEEL");
  if (!machine.step(at, feel::kCallSteps) || !coerced_arguments(arguments, given, machine, at) ||
      !machine.enter(at, 10))
    return {};
  Evaluation evaluation(model_, machine);
  Value out = evaluation.run(element_, given);
  machine.leave(10);
  return out;
}

Value ServiceFunction::call(std::span<const Value> arguments, Machine& machine, std::uint32_t at) const {
  List given;
  if (!machine.step(at, feel::kCallSteps) || !coerced_arguments(arguments, given, machine, at) ||
      !machine.enter(at, 10))
    return {};
  Evaluation evaluation(model_, machine);
  for (std::size_t i = 0; i < given.size(); ++i)
    evaluation.states_[element_.inputs[i]] = {true, false, std::move(given[i])};
  Value out;
  if (element_.outputs.size() == 1) {
    out = evaluation.value_of(*element_.outputs[0]);
  } else {
    Context all;
    for (const Element* output : element_.outputs) feel::put(all, output->name, evaluation.value_of(*output));
    out = std::move(all);
  }
  machine.leave(10);
  return feel::coerced(std::move(out), element_.type.get(), machine, at);
}

}  // namespace tsunagu::platform::dmn
