// The parser itself, for its two files only.
#pragma once
#include <functional>

#include "platform/feel/parser.h"

namespace tsunagu::platform::feel {

class Parser {
 public:
  Parser(std::string_view source, Names& names);
  Parsed<NodePtr> whole();
  Parsed<NodePtr> tests(std::size_t input);
  Parsed<TypePtr> whole_type();

 private:
  struct Deeper {
    explicit Deeper(Parser& parser) : parser_(parser) { ++parser_.depth_; }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;
    Parser& parser_;
  };

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  std::span<const Token> rest() const { return std::span(tokens_).subspan(std::min(at_, tokens_.size() - 1)); }
  bool keyword(std::string_view word, std::size_t ahead = 0) const;
  bool take_word(std::string_view word);
  bool sign(std::string_view text, std::size_t ahead = 0) const;
  bool take(std::string_view text);
  bool expect(std::string_view text);
  bool expect_word(std::string_view word);
  /// Notes the fault and goes to the end, so that everything returns.
  NodePtr refuse(std::string message);
  NodePtr finished(NodePtr node, std::initializer_list<const Node*> children);
  Parsed<NodePtr> checked(NodePtr node);

  NodePtr expression();
  NodePtr if_expression();
  NodePtr for_expression();
  NodePtr quantified();
  std::vector<Iterator> iterators(int& height);
  NodePtr disjunction();
  NodePtr conjunction();
  NodePtr logic(bool conjunction);
  std::optional<Operator> comparison_sign(std::size_t ahead = 0) const;
  NodePtr comparison();
  NodePtr in(std::uint32_t at, NodePtr operand);
  NodePtr binary(Operator op, std::uint32_t at, NodePtr left, NodePtr right);
  NodePtr sum();
  NodePtr product();
  NodePtr power();
  NodePtr negation();
  NodePtr instance();

  // parser_operand.cpp
  NodePtr postfix();
  NodePtr operand();
  NodePtr name();
  NodePtr parenthesis();
  NodePtr bracket();
  NodePtr context();
  NodePtr lambda();
  NodePtr call(NodePtr function);
  NodePtr filter(NodePtr list);
  NodePtr path(NodePtr operand);
  /// Behind the lower end, at "..".
  NodePtr interval(std::uint32_t at, bool low_closed, NodePtr low);
  NodePtr folded(NodePtr call);
  std::string declared_name(const std::function<bool()>& ends);
  std::string words();
  bool argument_name(std::string& name);
  TypePtr type();

  std::string fault_text_;
  std::uint32_t fault_at_ = 0;
  std::vector<Token> tokens_;
  Names& names_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool at_interval_end_ = false;     // a [ here ends an interval and begins no filter
  std::optional<std::size_t> self_;  // the slot of the context entry that is being read
  std::optional<SyntaxFault> fault_;
};

}  // namespace tsunagu::platform::feel
