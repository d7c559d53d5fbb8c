// Decision tables (DMN 1.5 clause 8): every hit policy, aggregation, defaults, order by output values.
#pragma once
#include "platform/feel/node.h"

namespace tsunagu::platform::dmn {

enum class HitPolicy : unsigned char { kUnique, kAny, kPriority, kFirst, kCollect, kRuleOrder, kOutputOrder };
enum class Aggregation : unsigned char { kList, kSum, kMin, kMax, kCount };

struct TableNode final : feel::Node {
  using Node::Node;
  feel::Value eval(feel::Frame& frame) const override;

  struct Input {
    feel::NodePtr value;
    feel::NodePtr allowed;  ///< tests; nullptr: everything
    feel::TypePtr type;
    std::size_t slot = 0;  ///< of the value, for `?`
  };
  struct Output {
    std::string name;
    feel::Nodes ordered;      ///< the output values, most important first
    feel::NodePtr otherwise;  ///< when no rule holds
    feel::NodePtr allowed;    ///< tests on the value
    std::size_t slot = 0;     ///< of the value, for `allowed`
    feel::TypePtr type;
  };
  struct Rule {
    feel::Nodes tests;  ///< nullptr: anything will do
    feel::Nodes outputs;
  };
  std::vector<Input> inputs;
  std::vector<Output> outputs;
  std::vector<Rule> rules;
  HitPolicy policy = HitPolicy::kUnique;
  Aggregation aggregation = Aggregation::kList;

 private:
  feel::Value result(const Rule& rule, feel::Frame& frame) const;
  feel::Value otherwise(feel::Frame& frame) const;
  feel::Value aggregated(feel::List results, feel::Frame& frame) const;
  void order_by_output(feel::List& results, feel::Frame& frame) const;
};

}  // namespace tsunagu::platform::dmn
