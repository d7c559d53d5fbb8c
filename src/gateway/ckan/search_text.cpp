#include "gateway/ckan/search_text.h"

namespace tsunagu::gateway::opendata {
namespace {

constexpr std::size_t kMaxValues = 1000;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<SearchClause>> run() {
    while (skip_space(), at_ < text_.size()) {
      if (take_word("AND")) continue;
      if (take_word("OR")) return bad("OR between clauses is not supported: write field:(a OR b)");
      if (auto done = clause(); !done) return tl::unexpected(done.error());
      if (values_ > kMaxValues) return bad("more than 1,000 values");
    }
    return std::move(clauses_);
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    const std::size_t end = at_ + word.size();
    if (end < text_.size() && text_[end] != ' ') return false;
    at_ = end;
    return true;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<void> clause() {
    SearchClause made;
    if (take('-')) {
      made.negative = true;
    } else {
      static_cast<void>(take('+') || take_word("NOT"));
    }
    skip_space();
    // A field's name is letters, digits and _ before a colon.
    std::size_t end = at_;
    const auto in_name = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '*';
    };
    while (end < text_.size() && in_name(text_[end])) ++end;
    if (end > at_ && end < text_.size() && text_[end] == ':') {
      made.field = text_.substr(at_, end - at_);
      at_ = end + 1;
    }
    skip_space();
    if (take('(')) {
      for (skip_space(); !take(')'); skip_space()) {
        if (at_ >= text_.size()) return bad("a bracket is not closed");
        if (take_word("OR")) continue;
        if (take_word("AND")) {
          // All of them: a clause of its own for each.
          if (!made.values.empty()) clauses_.push_back(made);
          made.values.clear();
          continue;
        }
        made.values.push_back(value(" )\t\n"));
        if (++values_ > kMaxValues) return bad("more than 1,000 values");
      }
    } else if (take('[')) {
      const std::size_t close = text_.find(']', at_);
      const std::string_view inside = text_.substr(at_, close == std::string_view::npos ? close : close - at_);
      const std::size_t to = inside.find(" TO ");
      if (close == std::string_view::npos || to == std::string_view::npos) {
        return bad("a range is written [from TO to]");
      }
      made.range = true;
      made.from = inside.substr(0, to);
      made.to = inside.substr(to + 4);
      at_ = close + 1;
    } else {
      made.values.push_back(value(" \t\n"));
      ++values_;
    }
    const bool everything =
        made.field == "*" || (made.field.empty() && made.values.size() == 1 && made.values[0] == "*");
    if (!everything && (made.range || !made.values.empty())) clauses_.push_back(std::move(made));
    return {};
  }

  std::string value(std::string_view ends) {
    std::string out;
    if (take('"')) {
      while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
        out += text_[at_++];
      }
      static_cast<void>(take('"'));
      return out;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_++];
    }
    if (at_ == begin && at_ < text_.size()) ++at_;  // never stands still
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0, values_ = 0;
  std::vector<SearchClause> clauses_;
};

}  // namespace

Result<std::vector<SearchClause>> parse_search(std::string_view text) {
  return Parser(text).run();
}

}  // namespace tsunagu::gateway::opendata
