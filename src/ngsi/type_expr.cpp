#include <algorithm>

#include "base/json.h"
#include "ngsi/query.h"
#include "ngsi/selector.h"

namespace tsunagu::ngsi {

namespace {

/// A type name: a short name, compact IRI or IRI. Ends at a separator; blanks around it do not count.
bool read_type(Cursor& cursor, Names names, TypeExpr& out) {
  const auto text = cursor.text();
  const std::size_t start = cursor.position();
  const std::size_t end = std::min(text.find_first_of(",;|() \t\r\n", start), text.size());
  const auto name = text.substr(start, end - start);
  if (name.empty()) return cursor.fail("expected the name of an entity type");
  const auto wrong = name.find_first_of("<>\"'={}[]\\^`*");
  if (wrong != std::string_view::npos)
    return cursor.fail_at(start + wrong, "character not allowed in the name of a type");
  cursor.move_to(end);
  out.kind = TypeExpr::Kind::kType;
  out.type = names.term(name);
  return true;
}

}  // namespace

Result<TypeExpr> parse_types(std::string_view text, Names names) {
  TypeExpr out;
  if (text == "*") {
    out.kind = TypeExpr::Kind::kAnd;
    return out;
  }
  if (!valid_utf8(text)) return bad("type: not valid UTF-8");
  Cursor cursor("type", text);
  const auto leaf = [&](Cursor& c, TypeExpr& expr) { return read_type(c, names, expr); };
  if (!Selector<TypeExpr, decltype(leaf)>(cursor, leaf).read(out)) return cursor.error();
  return out;
}

bool matches(const TypeExpr& types, const Record& record) {
  const auto holds = [&](const TypeExpr& child) { return matches(child, record); };
  switch (types.kind) {
    case TypeExpr::Kind::kType:
      return types.type != kNoTerm && record.has_type(types.type);
    case TypeExpr::Kind::kAnd:
      return std::all_of(types.children.begin(), types.children.end(), holds);
    case TypeExpr::Kind::kOr:
      return std::any_of(types.children.begin(), types.children.end(), holds);
  }
  return false;
}

}  // namespace tsunagu::ngsi
