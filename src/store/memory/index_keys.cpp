#include "store/memory/index_keys.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/hash.h"
#include "ngsi/json_walk.h"

namespace tsunagu::store {
namespace {

using ngsi::AttributeView;
using ngsi::AttrKind;
namespace walk = ngsi::walk;

constexpr std::size_t kMaxKeys = 96;  // of one attribute of one entity; beyond, it is a candidate of every search
constexpr int kMaxDepth = 16;

struct Keys {
  std::vector<IndexKey>& out;
  bool full = false;

  void add(KeyClass where, std::uint64_t key = 0) {
    if (out.size() >= kMaxKeys) {
      full = true;
    } else {
      out.push_back({where, key});
    }
  }

  void add_string(std::string_view json, bool ordered) {
    const auto inside = json.substr(1, json.size() - 2);
    add(KeyClass::kEqual, equal_key(inside));
    if (!ordered) return;
    std::string scratch;
    const auto text = walk::string_text(json, scratch);
    add(KeyClass::kText, text_key(text));
    if (text.size() >= 10 && text[4] == '-') {
      auto instant = text.size() == 10 ? parse_date(text) : parse_instant(text);
      if (instant) add(KeyClass::kTime, time_key(*instant));
    }
  }

  // Every number, string and truth value inside `json`, at any depth.
  void add_all(std::string_view json, bool ordered, int depth = 0) {
    if (full || json.empty()) return;
    if (depth > kMaxDepth) {
      full = true;
    } else if (walk::is_string(json)) {
      add_string(json, ordered);
    } else if (walk::is_object(json)) {
      walk::any_member(json, [&](std::string_view, std::string_view value) {
        add_all(value, ordered, depth + 1);
        return full;
      });
    } else if (walk::is_array(json)) {
      walk::any_element(json, [&](std::string_view value) {
        add_all(value, ordered, depth + 1);
        return full;
      });
    } else if (json == "true") {
      add(KeyClass::kTrue);
    } else if (json == "false") {
      add(KeyClass::kFalse);
    } else if (auto number = walk::number(json)) {
      add(KeyClass::kNumber, number_key(*number));
    }
  }
};

}  // namespace

std::uint64_t number_key(double value) {
  if (value == 0) value = 0;  // -0
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return bits >> 63 ? ~bits : bits | std::uint64_t{1} << 63;
}

std::uint64_t text_key(std::string_view unescaped) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i)
    key = key << 8 | (i < unescaped.size() ? static_cast<unsigned char>(unescaped[i]) : 0);
  return key;
}

std::uint64_t time_key(Instant t) {
  return static_cast<std::uint64_t>(t.us) ^ std::uint64_t{1} << 63;
}

std::uint64_t equal_key(std::string_view canonical_inside) {
  return hash64(canonical_inside);
}

GroupWalk::GroupWalk(const ngsi::Record* record) {
  if (!record) return;
  const auto range = record->attributes();
  at_ = range.first;
  left_ = range.count;
  read();
}

void GroupWalk::next() {
  read();
}

void GroupWalk::read() {
  group_ = {};
  while (left_ > 0) {
    const AttributeView view(at_);
    if (group_.count > 0 && view.name() != group_.name) return;
    if (group_.count++ == 0) {
      group_.name = view.name();
      group_.first = at_;
    }
    if (--left_ > 0) at_ = view.next().data();
  }
}

void index_keys(const Group& group, std::vector<IndexKey>& out) {
  out.clear();
  Keys keys{out};
  bool geometry = false;
  for (const AttributeView view : group.instances()) {
    const auto kind = view.kind();
    if (kind == AttrKind::kGeoProperty) {
      geometry = true;  // its box is in the R-tree
      continue;
    }
    const bool is_link = kind == AttrKind::kRelationship || kind == AttrKind::kListRelationship;
    keys.add_all(view.value(), !is_link);
  }
  if (keys.full) {
    out.clear();
    keys.add(KeyClass::kUnindexed);
  } else if (geometry || out.empty()) {
    out.push_back({KeyClass::kOther});
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

void index_boxes(const Group& group, std::vector<ngsi::Box>& out) {
  out.clear();
  for (const AttributeView view : group.instances()) {
    if (view.kind() != AttrKind::kGeoProperty) continue;
    if (const auto box = ngsi::bounding_box(view.value())) out.push_back(*box);
  }
}

std::uint16_t kinds_of(const Group& group) {
  unsigned kinds = 0;
  for (const AttributeView view : group.instances()) kinds |= 1u << static_cast<unsigned>(view.kind());
  return static_cast<std::uint16_t>(kinds);
}

bool same_values(const Group& a, const Group& b) {
  if (a.count != b.count) return false;
  AttributeView x(a.first), y(b.first);
  for (std::uint32_t i = 0;;) {
    if (x.kind() != y.kind() || x.value() != y.value()) return false;
    if (++i == a.count) return true;
    x = x.next();
    y = y.next();
  }
}

}  // namespace tsunagu::store
