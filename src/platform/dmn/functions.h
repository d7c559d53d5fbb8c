// Business knowledge models and decision services as functions of FEEL. They point into their model, which has to
// outlive them.
#pragma once
#include "platform/dmn/model.h"

namespace tsunagu::platform::dmn {

class ElementFunction : public feel::Function {
 public:
  ElementFunction(const Model& model, const Element& element) : model_(model), element_(element) {}
  bool arrange(std::span<const std::string> names, std::span<const feel::Value> given,
               feel::List& arguments) const override;
  std::size_t arity() const override { return element_.parameters.size(); }

 protected:
  bool coerced_arguments(std::span<const feel::Value> arguments, feel::List& out, feel::Machine& machine,
                         std::uint32_t at) const;
  const Model& model_;
  const Element& element_;
};

class KnowledgeFunction final : public ElementFunction {
 public:
  using ElementFunction::ElementFunction;
  feel::Value call(std::span<const feel::Value> arguments, feel::Machine& machine, std::uint32_t at) const override;
};

class ServiceFunction final : public ElementFunction {
 public:
  using ElementFunction::ElementFunction;
  feel::Value call(std::span<const feel::Value> arguments, feel::Machine& machine, std::uint32_t at) const override;
};

}  // namespace tsunagu::platform::dmn
