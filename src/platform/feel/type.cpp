#include "platform/feel/type.h"

#include <algorithm>
#include <array>

#include "platform/feel/machine.h"

namespace tsunagu::platform::feel {
namespace {

TypePtr simple(Kind kind, std::string name) {
  auto type = std::make_shared<Type>();
  type->base = Type::Base::kSimple;
  type->kind = kind;
  type->name = std::move(name);
  return type;
}

TypePtr based(Type::Base base, std::string name) {
  auto type = std::make_shared<Type>();
  type->base = base;
  type->name = std::move(name);
  return type;
}

/// `all`: with what allowed values say of the parts.
bool shape_fits(const Value& value, const Type& type, Machine& machine, bool null_fits, bool all) {
  if (type.base == Type::Base::kAny) return true;
  if (value.null()) return null_fits || type.base == Type::Base::kNull;
  const auto fits = [&](const Value& part, const TypePtr& wanted) {
    return wanted == nullptr ||
           (shape_fits(part, *wanted, machine, true, all) &&
            (!all || wanted->constraint == nullptr || part.null() || wanted->constraint->allows(part, machine)));
  };
  switch (type.base) {
    case Type::Base::kAny:
      return true;
    case Type::Base::kNull:
      return false;
    case Type::Base::kSimple:
      return value.kind() == type.kind;
    case Type::Base::kList: {
      const List* list = value.list();
      return list != nullptr && std::all_of(list->begin(), list->end(), [&](const Value& item) {
               return fits(item, type.element) &&
                      (!all || type.each == nullptr || item.null() || type.each->allows(item, machine));
             });
    }
    case Type::Base::kContext: {
      const Context* context = value.context();
      return context != nullptr && std::all_of(type.members.begin(), type.members.end(), [&](const auto& member) {
               const Value* entry = find(*context, member.first);
               return entry != nullptr && fits(*entry, member.second);
             });
    }
    case Type::Base::kRange: {
      const Range* range = value.range();
      return range != nullptr && fits(range->low, type.element) && fits(range->high, type.element);
    }
    case Type::Base::kFunction:
      return value.function() != nullptr && (type.members.empty() || value.function()->arity() == type.members.size());
  }
  return false;
}

bool fully_fits(const Value& value, const Type& type, Machine& machine) {
  return shape_fits(value, type, machine, true, true) &&
         (type.constraint == nullptr || value.null() || type.constraint->allows(value, machine));
}

/// As `value`, or with what nearly fits made to fit, also inside of lists and contexts.
Value adapted(const Value& value, const Type& type, Machine& machine, int depth) {
  if (depth > 100 || value.null()) return value;
  switch (type.base) {
    case Type::Base::kList: {
      const List* list = value.list();
      if (list == nullptr) return List{type.element ? adapted(value, *type.element, machine, depth + 1) : value};
      if (type.element == nullptr || type.element->base == Type::Base::kAny) return value;
      List out;
      out.reserve(list->size());
      for (const Value& item : *list) out.push_back(adapted(item, *type.element, machine, depth + 1));
      return out;
    }
    case Type::Base::kContext: {
      const Context* context = value.context();
      if (context == nullptr) break;
      Context out;
      for (const auto& [name, entry] : *context) {
        const auto member =
            std::find_if(type.members.begin(), type.members.end(), [&](const auto& m) { return m.first == name; });
        out.emplace_back(name, member == type.members.end() || member->second == nullptr
                                   ? entry
                                   : adapted(entry, *member->second, machine, depth + 1));
      }
      return out;
    }
    case Type::Base::kSimple:
      if (type.kind == Kind::kDateTime && value.date() != nullptr) {
        return DateTime{*value.date(), {0, zone_of_offset(0)}};
      }
      break;
    default:
      break;
  }
  const List* list = value.list();
  if (list != nullptr && list->size() == 1 && (*list)[0].list() == nullptr && type.base != Type::Base::kAny) {
    return adapted((*list)[0], type, machine, depth + 1);
  }
  return value;
}

}  // namespace

TypePtr simple_type(std::string_view name) {
  static const std::vector<std::pair<std::string_view, TypePtr>> kTypes = {
      {"number", simple(Kind::kNumber, "number")},
      {"string", simple(Kind::kString, "string")},
      {"boolean", simple(Kind::kBoolean, "boolean")},
      {"date", simple(Kind::kDate, "date")},
      {"time", simple(Kind::kTime, "time")},
      {"date and time", simple(Kind::kDateTime, "date and time")},
      {"dateTime", simple(Kind::kDateTime, "date and time")},
      {"years and months duration", simple(Kind::kMonths, "years and months duration")},
      {"yearMonthDuration", simple(Kind::kMonths, "years and months duration")},
      {"days and time duration", simple(Kind::kDuration, "days and time duration")},
      {"dayTimeDuration", simple(Kind::kDuration, "days and time duration")},
      {"Any", based(Type::Base::kAny, "Any")},
      {"any", based(Type::Base::kAny, "Any")},
      {"Null", based(Type::Base::kNull, "Null")},
      {"list", based(Type::Base::kList, "list")},
      {"context", based(Type::Base::kContext, "context")},
      {"range", based(Type::Base::kRange, "range")},
      {"function", based(Type::Base::kFunction, "function")},
  };
  for (const auto& [known, type] : kTypes) {
    if (known == name) return type;
  }
  return nullptr;
}

TypePtr list_of(TypePtr element) {
  auto type = std::make_shared<Type>();
  type->base = Type::Base::kList;
  type->name = "list<" + (element ? element->name : "Any") + ">";
  type->element = std::move(element);
  return type;
}

bool instance_of(const Value& value, const Type& type, Machine& machine) {
  if (type.base == Type::Base::kAny) return !value.null();
  return shape_fits(value, type, machine, false, false);
}

Value coerced(Value value, const Type* type, Machine& machine, std::uint32_t at) {
  if (type == nullptr || (type->base == Type::Base::kAny && type->constraint == nullptr) || value.null()) return value;
  if (type->base == Type::Base::kSimple && value.kind() == type->kind && type->constraint == nullptr) return value;
  if (fully_fits(value, *type, machine)) return value;
  Value other = adapted(value, *type, machine, 0);
  if (fully_fits(other, *type, machine)) return other;
  return machine.fault(
      at, literal(value).substr(0, 200) + " is not a " + (type->name.empty() ? "value of its type" : type->name));
}

}  // namespace tsunagu::platform::feel
