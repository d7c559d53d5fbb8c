#include <algorithm>

#include "base/json.h"
#include "ngsi/query.h"
#include "ngsi/selector.h"

namespace tsunagu::ngsi {

namespace {

bool in_level(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || (c & 0x80) != 0;
}

/// "/a/+/c" or "/a/#". The leading slash may be left out (a scope "a" is stored as "/a").
bool read_pattern(Cursor& cursor, ScopeExpr& out) {
  out.kind = ScopeExpr::Kind::kScope;
  cursor.take("/");
  do {
    out.pattern.push_back('/');
    if (cursor.take("#")) {
      out.pattern.push_back('#');
      if (cursor.peek() == '/') return cursor.fail("'#' stands for everything below and must come last");
      break;
    }
    if (cursor.take("+")) {
      out.pattern.push_back('+');
      continue;
    }
    const std::size_t start = cursor.position();
    while (in_level(cursor.peek())) cursor.move_to(cursor.position() + 1);
    const auto level = cursor.text().substr(start, cursor.position() - start);
    if (level.empty()) return cursor.fail("expected the name of a scope level, '+' or '#'");
    out.pattern.append(level);
  } while (cursor.take("/"));
  return true;
}

/// The first level of a scope ("/a/b" → "a") is taken off its front.
std::string_view take_level(std::string_view& scope) {
  scope.remove_prefix(std::min<std::size_t>(1, scope.size()));
  const auto level = scope.substr(0, scope.find('/'));
  scope.remove_prefix(level.size());
  return level;
}

bool scope_matches(std::string_view pattern, std::string_view scope) {
  while (!pattern.empty()) {
    const auto wanted = take_level(pattern);
    if (wanted == "#") return true;
    if (scope.empty()) return false;
    const auto level = take_level(scope);
    if (wanted != "+" && wanted != level) return false;
  }
  return scope.empty();
}

}  // namespace

Result<ScopeExpr> parse_scope_q(std::string_view text) {
  ScopeExpr out;
  if (!valid_utf8(text)) return bad("scopeQ: not valid UTF-8");
  Cursor cursor("scopeQ", text);
  const auto leaf = [](Cursor& c, ScopeExpr& expr) { return read_pattern(c, expr); };
  if (!Selector<ScopeExpr, decltype(leaf)>(cursor, leaf).read(out)) return cursor.error();
  return out;
}

bool matches(const ScopeExpr& scope, const Record& record) {
  const auto holds = [&](const ScopeExpr& child) { return matches(child, record); };
  switch (scope.kind) {
    case ScopeExpr::Kind::kScope:
      for (std::string_view s : record.scopes()) {
        if (scope_matches(scope.pattern, s)) return true;
      }
      return false;
    case ScopeExpr::Kind::kAnd:
      return std::all_of(scope.children.begin(), scope.children.end(), holds);
    case ScopeExpr::Kind::kOr:
      return std::any_of(scope.children.begin(), scope.children.end(), holds);
  }
  return false;
}

}  // namespace tsunagu::ngsi
