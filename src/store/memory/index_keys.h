// What of an attribute goes into the indexes. An index only narrows: whatever it offers is evaluated again by
// ngsi::matches, so keys may say too much but never too little.
#pragma once
#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ngsi/query.h"
#include "ngsi/record.h"

namespace tsunagu::store {

/// Where a key belongs.
enum class KeyClass : std::uint8_t {
  kEqual,   ///< hash of a string: text, URI a relationship points to, vocabulary term, text in a language
  kNumber,  ///< a number, in order
  kText,    ///< first 8 bytes of a text, in order
  kTime,    ///< a text that is a date, or date and time, in order
  kTrue,    ///< no key, only the slot
  kFalse,
  kOther,      ///< the attribute exists, but nothing in it can be compared
  kUnindexed,  ///< has more values than are worth indexing: a candidate of every search for the attribute
};

struct IndexKey {
  KeyClass where;
  std::uint64_t key = 0;
  auto operator<=>(const IndexKey&) const = default;
};

std::uint64_t number_key(double value);              ///< same order as the numbers; -0 is 0
std::uint64_t text_key(std::string_view unescaped);  ///< same order as the texts' first 8 bytes
std::uint64_t time_key(Instant t);
/// Of the inside of a canonical JSON string (without quotes, escapes left in).
std::uint64_t equal_key(std::string_view canonical_inside);

/// The instances of one attribute name within a record; they are neighbours.
struct Group {
  ngsi::TermId name;
  const char* first = nullptr;
  std::uint32_t count = 0;
  ngsi::Record::AttributeRange instances() const { return {first, count}; }
};

/// Walks the groups of a record: for (GroupWalk w(record); w.valid(); w.next()) use(w.group()).
class GroupWalk {
 public:
  explicit GroupWalk(const ngsi::Record* record);
  bool valid() const { return group_.count > 0; }
  const Group& group() const { return group_; }
  void next();

 private:
  void read();
  const char* at_ = nullptr;
  std::uint32_t left_ = 0;
  Group group_;
};

/// Every index key of a group, ordered, each once. `out` is overwritten.
void index_keys(const Group& group, std::vector<IndexKey>& out);
/// The bounding boxes of the geometries in a group. `out` is overwritten.
void index_boxes(const Group& group, std::vector<ngsi::Box>& out);
/// Bit 1 << AttrKind for each kind in the group.
std::uint16_t kinds_of(const Group& group);
/// True when both groups surely give the same keys and boxes (same kinds and values).
bool same_values(const Group& a, const Group& b);

}  // namespace tsunagu::store
