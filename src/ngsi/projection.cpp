#include "ngsi/projection.h"

#include <array>

#include "ngsi/cursor.h"

namespace tsunagu::ngsi {
namespace {

constexpr int kMaxDepth = Representation::kMaxJoinLevel;
constexpr std::size_t kMaxNodes = 1000;
constexpr std::array<std::string_view, 6> kMembers = {"id", "type", "scope", "createdAt", "modifiedAt", "expiresAt"};

class Parser {
 public:
  Parser(Cursor& cursor, Names names) : cursor_(cursor), names_(names) {}

  // name ["{" list "}"] *("," name ["{" list "}"]); '|' is another way to write ','.
  bool list(std::vector<ProjectionNode>& out, int depth) {
    do {
      if (++nodes_ > kMaxNodes) return cursor_.too_complex("too many names");
      if (!node(out.emplace_back(), depth)) return false;
    } while (cursor_.take(",") || cursor_.take("|"));
    return true;
  }

 private:
  bool node(ProjectionNode& out, int depth) {
    cursor_.skip_space();
    const std::size_t begin = cursor_.position();
    while (!cursor_.at_end() && std::string_view(",|{}").find(cursor_.peek()) == std::string_view::npos) {
      cursor_.move_to(cursor_.position() + 1);
    }
    std::string_view name = cursor_.text().substr(begin, cursor_.position() - begin);
    while (!name.empty() && Cursor::is_space(name.back())) name.remove_suffix(1);
    if (name.empty()) return cursor_.fail("a name is missing here");
    for (const std::string_view member : kMembers) {
      if (name == member) out.member = member;
    }
    if (out.member.empty()) out.name = names_.term(name);
    if (!cursor_.take("{")) return true;
    if (!out.member.empty()) return cursor_.fail("only a relationship can be followed by '{'");
    if (depth == kMaxDepth) return cursor_.too_complex("too many nested braces");
    if (!list(out.children, depth + 1)) return false;
    if (!cursor_.take("}")) return cursor_.fail("expected '}'");
    cursor_.skip_space();
    return true;
  }

  Cursor& cursor_;
  Names names_;
  std::size_t nodes_ = 0;
};

}  // namespace

Result<std::vector<ProjectionNode>> parse_projection(std::string_view text, Names names) {
  Cursor cursor("pick/omit", text);
  std::vector<ProjectionNode> nodes;
  if (!Parser(cursor, names).list(nodes, 0)) return cursor.error();
  if (!cursor.at_end()) {
    cursor.fail("expected ',' or the end here");
    return cursor.error();
  }
  return nodes;
}

}  // namespace tsunagu::ngsi
