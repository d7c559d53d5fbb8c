#include "platform/feel/functions.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "platform/feel/names.h"

namespace tsunagu::platform::feel {
namespace {

constexpr std::string_view kMore = "…";

class BuiltinFunction final : public Function {
 public:
  explicit BuiltinFunction(std::string_view name) : name_(name) {}

  struct Shape {
    std::vector<std::string_view> parameters;
    std::size_t needed = 0;
    bool more = false;
    Value (*run)(const Arguments&) = nullptr;
  };

  void add(const Form& form) {
    Shape shape;
    std::string_view rest = form.parameters;
    while (!rest.empty()) {
      std::string_view parameter = trim(take_until(rest, ','));
      if (parameter == kMore) {
        shape.more = true;
      } else {
        shape.parameters.push_back(parameter);
      }
    }
    shape.needed = form.needed;
    shape.run = form.run;
    most_ = std::max(most_, shape.parameters.size());
    shapes_.push_back(std::move(shape));
  }

  Value call(std::span<const Value> arguments, Machine& machine, std::uint32_t at) const override {
    if (!machine.step(at)) return {};
    for (const Shape& shape : shapes_) {
      if (arguments.size() < shape.needed || (arguments.size() > shape.parameters.size() && !shape.more)) continue;
      return shape.run({arguments, machine, at});
    }
    return machine.fault(at,
                         std::string(name_) + "() does not take " + std::to_string(arguments.size()) + " arguments");
  }

  bool arrange(std::span<const std::string> names, std::span<const Value> given, List& arguments) const override {
    for (const Shape& shape : shapes_) {
      arguments.assign(shape.parameters.size(), Value());
      std::vector<bool> seen(shape.parameters.size());
      bool fits = true;
      for (std::size_t i = 0; i < names.size() && fits; ++i) {
        const auto at = std::find(shape.parameters.begin(), shape.parameters.end(), std::string_view(names[i]));
        fits = at != shape.parameters.end();
        if (!fits) break;
        const auto index = static_cast<std::size_t>(at - shape.parameters.begin());
        // One key is a string; several are called keys.
        fits = !seen[index] && !(names[i] == "key" && given[i].list() != nullptr);
        seen[index] = true;
        arguments[index] = given[i];
      }
      fits = fits && std::find(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(shape.needed), false) ==
                         seen.begin() + static_cast<std::ptrdiff_t>(shape.needed);
      if (!fits) continue;
      while (arguments.size() > shape.needed && !seen[arguments.size() - 1]) arguments.pop_back();
      return true;
    }
    return false;
  }

  std::size_t arity() const override { return most_; }
  std::string_view name() const { return name_; }

 private:
  std::string_view name_;
  std::vector<Shape> shapes_;
  std::size_t most_ = 0;
};

struct Table {
  struct Row {
    std::vector<std::string> parts;
    std::string_view name;
    Value value;
  };
  std::unordered_map<std::string, std::vector<Row>> rows;  // by the first part
  std::map<std::string_view, Value> names;

  Table() {
    std::map<std::string_view, std::shared_ptr<BuiltinFunction>> functions;
    for (const Forms forms : {string_functions(), list_functions(), number_functions(), temporal_functions(),
                              context_functions(), range_functions()}) {
      for (const Form& form : forms) {
        auto& function = functions[form.name];
        if (!function) function = std::make_shared<BuiltinFunction>(form.name);
        function->add(form);
      }
    }
    for (auto& [name, function] : functions) {
      const Value value(std::static_pointer_cast<const Function>(function));
      auto parts = parts_of(name);
      auto& list = rows[parts[0]];
      list.push_back({std::move(parts), name, value});
      names.emplace(name, value);
    }
  }
};
const Table& table() {
  static const Table kTable;
  return kTable;
}

}  // namespace

Builtin find_builtin(std::span<const Token> tokens) {
  Builtin out;
  const auto at = table().rows.find(std::string(tokens.front().text));
  if (at == table().rows.end()) return out;
  for (const auto& row : at->second) {
    const std::size_t count = spelled(tokens, row.parts);
    if (count > out.tokens) out = {count, row.value, row.name};
  }
  return out;
}

Value builtin(std::string_view name) {
  const auto at = table().names.find(name);
  return at == table().names.end() ? Value() : at->second;
}

}  // namespace tsunagu::platform::feel
