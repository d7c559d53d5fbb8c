// Operators and the forms with words; operands are in parser_operand.cpp.
#include "platform/feel/parser.h"

#include <algorithm>

#include "platform/feel/parser_state.h"

namespace tsunagu::platform::feel {

NodePtr Parser::refuse(std::string message) {
  if (!fault_) fault_ = SyntaxFault{peek().at, std::move(message)};
  at_ = tokens_.size() - 1;
  return std::make_unique<Constant>(0, Value());
}

bool Parser::keyword(std::string_view word, std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == Token::Kind::kName && token.text == word;
}

bool Parser::take_word(std::string_view word) {
  if (!keyword(word)) return false;
  ++at_;
  return true;
}

bool Parser::sign(std::string_view text, std::size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == Token::Kind::kSign && token.text == text;
}

bool Parser::take(std::string_view text) {
  if (!sign(text)) return false;
  ++at_;
  return true;
}

bool Parser::expect(std::string_view text) {
  if (take(text)) return true;
  refuse("“" + std::string(text) + "” is missing");
  return false;
}

bool Parser::expect_word(std::string_view word) {
  if (take_word(word)) return true;
  refuse("“" + std::string(word) + "” is missing");
  return false;
}

NodePtr Parser::finished(NodePtr node, std::initializer_list<const Node*> children) {
  for (const Node* child : children) {
    if (child != nullptr) node->height = std::max(node->height, child->height + 1);
  }
  if (node->height > kMaxHeight) return refuse("the expression is nested too deeply");
  return node;
}

NodePtr Parser::expression() {
  const Deeper deeper(*this);
  if (depth_ > kMaxDepth) return refuse("the expression is nested too deeply");
  if (keyword("for")) return for_expression();
  if (keyword("if")) return if_expression();
  if ((keyword("some") || keyword("every")) && !sign("(", 1)) return quantified();
  return disjunction();
}

NodePtr Parser::if_expression() {
  auto node = std::make_unique<If>(peek().at);
  ++at_;
  node->condition = expression();
  expect_word("then");
  node->then = expression();
  expect_word("else");
  node->otherwise = expression();
  const auto children = {node->condition.get(), node->then.get(), node->otherwise.get()};
  return finished(std::move(node), {children.begin()[0], children.begin()[1], children.begin()[2]});
}

std::vector<Iterator> Parser::iterators(int& height) {
  std::vector<Iterator> out;
  do {
    const std::string name = declared_name([this] { return keyword("in"); });
    if (!expect_word("in")) break;
    Iterator iterator;
    iterator.from = expression();
    height = std::max(height, iterator.from->height);
    if (take("..")) {
      iterator.to = expression();
      height = std::max(height, iterator.to->height);
    }
    iterator.slot = names_.define(name);
    out.push_back(std::move(iterator));
    if (out.size() > 50) refuse("too many iterators");
  } while (take(","));
  return out;
}

NodePtr Parser::for_expression() {
  auto node = std::make_unique<For>(peek().at);
  ++at_;
  const auto mark = names_.mark();
  int height = 0;
  node->iterators = iterators(height);
  if (fault_) return std::make_unique<Constant>(0, Value());
  node->partial = names_.define("partial");
  expect_word("return");
  const std::size_t from = at_;
  node->result = expression();
  node->uses_partial = std::any_of(tokens_.begin() + static_cast<std::ptrdiff_t>(from),
                                   tokens_.begin() + static_cast<std::ptrdiff_t>(at_),
                                   [](const Token& token) { return token.text == "partial"; });
  names_.release(mark);
  node->height = height + 1;
  const Node* result = node->result.get();
  return finished(std::move(node), {result});
}

NodePtr Parser::quantified() {
  auto node = std::make_unique<Quantified>(peek().at);
  node->every = keyword("every");
  ++at_;
  const auto mark = names_.mark();
  int height = 0;
  node->iterators = iterators(height);
  if (fault_) return std::make_unique<Constant>(0, Value());
  expect_word("satisfies");
  node->condition = expression();
  names_.release(mark);
  node->height = height + 1;
  const Node* condition = node->condition.get();
  return finished(std::move(node), {condition});
}

NodePtr Parser::logic(bool conjunction) {
  const std::string_view word = conjunction ? "and" : "or";
  NodePtr first = conjunction ? comparison() : this->conjunction();
  if (!keyword(word)) return first;
  auto node = std::make_unique<Logic>(peek().at);
  node->conjunction = conjunction;
  int height = first->height;
  node->operands.push_back(std::move(first));
  while (take_word(word)) {
    node->operands.push_back(conjunction ? comparison() : this->conjunction());
    height = std::max(height, node->operands.back()->height);
  }
  node->height = height + 1;
  return finished(std::move(node), {});
}

NodePtr Parser::disjunction() {
  return logic(false);
}
NodePtr Parser::conjunction() {
  return logic(true);
}

std::optional<Operator> Parser::comparison_sign(std::size_t ahead) const {
  if (sign("=", ahead)) return Operator::kEqual;
  if (sign("!=", ahead)) return Operator::kUnequal;
  if (sign("<", ahead)) return Operator::kLess;
  if (sign("<=", ahead)) return Operator::kAtMost;
  if (sign(">", ahead)) return Operator::kGreater;
  if (sign(">=", ahead)) return Operator::kAtLeast;
  return std::nullopt;
}

NodePtr Parser::comparison() {
  NodePtr left = sum();
  for (;;) {
    const std::uint32_t at = peek().at;
    if (const auto op = comparison_sign()) {
      ++at_;
      left = binary(*op, at, std::move(left), sum());
    } else if (take_word("between")) {
      auto node = std::make_unique<Between>(at);
      node->operand = std::move(left);
      node->low = sum();
      expect_word("and");
      node->high = sum();
      const Node *a = node->operand.get(), *b = node->low.get(), *c = node->high.get();
      left = finished(std::move(node), {a, b, c});
    } else if (take_word("in")) {
      left = in(at, std::move(left));
    } else {
      return left;
    }
  }
}

NodePtr Parser::in(std::uint32_t at, NodePtr operand) {
  auto node = std::make_unique<In>(at);
  int height = operand->height;
  node->operand = std::move(operand);
  const std::uint32_t open = peek().at;
  if (take("(")) {
    NodePtr first = expression();
    if (sign("..")) {
      node->tests.push_back(interval(open, false, std::move(first)));
    } else {
      node->tests.push_back(std::move(first));
      while (take(",")) node->tests.push_back(expression());
      expect(")");
    }
  } else {
    node->tests.push_back(sum());
  }
  for (const NodePtr& test : node->tests) height = std::max(height, test->height);
  node->height = height + 1;
  return finished(std::move(node), {});
}

NodePtr Parser::binary(Operator op, std::uint32_t at, NodePtr left, NodePtr right) {
  auto node = std::make_unique<Binary>(at);
  node->op = op;
  node->left = std::move(left);
  node->right = std::move(right);
  const Node *a = node->left.get(), *b = node->right.get();
  return finished(std::move(node), {a, b});
}

NodePtr Parser::sum() {
  NodePtr left = product();
  for (;;) {
    const std::uint32_t at = peek().at;
    if (take("+")) {
      left = binary(Operator::kAdd, at, std::move(left), product());
    } else if (take("-")) {
      left = binary(Operator::kSubtract, at, std::move(left), product());
    } else {
      return left;
    }
  }
}

NodePtr Parser::product() {
  NodePtr left = power();
  for (;;) {
    const std::uint32_t at = peek().at;
    if (take("*")) {
      left = binary(Operator::kMultiply, at, std::move(left), power());
    } else if (take("/")) {
      left = binary(Operator::kDivide, at, std::move(left), power());
    } else {
      return left;
    }
  }
}

NodePtr Parser::power() {
  NodePtr left = negation();
  while (sign("**")) {
    const std::uint32_t at = peek().at;
    ++at_;
    left = binary(Operator::kPower, at, std::move(left), negation());
  }
  return left;
}

NodePtr Parser::negation() {
  const std::uint32_t at = peek().at;
  if (!take("-")) return instance();
  const Deeper deeper(*this);
  if (depth_ > kMaxDepth) return refuse("the expression is nested too deeply");
  NodePtr operand = negation();
  if (const auto* constant = dynamic_cast<const Constant*>(operand.get());
      constant != nullptr && constant->value.number() != nullptr) {
    return std::make_unique<Constant>(at, Value(-*constant->value.number()));
  }
  auto node = std::make_unique<Negation>(at);
  node->operand = std::move(operand);
  const Node* child = node->operand.get();
  return finished(std::move(node), {child});
}

NodePtr Parser::instance() {
  NodePtr operand = postfix();
  while (keyword("instance") && keyword("of", 1)) {
    auto node = std::make_unique<InstanceOf>(peek().at);
    at_ += 2;
    node->type = type();
    node->operand = std::move(operand);
    if (fault_) return std::make_unique<Constant>(0, Value());
    const Node* child = node->operand.get();
    operand = finished(std::move(node), {child});
  }
  return operand;
}

Parsed<NodePtr> Parser::whole() {
  if (!fault_ && peek().kind == Token::Kind::kEnd) refuse("there is no expression");
  NodePtr node = expression();
  return checked(std::move(node));
}

Parsed<NodePtr> Parser::checked(NodePtr node) {
  if (!fault_ && peek().kind != Token::Kind::kEnd) refuse("“" + std::string(peek().text) + "” is not expected here");
  if (fault_) return tl::unexpected(*fault_);
  return node;
}

Parsed<NodePtr> Parser::tests(std::size_t input) {
  auto node = std::make_unique<Tests>(0);
  node->input = input;
  if (sign("-") && peek(1).kind == Token::Kind::kEnd) {
    ++at_;
    node->any = true;
    return checked(std::move(node));
  }
  if (keyword("not") && sign("(", 1)) {
    // not(…) around everything negates the tests; as part of an expression it is the function.
    std::size_t ahead = 2;
    for (int open = 1; open > 0 && peek(ahead).kind != Token::Kind::kEnd; ++ahead) {
      open += sign("(", ahead) ? 1 : sign(")", ahead) ? -1 : 0;
    }
    node->negated = peek(ahead).kind == Token::Kind::kEnd;
    if (node->negated) at_ += 2;
  }
  int height = 0;
  do {
    const std::size_t from = at_;
    NodePtr test = expression();
    const bool asks = std::any_of(
        tokens_.begin() + static_cast<std::ptrdiff_t>(from), tokens_.begin() + static_cast<std::ptrdiff_t>(at_),
        [](const Token& token) { return token.kind == Token::Kind::kName && token.text == "?"; });
    height = std::max(height, test->height);
    node->tests.push_back({std::move(test), asks});
  } while (take(","));
  if (node->negated) expect(")");
  node->height = height + 1;
  return checked(std::move(node));
}

Parsed<NodePtr> parse_expression(std::string_view source, Names& names) {
  return Parser(source, names).whole();
}

Parsed<NodePtr> parse_tests(std::string_view source, Names& names, std::size_t input) {
  return Parser(source, names).tests(input);
}

Parsed<TypePtr> parse_type(std::string_view source, Names& names) {
  return Parser(source, names).whole_type();
}

Parsed<Expression> compile(std::string_view source, std::span<const std::string> inputs) {
  Names names;
  for (const std::string& input : inputs) names.define(input);
  auto root = parse_expression(source, names);
  if (!root) return tl::unexpected(root.error());
  return Expression{std::shared_ptr<const Node>(std::move(*root)), names.slots()};
}

}  // namespace tsunagu::platform::feel
