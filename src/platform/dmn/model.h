// A DMN model (OMG DMN 1.2 to 1.5), compiled: what it decides for given inputs. Immutable once read, so that any number
// of threads may evaluate it; each evaluation belongs to one thread.
//
//   auto model = Model::read({{"rules.dmn", bytes}});
//   feel::Machine machine;
//   Evaluation evaluation(**model, machine);
//   evaluation.set("age", feel::Decimal(41));
//   feel::Value allowed = evaluation.decision("allowed");     // null with machine.faults when it cannot be decided
#pragma once
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "platform/feel/machine.h"
#include "platform/feel/node.h"
#include "platform/feel/type.h"

namespace tsunagu::platform::dmn {

struct Source {
  std::string name;  ///< of the file, for messages
  std::string text;
};

class Evaluation;

/// An element of a decision requirements graph.
struct Element {
  enum class Kind : unsigned char { kInput, kDecision, kKnowledge, kService } kind = Kind::kInput;
  std::string name, space;      ///< `space`: the namespace of its model
  feel::TypePtr type;           ///< of its variable; nullptr: anything
  feel::Expression expression;  ///< of decisions and knowledge

  /// What fills the first slots of the expression: an element, or a context of elements of an imported model.
  struct Requirement {
    struct Part {
      std::vector<std::string> path;  ///< below the name of the import
      const Element* element;
    };
    std::vector<Part> parts;  ///< one with an empty path: the element itself
  };
  std::vector<Requirement> requirements;
  std::vector<std::string> parameters;  ///< of knowledge and services, in order
  std::vector<feel::TypePtr> parameter_types;
  std::vector<const Element*> inputs;              ///< of services: what the parameters stand for
  std::vector<const Element*> outputs;             ///< of services
  std::shared_ptr<const feel::Function> function;  ///< of knowledge and services
  bool external = false;
};

class Model {
 public:
  /// The first source is the model; the others are there to be imported, by namespace. Faults in single expressions do
  /// not refuse the model: they are in faults(), and what needs such an expression is null.
  static Result<std::shared_ptr<const Model>> read(std::span<const Source> sources);

  const std::string& name() const { return name_; }
  const std::string& space() const { return space_; }
  const std::vector<feel::Fault>& faults() const { return faults_; }
  const std::deque<Element>& elements() const { return elements_; }
  /// nullptr when there is none; `space` empty: of the model itself, or of any when it has none of the name.
  const Element* find(Element::Kind kind, std::string_view name, std::string_view space = {}) const;

 private:
  friend class Reader;
  std::string name_, space_;
  std::deque<Element> elements_;
  std::vector<feel::Fault> faults_;
};

/// One set of inputs. Every decision is evaluated once at most, when it is first needed.
class Evaluation {
 public:
  Evaluation(const Model& model, feel::Machine& machine) : model_(&model), machine_(machine) {}

  /// False when the model has no such input. A value that is not of its type is null, with a fault.
  bool set(std::string_view input, feel::Value value, std::string_view space = {});
  feel::Value decision(std::string_view name, std::string_view space = {});
  /// Arguments by name; those that are missing are null. One output gives its value, several a context.
  feel::Value service(std::string_view name, const feel::Context& arguments);
  feel::Value knowledge(std::string_view name, const feel::Context& arguments);

 private:
  friend class KnowledgeFunction;
  friend class ServiceFunction;
  feel::Value value_of(const Element& element);
  feel::Value run(const Element& element, std::span<const feel::Value> parameters);
  feel::Value by_name(const Element* element, const feel::Context& arguments);

  const Model* model_;
  feel::Machine& machine_;
  struct State {
    bool done = false, running = false;
    feel::Value value;
  };
  std::map<const Element*, State> states_;
};

}  // namespace tsunagu::platform::dmn
