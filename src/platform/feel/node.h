// Compiled expressions: a tree of nodes, names resolved to slots of a frame. Immutable once built, so any number of
// threads may evaluate the same tree.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/feel/machine.h"
#include "platform/feel/type.h"
#include "platform/feel/value.h"

namespace tsunagu::platform::feel {

struct Frame {
  Value* slots;
  std::size_t size;
  Machine& machine;
};

struct Node {
  explicit Node(std::uint32_t position) : at(position) {}
  virtual ~Node() = default;
  virtual Value eval(Frame& frame) const = 0;
  std::uint32_t at;  ///< byte of the source
  int height = 1;    ///< nodes below each other, at most
};
using NodePtr = std::unique_ptr<Node>;
using Nodes = std::vector<NodePtr>;

/// A tree with the frame that it needs.
struct Expression {
  std::shared_ptr<const Node> root;
  std::size_t slots = 0;  ///< inputs first, in the order in which they were named

  /// `inputs` fill the first slots.
  Value eval(std::span<const Value> inputs, Machine& machine) const;
};

struct Constant final : Node {
  Constant(std::uint32_t position, Value held) : Node(position), value(std::move(held)) {}
  Value eval(Frame&) const override { return value; }
  Value value;
};
struct Slot final : Node {
  Slot(std::uint32_t position, std::size_t number) : Node(position), index(number) {}
  Value eval(Frame& frame) const override { return frame.slots[index]; }
  std::size_t index;
};
/// A name inside of a filter: an entry of the items in turn, innermost first, else what it means outside.
struct ItemName final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  std::string name;
  std::vector<std::size_t> items;
  NodePtr outside;  ///< may be nullptr
};
enum class Operator : unsigned char {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kPower,
  kEqual,
  kUnequal,
  kLess,
  kAtMost,
  kGreater,
  kAtLeast
};

struct Binary final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  Operator op = Operator::kAdd;
  NodePtr left, right;
};
struct Negation final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr operand;
};
struct Logic final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  bool conjunction = false;
  Nodes operands;
};
struct Between final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr operand, low, high;
};
struct In final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr operand;
  Nodes tests;
};
/// `< 10` as a value.
struct OpenRange final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  Operator op = Operator::kLess;
  NodePtr end;
};
struct Interval final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr low, high;
  bool low_closed = false, high_closed = false;
};
struct If final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr condition, then, otherwise;
  bool boxed = false;  ///< what is not boolean is null
};
struct Iterator {
  std::size_t slot = 0;
  NodePtr from, to;  ///< `to`: from .. to
};
struct For final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  std::vector<Iterator> iterators;
  std::size_t partial = 0;
  bool uses_partial = false;
  NodePtr result;
};
struct Quantified final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  bool every = false, boxed = false;
  std::vector<Iterator> iterators;
  NodePtr condition;
};
struct InstanceOf final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr operand;
  TypePtr type;
};
struct Path final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr operand;
  std::string name;
};
struct Filter final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr operand, condition;
  std::size_t item = 0;
};
struct Call final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr function;
  Nodes arguments;
  std::vector<std::string> names;  ///< empty: by position
};
/// What a function is; values made from it keep it alive.
struct LambdaShape {
  std::vector<std::string> names;
  std::vector<TypePtr> types;  ///< nullptr: anything
  TypePtr result_type;
  std::size_t first = 0, slots = 0;  ///< of the parameters; of the whole frame
  std::optional<std::size_t> self;   ///< where the function finds itself
  std::shared_ptr<const Node> body;
};
struct Lambda final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  std::shared_ptr<LambdaShape> shape;
};
struct ContextNode final : Node {
  using Node::Node;
  struct Entry {
    std::string name;
    std::size_t slot = 0;
    NodePtr value;
    TypePtr type;
  };
  Value eval(Frame& frame) const override;
  std::vector<Entry> entries;
  bool twice = false;  ///< two entries have the same name: the whole is null
  NodePtr result;      ///< of a boxed context: what it gives instead of itself
};
struct ListNode final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  Nodes items;
};
struct Coerced final : Node {
  using Node::Node;
  Value eval(Frame& frame) const override;
  NodePtr operand;
  TypePtr type;
};
/// Unary tests on the value in slot `input`: true, false; null when nothing can be said.
struct Tests final : Node {
  using Node::Node;
  struct Test {
    NodePtr node;
    bool asks_itself = false;  ///< holds `?`: true means satisfied
  };
  Value eval(Frame& frame) const override;
  std::size_t input = 0;
  bool any = false, negated = false;
  std::vector<Test> tests;
};

/// One unary test against a value, as `in` does it; empty when nothing can be said.
std::optional<bool> satisfies(const Value& value, const Value& test);
Value arithmetic(Operator op, const Value& a, const Value& b, Machine& machine, std::uint32_t at);
Value property(const Value& value, std::string_view name, Machine& machine, std::uint32_t at, int depth = 0);
/// All items of a range of whole numbers or dates; false when it cannot be iterated or is too long.
bool expand(const Value& from, const Value& to, bool from_in, bool to_in, List& out, Machine& machine,
            std::uint32_t at);

}  // namespace tsunagu::platform::feel
