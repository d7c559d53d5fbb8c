// The names that NGSI-LD defines, and which names a user may define (clauses 4.5.1, 4.6.2).
#include <array>

#include "base/uri.h"
#include "ngsi/body.h"
#include "ngsi/body_json.h"

namespace tsunagu::ngsi {

namespace {

struct Row {
  std::string_view name;    // in the core @context
  std::string_view suffix;  // of the IRI, behind https://uri.etsi.org/ngsi-ld/; "" for keywords
  Member member;
};

// Ordered by the length of the name.
constexpr Row kRows[] = {
    {"id", "", Member::kId},
    {"@id", "", Member::kId},
    {"type", "", Member::kType},
    {"json", "hasJSON", Member::kJson},
    {"@type", "", Member::kType},
    {"value", "hasValue", Member::kValue},
    {"vocab", "hasVocab", Member::kVocab},
    {"scope", "scope", Member::kScope},
    {"object", "hasObject", Member::kObject},
    {"entity", "entity", Member::kOutput},
    {"@value", "", Member::kTypedValue},
    {"dataset", "hasDataset", Member::kDataset},
    {"unitCode", "unitCode", Member::kUnitCode},
    {"@context", "", Member::kContext},
    {"datasetId", "datasetId", Member::kDatasetId},
    {"createdAt", "createdAt", Member::kTime},
    {"deletedAt", "deletedAt", Member::kTime},
    {"expiresAt", "expiresAt", Member::kExpiresAt},
    {"valueType", "hasValueType", Member::kValueType},
    {"valueList", "hasValueList", Member::kValueList},
    {"observedAt", "observedAt", Member::kObservedAt},
    {"modifiedAt", "modifiedAt", Member::kTime},
    {"objectType", "hasObjectType", Member::kObjectType},
    {"objectList", "hasObjectList", Member::kObjectList},
    {"instanceId", "instanceId", Member::kOutput},
    {"entityList", "entityList", Member::kOutput},
    {"languageMap", "hasLanguageMap", Member::kLanguageMap},
    {"previousJson", "hasPreviousJson", Member::kOutput},
    {"previousValue", "hasPreviousValue", Member::kOutput},
    {"previousVocab", "hasPreviousVocab", Member::kOutput},
    {"previousObject", "hasPreviousObject", Member::kOutput},
    {"entityIdSealed", "entityIdSealed", Member::kSealed},
    {"entityTypeSealed", "entityTypeSealed", Member::kSealed},
    {"previousValueList", "hasPreviousValueList", Member::kOutput},
    {"previousObjectList", "hasPreviousObjectList", Member::kOutput},
    {"previousLanguageMap", "hasPreviousLanguageMap", Member::kOutput},
};
constexpr std::size_t kLongest = 19;

// kFirst[n]: the first row whose name is not shorter than n.
constexpr auto kFirst = [] {
  std::array<std::uint8_t, kLongest + 2> first{};
  for (std::size_t n = 0; n < first.size(); ++n)
    while (first[n] < std::size(kRows) && kRows[first[n]].name.size() < n) ++first[n];
  return first;
}();

constexpr std::string_view kIri = "https://uri.etsi.org/ngsi-ld/";
constexpr std::string_view kCompact = "ngsi-ld:";

// The name behind the prefix of the NGSI-LD vocabulary; "" if it has none.
std::string_view vocabulary_suffix(std::string_view name) {
  if (name.starts_with(kIri)) return name.substr(kIri.size());
  if (name.starts_with(kCompact)) return name.substr(kCompact.size());
  return {};
}

constexpr AttrKind kKinds[] = {AttrKind::kProperty,         AttrKind::kGeoProperty,     AttrKind::kRelationship,
                               AttrKind::kLanguageProperty, AttrKind::kVocabProperty,   AttrKind::kJsonProperty,
                               AttrKind::kListProperty,     AttrKind::kListRelationship};

bool letter(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

// Characters beyond ASCII that are no part of a word: spaces, controls, general punctuation, CJK punctuation and
// full-width signs.
bool word_beyond_ascii(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto a = static_cast<unsigned char>(text[i]);
    const auto b = static_cast<unsigned char>(text[i + 1]);
    if (a == 0xc2 && b != 0xaa && b != 0xb5 && b != 0xba) return false;  // U+0080–U+00BF but for ª µ º
    if (a == 0xc3 && (b == 0x97 || b == 0xb7)) return false;             // × ÷
    if (i + 2 < text.size()) {
      const auto c = static_cast<unsigned char>(text[i + 2]);
      if (a == 0xe2 && (b == 0x80 || (b == 0x81 && c < 0xb0))) return false;  // U+2000–U+206F
      if (a == 0xe3 && b == 0x80 && c < 0xa1 && c != 0x85 && c != 0x86 && c != 0x87)
        return false;  // U+3000–U+3020 but for 々〆〇
    }
  }
  return true;
}

bool short_name(std::string_view name) {
  if (name.empty() || !letter(static_cast<unsigned char>(name[0]))) return false;
  bool ascii = true;
  for (char ch : name) {
    const auto c = static_cast<unsigned char>(ch);
    if (c >= 0x80) ascii = false;
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '_' && c != '-') return false;
  }
  return ascii || word_beyond_ascii(name);
}

}  // namespace

Member core_member(std::string_view name) {
  if (name.size() <= kLongest) {
    for (std::size_t i = kFirst[name.size()]; i < kFirst[name.size() + 1]; ++i)
      if (kRows[i].name == name) return kRows[i].member;
  }
  if (!name.empty() && name[0] == '@') return Member::kKeyword;
  if (std::string_view suffix = vocabulary_suffix(name); !suffix.empty())
    for (const Row& row : kRows)
      if (row.suffix == suffix) return row.member;
  return Member::kNone;
}

std::optional<AttrKind> attribute_kind(std::string_view type) {
  if (std::string_view suffix = vocabulary_suffix(type); !suffix.empty()) type = suffix;
  for (AttrKind kind : kKinds)
    if (kind_name(kind) == type) return kind;
  return std::nullopt;
}

AttrKind kind_of(Member value_member) {
  constexpr AttrKind kValueKinds[] = {AttrKind::kProperty,        AttrKind::kRelationship, AttrKind::kLanguageProperty,
                                      AttrKind::kVocabProperty,   AttrKind::kJsonProperty, AttrKind::kListProperty,
                                      AttrKind::kListRelationship};
  static_assert(std::size(kValueKinds) == kValueMembers);
  return kValueKinds[static_cast<std::size_t>(value_member)];
}

bool is_geometry_name(std::string_view type) {
  for (std::string_view name :
       {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"})
    if (type == name) return true;
  return false;
}

bool valid_name(std::string_view name) {
  constexpr std::size_t kLongestName = 2048;
  if (name.size() > kLongestName) return false;
  if (short_name(name)) return true;
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return false;
  return is_absolute_iri(name) || (short_name(name.substr(0, colon)) && short_name(name.substr(colon + 1)));
}

}  // namespace tsunagu::ngsi
