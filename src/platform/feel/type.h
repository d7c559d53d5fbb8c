// Types of FEEL (DMN 1.5 clause 10.3.2.9) and item definitions: what a value has to be, and what it is made into when
// it nearly is.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "platform/feel/value.h"

namespace tsunagu::platform::feel {

struct Type;
using TypePtr = std::shared_ptr<const Type>;

/// What allowed values say: false refuses the value.
class Constraint {
 public:
  virtual ~Constraint() = default;
  virtual bool allows(const Value& value, Machine& machine) const = 0;
};

struct Type {
  enum class Base : unsigned char { kAny, kSimple, kList, kContext, kRange, kFunction, kNull };
  Base base = Base::kAny;
  Kind kind = Kind::kNull;  ///< of kSimple
  std::string name;         ///< for people
  TypePtr element;          ///< of lists and ranges (nullptr: anything); the result of functions
  std::vector<std::pair<std::string, TypePtr>> members;  ///< of contexts; the parameters of functions, without names
  std::shared_ptr<const Constraint> constraint, each;    ///< on the whole value; on every item of a list
};

/// "number", "date and time", "Any", … ; nullptr for other names.
TypePtr simple_type(std::string_view name);
TypePtr list_of(TypePtr element);

/// instance of, whatever allowed values say. Null is an instance of Null only.
bool instance_of(const Value& value, const Type& type, Machine& machine);
/// Null is fine, lists of one and single values are made into what is wanted, a date into its midnight; anything else
/// that does not fit is null with a fault.
Value coerced(Value value, const Type* type, Machine& machine, std::uint32_t at);

}  // namespace tsunagu::platform::feel
