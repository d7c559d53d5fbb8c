// Literals, names, lists, contexts, functions, paths, filters, calls and types.
#include <algorithm>
#include <array>

#include "platform/feel/functions.h"
#include "platform/feel/parser_state.h"

namespace tsunagu::platform::feel {
namespace {

constexpr std::array<std::string_view, 14> kReserved = {"and",  "or",     "in",        "between",  "then",
                                                        "else", "return", "satisfies", "instance", "if",
                                                        "for",  "some",   "every",     "function"};

bool reserved(std::string_view word) {
  return std::find(kReserved.begin(), kReserved.end(), word) != kReserved.end();
}

Value at_literal(const std::string& text) {
  Value out = parse_date(text);
  if (out.null()) out = parse_time(text);
  if (out.null()) out = parse_date_time(text);
  if (out.null()) out = parse_months(text);
  if (out.null()) out = parse_duration(text);
  return out;
}

}  // namespace

Parser::Parser(std::string_view source, Names& names)
    : tokens_(tokens_of(source, fault_text_, fault_at_)), names_(names) {
  if (fault_text_.empty()) return;
  fault_ = SyntaxFault{fault_at_, fault_text_};
  at_ = tokens_.size() - 1;
}

/// The name that is given to something, with any characters in it, up to where `ends` holds.
std::string Parser::declared_name(const std::function<bool()>& ends) {
  std::string out;
  std::size_t end = 0;
  for (int count = 0; peek().kind != Token::Kind::kEnd && !ends() && count < 100; ++count) {
    const Token& token = peek();
    if (!out.empty() && token.at != end) out += ' ';
    out += token.kind == Token::Kind::kString ? token.content : std::string(token.text);
    end = token.at + token.text.size();
    ++at_;
  }
  if (end == 0) refuse("a name is missing");
  return out;
}

/// Plain words behind each other, up to something that is none.
std::string Parser::words() {
  std::string out;
  while (peek().kind == Token::Kind::kName && (out.empty() || !reserved(peek().text))) {
    if (!out.empty()) out += ' ';
    out += peek().text;
    ++at_;
  }
  return out;
}

NodePtr Parser::postfix() {
  NodePtr node = operand();
  for (;;) {
    if (sign("(")) {
      node = call(std::move(node));
    } else if (sign("[") && !at_interval_end_) {
      node = filter(std::move(node));
    } else if (sign(".")) {
      node = path(std::move(node));
    } else {
      return node;
    }
  }
}

NodePtr Parser::operand() {
  const Token& token = peek();
  const std::uint32_t at = token.at;
  switch (token.kind) {
    case Token::Kind::kNumber: {
      const auto number = Decimal::parse(token.text);
      if (!number) return refuse("this number is too large");
      ++at_;
      return std::make_unique<Constant>(at, Value(*number));
    }
    case Token::Kind::kString: {
      ++at_;
      return std::make_unique<Constant>(at, Value(token.content));
    }
    case Token::Kind::kName:
      return name();
    case Token::Kind::kSign:
      break;
    case Token::Kind::kEnd:
      return refuse("the expression ends too early");
  }
  if (const auto op = comparison_sign()) {
    ++at_;
    auto node = std::make_unique<OpenRange>(at);
    node->op = *op;
    const Deeper deeper(*this);
    if (depth_ > kMaxDepth) return refuse("the expression is nested too deeply");
    node->end = sum();
    const Node* end = node->end.get();
    return finished(std::move(node), {end});
  }
  if (sign("(")) return parenthesis();
  if (sign("[") || sign("]")) return bracket();
  if (sign("{")) return context();
  if (take("@")) {
    if (peek().kind != Token::Kind::kString) return refuse("a text in quotes is missing behind @");
    const std::string& text = peek().content;
    ++at_;
    return std::make_unique<Constant>(at, at_literal(text));
  }
  return refuse("“" + std::string(token.text) + "” is not expected here");
}

NodePtr Parser::name() {
  const std::uint32_t at = peek().at;
  const std::string_view first = peek().text;
  Names::Found found = names_.resolve(rest());
  if (found.tokens == 0 || (found.tokens == 1 && !found.slot)) {
    const auto constant = [&](Value value) {
      ++at_;
      return std::make_unique<Constant>(at, std::move(value));
    };
    if (first == "null") return constant(Value());
    if (first == "true") return constant(Value(true));
    if (first == "false") return constant(Value(false));
    if (first == "function" && sign("(", 1)) return lambda();
    if (first == "for" || first == "if" || ((first == "some" || first == "every") && !sign("(", 1)))
      return expression();
  }
  const Builtin builtin = find_builtin(rest());
  if (builtin.tokens != 0 && builtin.tokens >= found.tokens && !found.slot &&
      (found.items.empty() || sign("(", builtin.tokens))) {
    at_ += builtin.tokens;
    return std::make_unique<Constant>(at, builtin.value);
  }
  if (builtin.tokens > found.tokens) {
    at_ += builtin.tokens;
    return std::make_unique<Constant>(at, builtin.value);
  }
  if (found.tokens == 0 && reserved(first)) return refuse("“" + std::string(first) + "” is not expected here");
  if (found.slot && found.items.empty()) {
    at_ += found.tokens;
    return std::make_unique<Slot>(at, *found.slot);
  }
  auto node = std::make_unique<ItemName>(at);
  if (found.tokens != 0) {
    at_ += found.tokens;
    node->name = found.name;
    if (found.slot) node->outside = std::make_unique<Slot>(at, *found.slot);
  } else {
    const std::vector<std::size_t> filters = names_.filters();
    found.items = filters;
    node->name = words();
  }
  node->items = std::move(found.items);
  return node;
}

NodePtr Parser::interval(std::uint32_t at, bool low_closed, NodePtr low) {
  auto node = std::make_unique<Interval>(at);
  node->low_closed = low_closed;
  node->low = std::move(low);
  expect("..");
  const bool before = std::exchange(at_interval_end_, true);
  node->high = sum();
  at_interval_end_ = before;
  if (take("]")) {
    node->high_closed = true;
  } else if (!take(")") && !take("[")) {
    return refuse("the end of the range is missing");
  }
  const Node *a = node->low.get(), *b = node->high.get();
  return finished(std::move(node), {a, b});
}

NodePtr Parser::parenthesis() {
  const std::uint32_t at = peek().at;
  ++at_;
  const bool before = std::exchange(at_interval_end_, false);
  NodePtr inner = expression();
  at_interval_end_ = before;
  if (sign("..")) return interval(at, false, std::move(inner));
  expect(")");
  return inner;
}

NodePtr Parser::bracket() {
  const std::uint32_t at = peek().at;
  const bool open = sign("]");
  ++at_;
  const bool before = std::exchange(at_interval_end_, false);
  auto list = std::make_unique<ListNode>(at);
  int height = 0;
  if (!open && take("]")) {
    at_interval_end_ = before;
    return list;
  }
  NodePtr first = expression();
  at_interval_end_ = before;
  if (open || sign("..")) return interval(at, !open, std::move(first));
  at_interval_end_ = false;
  height = first->height;
  list->items.push_back(std::move(first));
  while (take(",")) {
    list->items.push_back(expression());
    height = std::max(height, list->items.back()->height);
  }
  at_interval_end_ = before;
  expect("]");
  list->height = height + 1;
  return finished(std::move(list), {});
}

NodePtr Parser::context() {
  auto node = std::make_unique<ContextNode>(peek().at);
  ++at_;
  const auto mark = names_.mark();
  const bool before = std::exchange(at_interval_end_, false);
  int height = 0;
  if (!sign("}")) {
    do {
      ContextNode::Entry entry;
      entry.name = declared_name([this] { return sign(":") || sign(",") || sign("}"); });
      if (!expect(":")) break;
      const bool twice =
          std::any_of(node->entries.begin(), node->entries.end(), [&](const auto& e) { return e.name == entry.name; });
      const auto outer_self = std::exchange(self_, names_.next());
      const bool function = keyword("function") && sign("(", 1);
      if (function) {
        entry.slot = names_.define(entry.name);
        entry.value = expression();
      } else {
        self_.reset();
        entry.value = expression();
        entry.slot = names_.define(entry.name);
      }
      self_ = outer_self;
      if (twice) node->twice = true;
      height = std::max(height, entry.value->height);
      node->entries.push_back(std::move(entry));
    } while (take(","));
  }
  expect("}");
  at_interval_end_ = before;
  names_.release(mark);
  node->height = height + 1;
  return finished(std::move(node), {});
}

NodePtr Parser::lambda() {
  auto node = std::make_unique<Lambda>(peek().at);
  const auto mark = names_.mark();
  auto shape = std::make_shared<LambdaShape>();
  shape->self = std::exchange(self_, std::nullopt);
  at_ += 2;
  shape->first = names_.next();
  if (!sign(")")) {
    do {
      const std::string name = declared_name([this] { return sign(":") || sign(",") || sign(")"); });
      shape->types.push_back(take(":") ? type() : nullptr);
      shape->names.push_back(name);
      names_.define(name);
    } while (take(","));
  }
  expect(")");
  if (take(":")) shape->result_type = type();
  const bool before = std::exchange(at_interval_end_, false);
  if (take_word("external")) {
    expression();
  } else {
    NodePtr body = expression();
    node->height = body->height + 1;
    shape->body = std::shared_ptr<const Node>(std::move(body));
  }
  at_interval_end_ = before;
  shape->slots = names_.slots();
  names_.release(mark);
  node->shape = std::move(shape);
  return finished(std::move(node), {});
}

/// `name:` in front of an argument.
bool Parser::argument_name(std::string& name) {
  std::size_t ahead = 0;
  while (peek(ahead).kind == Token::Kind::kName || peek(ahead).kind == Token::Kind::kNumber || sign("-", ahead) ||
         sign("'", ahead) || sign("+", ahead) || sign("*", ahead) || sign("/", ahead) || sign(".", ahead)) {
    ++ahead;
  }
  if (ahead == 0 || !sign(":", ahead) || peek().kind != Token::Kind::kName) return false;
  name = declared_name([this] { return sign(":"); });
  ++at_;
  return true;
}

NodePtr Parser::call(NodePtr function) {
  auto node = std::make_unique<Call>(peek().at);
  node->at = function->at;
  ++at_;
  const bool before = std::exchange(at_interval_end_, false);
  int height = function->height;
  node->function = std::move(function);
  if (!sign(")")) {
    do {
      std::string name;
      if (argument_name(name)) {
        node->names.push_back(std::move(name));
      } else if (!node->names.empty()) {
        return refuse("either all arguments have names or none");
      }
      node->arguments.push_back(expression());
      height = std::max(height, node->arguments.back()->height);
      if (!node->names.empty() && node->names.size() != node->arguments.size()) {
        return refuse("either all arguments have names or none");
      }
    } while (take(","));
  }
  expect(")");
  at_interval_end_ = before;
  node->height = height + 1;
  return folded(finished(std::move(node), {}));
}

/// date("2026-01-01") is computed once, here.
NodePtr Parser::folded(NodePtr node) {
  const auto* call = dynamic_cast<const Call*>(node.get());
  if (call == nullptr || call->arguments.size() != 1 || !call->names.empty()) return node;
  const auto* function = dynamic_cast<const Constant*>(call->function.get());
  const auto* argument = dynamic_cast<const Constant*>(call->arguments[0].get());
  if (function == nullptr || argument == nullptr || argument->value.string() == nullptr) return node;
  for (const std::string_view name : {"date", "time", "date and time", "duration"}) {
    if (builtin(name).function() != function->value.function()) continue;
    Machine machine;
    Value value = function->value.function()->call({&argument->value, 1}, machine, node->at);
    if (!value.null()) return std::make_unique<Constant>(node->at, std::move(value));
  }
  return node;
}

NodePtr Parser::filter(NodePtr list) {
  auto node = std::make_unique<Filter>(peek().at);
  ++at_;
  const auto mark = names_.mark();
  node->item = names_.define_item();
  const bool before = std::exchange(at_interval_end_, false);
  node->condition = expression();
  at_interval_end_ = before;
  names_.release(mark);
  expect("]");
  node->operand = std::move(list);
  const Node *a = node->operand.get(), *b = node->condition.get();
  return finished(std::move(node), {a, b});
}

NodePtr Parser::path(NodePtr operand) {
  auto node = std::make_unique<Path>(peek().at);
  ++at_;
  const Names::Found found = names_.entry(rest());
  const std::size_t from = at_;
  node->name = words();
  if (found.tokens > at_ - from ||
      (found.tokens != 0 && found.tokens < at_ - from && found.tokens > 0 && node->name.empty())) {
    at_ = from + found.tokens;
    node->name = found.name;
  } else if (found.tokens == at_ - from && found.tokens != 0) {
    node->name = found.name;
  }
  if (node->name.empty()) return refuse("a name is missing behind the point");
  node->operand = std::move(operand);
  const Node* child = node->operand.get();
  return finished(std::move(node), {child});
}

TypePtr Parser::type() {
  const Deeper deeper(*this);
  if (depth_ > kMaxDepth) {
    refuse("the type is nested too deeply");
    return nullptr;
  }
  const auto angle = [&](std::string_view word) {
    if (!keyword(word) || !sign("<", 1)) return false;
    at_ += 2;
    return true;
  };
  auto out = std::make_shared<Type>();
  if (angle("list") || angle("range")) {
    out->base = tokens_[at_ - 2].text == "list" ? Type::Base::kList : Type::Base::kRange;
    out->name = tokens_[at_ - 2].text;
    out->element = type();
    expect(">");
    return out;
  }
  if (angle("context")) {
    out->base = Type::Base::kContext;
    out->name = "context";
    if (!sign(">")) {
      do {
        std::string name = declared_name([this] { return sign(":"); });
        expect(":");
        names_.know(name);
        out->members.emplace_back(std::move(name), type());
      } while (take(","));
    }
    expect(">");
    return out;
  }
  if (angle("function")) {
    out->base = Type::Base::kFunction;
    out->name = "function";
    if (!sign(">")) {
      do out->members.emplace_back("", type());
      while (take(","));
    }
    expect(">");
    expect("->");
    out->element = type();
    return out;
  }
  if (const Names::Found found = names_.type_name(rest()); found.tokens != 0) {
    at_ += found.tokens;
    return names_.type(found.name);
  }
  for (const std::string_view name : {"years and months duration", "days and time duration", "date and time"}) {
    if (const std::size_t count = spelled(rest(), parts_of(name)); count != 0) {
      at_ += count;
      return simple_type(name);
    }
  }
  if (peek().kind == Token::Kind::kName) {
    if (TypePtr known = simple_type(peek().text)) {
      ++at_;
      return known;
    }
  }
  refuse("there is no type “" + std::string(peek().text) + "”");
  return nullptr;
}

Parsed<TypePtr> Parser::whole_type() {
  TypePtr out = type();
  if (!fault_ && peek().kind != Token::Kind::kEnd) refuse("the type goes on");
  if (fault_) return tl::unexpected(*fault_);
  return out;
}

}  // namespace tsunagu::platform::feel
