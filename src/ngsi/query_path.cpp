#include "ngsi/query_path.h"

#include <algorithm>
#include <array>

namespace tsunagu::ngsi {

namespace {

struct MemberName {
  std::string_view name;
  Member member;
  bool of_entity, of_attribute;
};
constexpr std::array kMembers{
    MemberName{"id", Member::kId, true, false},
    MemberName{"@id", Member::kId, true, false},
    MemberName{"type", Member::kType, true, true},
    MemberName{"@type", Member::kType, true, true},
    MemberName{"scope", Member::kScope, true, false},
    MemberName{"createdAt", Member::kCreatedAt, true, true},
    MemberName{"modifiedAt", Member::kModifiedAt, true, true},
    MemberName{"expiresAt", Member::kExpiresAt, true, true},
    MemberName{"observedAt", Member::kObservedAt, false, true},
    MemberName{"datasetId", Member::kDatasetId, false, true},
    MemberName{"unitCode", Member::kUnitCode, false, true},
    MemberName{"valueType", Member::kValueType, false, true},
    MemberName{"objectType", Member::kObjectType, false, true},
};

Member member_named(std::string_view name, bool of_entity) {
  for (std::string_view prefix : {"https://uri.etsi.org/ngsi-ld/", "ngsi-ld:"}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  }
  for (const auto& row : kMembers) {
    if (row.name == name && (of_entity ? row.of_entity : row.of_attribute)) return row.member;
  }
  return Member::kNone;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool in_short_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '-';
}

/// Where the run of characters that can belong to names, dots included, ends.
std::size_t name_run_end(const Cursor& cursor) {
  const auto text = cursor.text();
  std::size_t i = cursor.position();
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (Cursor::is_space(c) || std::string_view("=<>;|,()[]{}\"\\^`").find(c) != std::string_view::npos) break;
    if ((c == '!' || c == '~') && i + 1 < text.size() && (text[i + 1] == '=' || text[i + 1] == '~')) break;
  }
  return i;
}

constexpr int kMaxIriDots = 64;
constexpr std::size_t kMaxNames = 32;

/// Where the first name of `run` ends. Dots separate names, but an IRI may have dots of its own: the longest name that
/// somebody uses counts, and if there is none, the dots after its last '/', '#' or ':' separate.
std::size_t first_name_end(std::string_view run, Names names) {
  const auto dot = std::min(run.find('.'), run.size());
  const auto colon = run.find(':');
  if (colon == std::string_view::npos || dot < colon) return dot;
  std::size_t end = run.size();
  for (int tries = 0; tries < kMaxIriDots && end != std::string_view::npos && end > colon; ++tries) {
    if (names.known(run.substr(0, end))) return end;
    end = run.rfind('.', end - 1);
  }
  return std::min(run.find('.', run.find_last_of("/#:")), run.size());
}

class PathReader {
 public:
  PathReader(Cursor& cursor, Names names, int max_depth) : cursor_(cursor), names_(names), max_depth_(max_depth) {}

  bool read(AttrPath& out, int depth) {
    cursor_.skip_space();
    if (!names(out)) return false;
    cursor_.skip_space();
    if (cursor_.peek() == '[') {
      if (out.member != Member::kNone) return cursor_.fail("a member of the system has no parts in brackets");
      if (!brackets(out)) return false;
    } else if (cursor_.peek() == '{') {
      if (out.member != Member::kNone) return cursor_.fail("only a relationship leads to another entity");
      if (depth == max_depth_) return cursor_.too_complex("too many relationships in one path");
      if (!linked(out, depth)) return false;
    }
    cursor_.skip_space();
    return true;
  }

 private:
  bool names(AttrPath& out) {
    const std::size_t start = cursor_.position();
    const auto run = cursor_.text().substr(start, name_run_end(cursor_) - start);
    if (run.empty()) return cursor_.fail("expected the name of an attribute");
    for (std::size_t at = 0, index = 0; at <= run.size(); ++index) {
      if (index == kMaxNames) return cursor_.too_complex("too many names in one path");
      const auto rest = run.substr(at);
      const auto name = rest.substr(0, first_name_end(rest, names_));
      if (!check_name(name, start + at)) return false;
      if (out.member != Member::kNone) return cursor_.fail_at(start + at, "nothing can follow a member of the system");
      out.member = member_named(name, index == 0);
      if (index == 0) {
        out.of_entity = out.member != Member::kNone;
        if (!out.of_entity) out.name = names_.term(name);
      } else if (out.member == Member::kNone) {
        out.subs.push_back(names_.term(name));
      }
      at += name.size() + 1;
    }
    cursor_.move_to(start + run.size());
    return true;
  }

  bool check_name(std::string_view name, std::size_t at) {
    if (name.empty()) return cursor_.fail_at(at, "expected a name between the dots");
    if (name.find(':') != std::string_view::npos) return true;
    if (!is_letter(name.front()) && name.front() != '_' && name != "@id" && name != "@type") {
      return cursor_.fail_at(at, "the name of an attribute begins with a letter");
    }
    const auto wrong = std::find_if_not(name.begin() + 1, name.end(), in_short_name);
    if (wrong == name.end()) return true;
    return cursor_.fail_at(at + static_cast<std::size_t>(wrong - name.begin()), "character not allowed in a name");
  }

  /// "[a.b]", "[en]", "[*]"; a name with a dot or bracket in it is put in quotes.
  bool brackets(AttrPath& out) {
    cursor_.take("[");
    do {
      if (out.value_path.size() == kMaxNames) return cursor_.too_complex("too many names in one path");
      cursor_.skip_space();
      std::string name;
      if (cursor_.peek() == '"') {
        if (!cursor_.quoted(name)) return false;
      } else {
        const std::size_t start = cursor_.position();
        const auto end = std::min(cursor_.text().find_first_of(".[]{}\"\\ \t\r\n", start), cursor_.text().size());
        name = cursor_.text().substr(start, end - start);
        cursor_.move_to(end);
        if (name.empty()) return cursor_.fail("expected the name of a member");
      }
      out.value_path.push_back(std::move(name));
      cursor_.skip_space();
    } while (cursor_.take("."));
    return cursor_.take("]") || cursor_.fail("expected ']'");
  }

  bool linked(AttrPath& out, int depth) {
    cursor_.take("{");
    type_hint(out.linked_types);
    out.linked = std::make_shared<AttrPath>();
    if (!read(*out.linked, depth + 1)) return false;
    return cursor_.take("}") || cursor_.fail("expected '}'");
  }

  /// "Device,Sensor:" before the path. "ex:name" is a compact IRI when somebody uses it, else ex is a type.
  void type_hint(std::vector<TermId>& out) {
    const auto text = cursor_.text();
    std::vector<std::string_view> names;
    std::size_t i = cursor_.position();
    for (;;) {
      while (i < text.size() && Cursor::is_space(text[i])) ++i;
      const std::size_t start = i;
      while (i < text.size() && in_short_name(text[i])) ++i;
      if (i == start) return;
      names.push_back(text.substr(start, i - start));
      while (i < text.size() && Cursor::is_space(text[i])) ++i;
      if (i >= text.size() || (text[i] != ',' && text[i] != ':')) return;
      if (text[i++] == ':') break;
    }
    if (text.substr(i).starts_with("//")) return;
    if (names.size() == 1) {
      const auto run = text.substr(cursor_.position(), name_run_end(cursor_) - cursor_.position());
      if (names.front() == "urn" || names_.known(run.substr(0, first_name_end(run, names_)))) return;
    }
    for (auto name : names) out.push_back(names_.term(name));
    cursor_.move_to(i);
  }

  Cursor& cursor_;
  Names names_;
  int max_depth_;
};

}  // namespace

bool read_path(Cursor& cursor, Names names, int max_depth, AttrPath& out) {
  return PathReader(cursor, names, max_depth).read(out, 0);
}

std::string_view follow(std::string_view json, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    if (walk::is_object(json)) {
      json = walk::member(json, name);
    } else if (walk::is_array(json)) {
      const auto index = parse_number<std::size_t>(name);
      json = index ? walk::element(json, *index) : std::string_view{};
    } else {
      return {};
    }
    if (json.empty()) return {};
  }
  return json;
}

}  // namespace tsunagu::ngsi
