// The shape that type selection (4.17) and scope queries (4.19) share: leaves joined by ';' (and, binds tighter) and
// ',' or '|' (or), with parentheses. `Expr` has children and kinds kAnd and kOr; leaf(cursor, expr) reads one leaf.
#pragma once
#include <utility>

#include "ngsi/cursor.h"

namespace tsunagu::ngsi {

inline constexpr int kMaxSelectorDepth = 16;
inline constexpr int kMaxSelectorLeaves = 1000;

template <class Expr, class Leaf>
class Selector {
 public:
  Selector(Cursor& cursor, Leaf leaf) : cursor_(cursor), leaf_(std::move(leaf)) {}

  bool read(Expr& out) {
    if (!any_of(out, 0)) return false;
    return cursor_.at_end() || cursor_.fail("expected ',' or ';' or the end here");
  }

 private:
  bool any_of(Expr& out, int depth) {
    out.kind = Expr::Kind::kOr;
    do {
      if (!all_of(out.children.emplace_back(), depth)) return false;
    } while (cursor_.take(",") || cursor_.take("|"));
    if (out.children.size() == 1) unwrap(out);
    return true;
  }
  bool all_of(Expr& out, int depth) {
    out.kind = Expr::Kind::kAnd;
    do {
      if (!primary(out.children.emplace_back(), depth)) return false;
    } while (cursor_.take(";"));
    if (out.children.size() == 1) unwrap(out);
    return true;
  }
  bool primary(Expr& out, int depth) {
    cursor_.skip_space();
    if (cursor_.take("(")) {
      if (depth == kMaxSelectorDepth) return cursor_.too_complex("too many nested parentheses");
      if (!any_of(out, depth + 1)) return false;
      if (!cursor_.take(")")) return cursor_.fail("expected ')'");
    } else {
      if (++leaves_ > kMaxSelectorLeaves) return cursor_.too_complex("too many terms");
      if (!leaf_(cursor_, out)) return false;
    }
    cursor_.skip_space();
    return true;
  }
  static void unwrap(Expr& out) {
    Expr only = std::move(out.children.front());
    out = std::move(only);
  }

  Cursor& cursor_;
  Leaf leaf_;
  int leaves_ = 0;
};

}  // namespace tsunagu::ngsi
