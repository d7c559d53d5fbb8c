#include <algorithm>
#include <array>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/query.h"
#include "ngsi/query_path.h"
#include "ngsi/query_value.h"

namespace tsunagu::ngsi {

namespace {

struct OperatorName {
  std::string_view text;
  Comparator op;
};
constexpr std::array kOperators{
    OperatorName{"!~=", Comparator::kNotMatch},    OperatorName{"~=", Comparator::kMatch},
    OperatorName{"==", Comparator::kEqual},        OperatorName{"!=", Comparator::kNotEqual},
    OperatorName{">=", Comparator::kGreaterEqual}, OperatorName{"<=", Comparator::kLessEqual},
    OperatorName{">", Comparator::kGreater},       OperatorName{"<", Comparator::kLess},
};

bool orders(Comparator op) {
  return op == Comparator::kGreater || op == Comparator::kGreaterEqual || op == Comparator::kLess ||
         op == Comparator::kLessEqual;
}

bool comparable(const QueryValue& value) {
  return value.type != QueryValue::Type::kBool && value.type != QueryValue::Type::kUri;
}

class QueryReader {
 public:
  QueryReader(std::string_view text, Names names, const QueryOptions& options, const QueryLimits& limits)
      : cursor_("q", text), names_(names), options_(options), limits_(limits) {}

  Result<QueryExpr> read() {
    QueryExpr out;
    if (any_of(out, 0) && !cursor_.at_end()) cursor_.fail("expected ';', '|' or the end here");
    if (cursor_.failed()) return cursor_.error();
    return out;
  }

 private:
  bool any_of(QueryExpr& out, int depth) {
    out.kind = QueryExpr::Kind::kOr;
    do {
      if (!all_of(out.children.emplace_back(), depth)) return false;
    } while (cursor_.take("|"));
    unwrap_single(out);
    return true;
  }

  bool all_of(QueryExpr& out, int depth) {
    out.kind = QueryExpr::Kind::kAnd;
    do {
      if (!primary(out.children.emplace_back(), depth)) return false;
    } while (cursor_.take(";"));
    unwrap_single(out);
    return true;
  }

  static void unwrap_single(QueryExpr& out) {
    if (out.children.size() != 1) return;
    QueryExpr only = std::move(out.children.front());
    out = std::move(only);
  }

  bool primary(QueryExpr& out, int depth) {
    cursor_.skip_space();
    if (!cursor_.take("(")) return term(out);
    if (depth >= limits_.max_depth) return cursor_.too_complex("too many nested parentheses");
    if (!any_of(out, depth + 1)) return false;
    if (!cursor_.take(")")) return cursor_.fail("expected ')', ';' or '|'");
    cursor_.skip_space();
    return true;
  }

  bool count_term() { return ++terms_ <= limits_.max_terms || cursor_.too_complex("too many comparisons"); }

  bool term(QueryExpr& out) {
    if (!count_term()) return false;
    if (!read_path(cursor_, names_, limits_.max_depth, out.path)) return false;
    out.kind = QueryExpr::Kind::kExists;
    const auto* found = std::find_if(kOperators.begin(), kOperators.end(),
                                     [&](const OperatorName& row) { return cursor_.looking_at(row.text); });
    if (found == kOperators.end()) return no_operator();
    const std::size_t at = cursor_.position();
    cursor_.take(found->text);
    cursor_.skip_space();
    out.kind = QueryExpr::Kind::kCompare;
    out.op = found->op;
    if (out.op == Comparator::kMatch || out.op == Comparator::kNotMatch) return pattern(out);
    return values(out, at);
  }

  bool no_operator() {
    const char c = cursor_.peek();
    if (c == '=' || c == '!' || c == '~') return cursor_.fail("unknown operator; there are == != > >= < <= ~= !~=");
    return true;
  }

  bool pattern(QueryExpr& out) {
    const std::size_t at = cursor_.position();
    std::string text;
    if (!read_pattern(cursor_, text) || !compile_pattern(cursor_, at, text, out.pattern)) return false;
    QueryValue& value = out.values.emplace_back();
    value.text = std::move(text);
    append_json_string(value.json, value.text);
    cursor_.skip_space();
    return true;
  }

  /// The context by which values of the attribute at the end of `path` are expanded, if they are.
  const Context* vocabulary(const AttrPath& path) const {
    const AttrPath* last = &path;
    while (last->linked) last = last->linked.get();
    if (last->of_entity) return last->member == Member::kType ? &names_.context() : nullptr;
    if (last->member != Member::kNone) return nullptr;
    const auto& listed = options_.expand_values;
    const TermId name = last->subs.empty() ? last->name : last->subs.back();
    // A name that nobody uses is not in any list, yet may have been given in expandValues.
    const bool expand =
        name == kNoTerm ? !listed.empty() : std::find(listed.begin(), listed.end(), name) != listed.end();
    return expand ? &names_.context() : nullptr;
  }

  bool value(const Context* expand_by, QueryValue& out) {
    cursor_.skip_space();
    const std::size_t start = cursor_.position();
    if (!read_value(cursor_, expand_by, out)) return false;
    if (!out.expanded.empty()) {
      const auto where = trim(cursor_.text().substr(start, cursor_.position() - start));
      names_.note_value(where, json_string_text(out.expanded));
    }
    return true;
  }

  bool values(QueryExpr& out, std::size_t op_at) {
    const Context* expand_by = vocabulary(out.path);
    if (!value(expand_by, out.values.emplace_back())) return false;
    if (orders(out.op)) {
      const bool single = cursor_.peek() != ',' && !cursor_.looking_at("..");
      if (!single || !comparable(out.values.front())) {
        return cursor_.fail_at(op_at, "this operator compares with one number, text, date or time");
      }
      return true;
    }
    if (cursor_.take("..")) {
      out.range = true;
      if (!value(expand_by, out.values.emplace_back())) return false;
      if (!comparable(out.values[0]) || !comparable(out.values[1])) {
        return cursor_.fail_at(op_at, "a range goes between numbers, texts, dates or times");
      }
      if (out.values[0].type != out.values[1].type) {
        return cursor_.fail_at(op_at, "both ends of a range must be of the same type");
      }
      return true;
    }
    while (cursor_.take(",")) {
      if (!count_term() || !value(expand_by, out.values.emplace_back())) return false;
    }
    return true;
  }

  Cursor cursor_;
  Names names_;
  const QueryOptions& options_;
  const QueryLimits& limits_;
  std::size_t terms_ = 0;
};

}  // namespace

Result<QueryExpr> parse_q(std::string_view text, Names names, const QueryOptions& options, const QueryLimits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail(ErrorCode::kTooComplexQuery, "q: longer than " + std::to_string(limits.max_bytes) + " bytes");
  }
  if (!valid_utf8(text)) return bad("q: not valid UTF-8");
  return QueryReader(text, names, options, limits).read();
}

int linked_depth(const QueryExpr& q) {
  int deepest = 0;
  for (const AttrPath* path = &q.path; path->linked; path = path->linked.get()) ++deepest;
  for (const QueryExpr& child : q.children) deepest = std::max(deepest, linked_depth(child));
  return deepest;
}

bool names_attribute(const QueryExpr& q) {
  if (q.kind == QueryExpr::Kind::kCompare || q.kind == QueryExpr::Kind::kExists) return !q.path.of_entity;
  return std::any_of(q.children.begin(), q.children.end(), names_attribute);
}

}  // namespace tsunagu::ngsi
