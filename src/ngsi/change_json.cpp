// Merging canonical JSON (RFC 7396, clause 5.5.12).
#include <unordered_map>
#include <utility>
#include <vector>

#include "ngsi/change_merge.h"
#include "ngsi/json_walk.h"

namespace tsunagu::ngsi {

namespace {

// Equal names are equal bytes in canonical JSON: no need to unescape.
using Members = std::vector<std::pair<std::string_view, std::string_view>>;

Members members_of(std::string_view object) {
  Members out;
  walk::any_member(object, [&](std::string_view key, std::string_view value) {
    out.emplace_back(key, value);
    return false;
  });
  return out;
}

void append_member(std::string& out, std::string_view key) {
  if (out.back() != '{') out += ',';
  out += key;
  out += ':';
}

void strip(std::string& out, std::string_view json) {
  if (!walk::is_object(json)) {
    out += json;
    return;
  }
  out += '{';
  walk::any_member(json, [&](std::string_view key, std::string_view value) {
    if (value != kNullJson) {
      append_member(out, key);
      strip(out, value);
    }
    return false;
  });
  out += '}';
}

void merge(std::string& out, std::string_view target, std::string_view patch) {
  if (!walk::is_object(patch) || !walk::is_object(target)) return strip(out, patch);
  const Members changes = members_of(patch);
  std::unordered_map<std::string_view, std::size_t> where;
  constexpr std::size_t kFew = 16;
  if (changes.size() > kFew)
    for (std::size_t i = 0; i < changes.size(); ++i) where.emplace(changes[i].first, i);
  const auto find = [&](std::string_view key) {
    if (changes.size() > kFew) {
      const auto it = where.find(key);
      return it == where.end() ? changes.size() : it->second;
    }
    std::size_t i = 0;
    while (i < changes.size() && changes[i].first != key) ++i;
    return i;
  };
  std::vector<bool> used(changes.size());
  out += '{';
  walk::any_member(target, [&](std::string_view key, std::string_view value) {
    const std::size_t i = find(key);
    if (i == changes.size()) {
      append_member(out, key);
      out += value;
      return false;
    }
    used[i] = true;
    if (changes[i].second == kNullJson) return false;
    append_member(out, key);
    merge(out, value, changes[i].second);
    return false;
  });
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (used[i] || changes[i].second == kNullJson) continue;
    append_member(out, changes[i].first);
    strip(out, changes[i].second);
  }
  out += '}';
}

}  // namespace

std::string merge_json(std::string_view target, std::string_view patch) {
  std::string out;
  merge(out, target, patch);
  return out;
}

std::string without_nulls(std::string json) {
  if (json.find(kNullJson) == std::string::npos) return json;
  std::string out;
  strip(out, json);
  return out;
}

}  // namespace tsunagu::ngsi
