// From XML to a compiled model: units (one for each file), their types, their elements. Used once for each model, then
// gone.
#pragma once
#include <optional>

#include "platform/dmn/model.h"
#include "platform/dmn/table.h"
#include "platform/dmn/xml.h"
#include "platform/feel/names.h"

namespace tsunagu::platform::dmn {

class Reader {
 public:
  Result<std::shared_ptr<const Model>> read(std::span<const Source> sources);

 private:
  struct Unit {
    std::unique_ptr<XmlElement> tree;
    std::string space, file;
    std::vector<std::pair<std::string, Unit*>> imports;  // by name
    std::map<std::string, const XmlElement*, std::less<>> items;
    std::map<std::string, feel::TypePtr, std::less<>> types;
    std::vector<std::pair<Element*, const XmlElement*>> elements;
    feel::Names names;
    enum class State : unsigned char { kNew, kOpen, kDone } state = State::kNew;
  };

  // reader.cpp
  bool open(Unit& unit, int depth);
  void add_elements(Unit& unit);
  void link(Element& element, const XmlElement& xml);
  Element* referred(const XmlElement& reference);
  std::optional<std::vector<std::string>> path_to(const Unit& from, std::string_view space, int depth) const;
  void require(Element& element, const XmlElement& xml);
  void compile_decision(Element& element, const XmlElement& xml);
  void compile_knowledge(Element& element, const XmlElement& xml);
  void compile_service(Element& element, const XmlElement& xml);
  void finish(Element& element, feel::NodePtr root);
  void note(std::uint32_t at, std::string message);

  // reader_types.cpp
  void read_types(Unit& unit);
  feel::TypePtr named_type(Unit& unit, std::string_view name);
  feel::TypePtr item_type(Unit& unit, const XmlElement& item, int depth);
  feel::TypePtr referred_type(Unit& unit, std::string_view reference, int depth);
  feel::TypePtr type_of(const XmlElement& xml);  ///< of its typeRef, in the open unit
  std::shared_ptr<const feel::Constraint> constraint(Unit& unit, std::string_view tests);

  // boxed.cpp
  feel::NodePtr inside(const XmlElement& parent);  ///< the expression that is a child
  feel::NodePtr expression(const XmlElement& xml);
  feel::NodePtr plain(const XmlElement& xml);
  feel::NodePtr literal(std::string_view text);
  feel::NodePtr broken(std::string message);
  feel::NodePtr context(const XmlElement& xml);
  feel::NodePtr invocation(const XmlElement& xml);
  feel::NodePtr function(const XmlElement& xml);
  feel::NodePtr relation(const XmlElement& xml);
  feel::NodePtr list(const XmlElement& xml);
  feel::NodePtr conditional(const XmlElement& xml);
  feel::NodePtr iteration(const XmlElement& xml);
  feel::NodePtr filter(const XmlElement& xml);

  // boxed_table.cpp
  feel::NodePtr table(const XmlElement& xml);
  feel::NodePtr tests(std::string_view text, std::size_t slot);
  void table_input(TableNode& node, const XmlElement& xml);
  void table_output(TableNode& node, const XmlElement& xml, bool only);
  void table_rule(TableNode& node, const XmlElement& xml);

  std::shared_ptr<Model> model_ = std::make_shared<Model>();
  std::vector<std::unique_ptr<Unit>> units_;
  std::map<std::string, Element*, std::less<>> by_id_;  // namespace#id
  Unit* unit_ = nullptr;                                // whose element is compiled
  std::string where_;
  std::optional<std::size_t> self_;  // the slot of the context entry that is being read
};

/// Sets the height of `node` from a child.
void raise(feel::Node& node, const feel::NodePtr& child);

}  // namespace tsunagu::platform::dmn
