#include "platform/dmn/table.h"

#include <algorithm>

#include "platform/feel/functions.h"

namespace tsunagu::platform::dmn {

using feel::Context;
using feel::Frame;
using feel::List;
using feel::Value;

Value TableNode::result(const Rule& rule, Frame& frame) const {
  const auto one = [&](std::size_t i) -> Value {
    const Output& output = outputs[i];
    Value value = feel::coerced(rule.outputs[i]->eval(frame), output.type.get(), frame.machine, rule.outputs[i]->at);
    if (output.allowed != nullptr && !value.null()) {
      frame.slots[output.slot] = value;
      if (!output.allowed->eval(frame).is_true()) {
        return frame.machine.fault(at, feel::literal(value).substr(0, 100) + " is not among the values of the output");
      }
    }
    return value;
  };
  if (outputs.size() == 1) return one(0);
  Context out;
  for (std::size_t i = 0; i < outputs.size(); ++i) feel::put(out, outputs[i].name, one(i));
  return out;
}

Value TableNode::otherwise(Frame& frame) const {
  const bool any =
      std::any_of(outputs.begin(), outputs.end(), [](const Output& output) { return output.otherwise != nullptr; });
  if (!any) return frame.machine.fault(at, "no rule of the table holds");
  if (outputs.size() == 1) return outputs[0].otherwise->eval(frame);
  Context out;
  for (const Output& output : outputs) {
    feel::put(out, output.name, output.otherwise == nullptr ? Value() : output.otherwise->eval(frame));
  }
  return out;
}

void TableNode::order_by_output(List& results, Frame& frame) const {
  std::vector<List> orders;
  for (const Output& output : outputs) {
    List values;
    for (const auto& value : output.ordered) values.push_back(value->eval(frame));
    orders.push_back(std::move(values));
  }
  const auto rank = [&](const Value& result, std::size_t i) {
    const Value* value = &result;
    if (outputs.size() > 1) value = feel::find(*result.context(), outputs[i].name);
    const List& order = orders[i];
    const auto found = std::find_if(order.begin(), order.end(),
                                    [&](const Value& v) { return feel::equal(v, *value).value_or(false); });
    return found - order.begin();
  };
  std::stable_sort(results.begin(), results.end(), [&](const Value& a, const Value& b) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto x = rank(a, i), y = rank(b, i);
      if (x != y) return x < y;
    }
    return false;
  });
}

Value TableNode::aggregated(List results, Frame& frame) const {
  if (aggregation == Aggregation::kCount) {
    return feel::Decimal(static_cast<std::int64_t>(results.size()));
  }
  const char* name = aggregation == Aggregation::kSum ? "sum" : aggregation == Aggregation::kMin ? "min" : "max";
  const Value list = std::move(results);
  return feel::builtin(name).function()->call({&list, 1}, frame.machine, at);
}

Value TableNode::eval(Frame& frame) const {
  for (const Input& input : inputs) {
    Value value = feel::coerced(input.value->eval(frame), input.type.get(), frame.machine, input.value->at);
    frame.slots[input.slot] = value;
    if (input.allowed != nullptr && !value.null() && !input.allowed->eval(frame).is_true()) {
      return frame.machine.fault(at, feel::literal(value).substr(0, 100) + " is not among the values of the input");
    }
  }
  std::vector<const Rule*> hits;
  for (const Rule& rule : rules) {
    if (!frame.machine.step(at, inputs.size() + 1)) return {};
    const bool holds = std::all_of(rule.tests.begin(), rule.tests.end(), [&](const feel::NodePtr& test) {
      return test == nullptr || test->eval(frame).is_true();
    });
    if (!holds) continue;
    hits.push_back(&rule);
    if (policy == HitPolicy::kFirst) break;
  }
  if (hits.empty()) {
    if (policy == HitPolicy::kCollect && aggregation == Aggregation::kCount && outputs[0].otherwise == nullptr)
      return feel::Decimal(0);
    return otherwise(frame);
  }
  if (policy == HitPolicy::kUnique && hits.size() > 1) {
    return frame.machine.fault(at, std::to_string(hits.size()) + " rules of the table hold, but only one may");
  }
  List results;
  results.reserve(hits.size());
  for (const Rule* rule : hits) results.push_back(result(*rule, frame));
  switch (policy) {
    case HitPolicy::kUnique:
    case HitPolicy::kFirst:
      return results[0];
    case HitPolicy::kAny: {
      const bool same = std::all_of(results.begin(), results.end(),
                                    [&](const Value& value) { return feel::equal(value, results[0]).value_or(false); });
      if (!same) return frame.machine.fault(at, "rules of the table hold with different outputs");
      return results[0];
    }
    case HitPolicy::kPriority:
      order_by_output(results, frame);
      return results[0];
    case HitPolicy::kOutputOrder:
      order_by_output(results, frame);
      return results;
    case HitPolicy::kRuleOrder:
      return results;
    case HitPolicy::kCollect:
      break;
  }
  if (aggregation == Aggregation::kList) return results;
  if (outputs.size() == 1) return aggregated(std::move(results), frame);
  Context out;
  for (const Output& output : outputs) {
    List column;
    for (const Value& row : results) column.push_back(*feel::find(*row.context(), output.name));
    feel::put(out, output.name, aggregated(std::move(column), frame));
  }
  return out;
}

}  // namespace tsunagu::platform::dmn
