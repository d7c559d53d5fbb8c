// One row → one entity.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "base/uri.h"
#include "catalog/import/importer.h"
#include "catalog/import/json_walk.h"

namespace tsunagu::catalog {
namespace {

template <class T>
using Made = tl::expected<T, Fault>;

std::string quoted(std::string_view text) {
  std::string shown(text.substr(0, 60));
  while (shown.size() < text.size() && (static_cast<unsigned char>(text[shown.size()]) & 0xC0) == 0x80)
    shown.pop_back();
  if (shown.size() < text.size()) shown += "…";
  return '"' + shown + '"';
}

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// The parts of `text` between any of the characters of `separators`, trimmed, empty ones left out.
std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  std::string part;
  const auto end_part = [&] {
    if (const std::string_view trimmed = trim_wide(part); !trimmed.empty()) parts.emplace_back(trimmed);
    part.clear();
  };
  const auto length = [](char c) {
    const auto b = static_cast<unsigned char>(c);
    return b < 0x80 ? 1U : b < 0xE0 ? 2U : b < 0xF0 ? 3U : 4U;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view character = text.substr(at, length(text[at]));
    if (separators.find(character) != std::string_view::npos) {
      end_part();
    } else {
      part += character;
    }
    at += character.size();
  }
  end_part();
  return parts;
}

class RowMapper {
 public:
  RowMapper(const Mapping& mapping, const Row& row) : mapping_(mapping), row_(row) {}

  Made<Entity> entity() {
    Entity entity;
    entity.line = row_.line;
    auto id = text(mapping_.id, true);
    if (!id) return tl::unexpected(id.error());
    if (id->empty()) return fault(first_column(mapping_.id), "empty, but the id needs it");
    if (!is_absolute_uri(*id)) return fault(first_column(mapping_.id), fmt::format("{} is not a URI", quoted(*id)));
    entity.id = *std::move(id);
    auto types = strings(mapping_.types, "type");
    if (!types) return tl::unexpected(types.error());
    entity.type = *std::move(types);
    if (!mapping_.scopes.empty()) {
      auto scopes = strings(mapping_.scopes, "scope");
      if (!scopes) return tl::unexpected(scopes.error());
      entity.scope = *std::move(scopes);
    }
    if (mapping_.observed_at) {
      auto observed = moment(*mapping_.observed_at);
      if (!observed) return tl::unexpected(observed.error());
      if (!*observed && mapping_.history)
        return fault(first_column(mapping_.observed_at->from), "empty, but a history needs a time");
      if (*observed) observed_ = to_string((*observed)->instant);
      if (mapping_.history) entity.order = (*observed)->instant;
    }
    for (const AttributeSpec& spec : mapping_.attributes) {
      auto json = attribute(spec, observed_);
      if (!json) return tl::unexpected(json.error());
      if (!json->empty()) entity.attributes.emplace_back(spec.name, *std::move(json));
    }
    return entity;
  }

 private:
  tl::unexpected<Fault> fault(std::string column, std::string reason) const {
    return tl::unexpected(Fault{row_.line, std::move(column), std::move(reason)});
  }

  static std::string first_column(const Template& from) {
    auto columns = from.columns();
    return columns.empty() ? std::string() : std::move(columns[0]);
  }
  static std::string first_column(const AttributeSpec& spec) {
    if (!spec.from.empty()) return first_column(spec.from[0]);
    if (!spec.languages.empty()) return first_column(spec.languages[0].second);
    if (!spec.flags.empty()) return first_column(spec.flags[0].second);
    return first_column(spec.lat);
  }

  // The text of a template; empty when there is none or it counts as empty.
  Made<std::string> text(const Template& from, bool in_uri = false) const {
    auto made = from.text(row_, in_uri);
    if (!made) return fault(made.error().column, made.error().reason);
    if (!*made) return std::string();
    const auto& empty = mapping_.empty_texts;
    if (std::find(empty.begin(), empty.end(), **made) != empty.end()) return std::string();
    return **std::move(made);
  }

  // One JSON string, or an array of several.
  Made<std::string> strings(const std::vector<Template>& templates, std::string_view what) const {
    std::string out;
    for (const Template& each : templates) {
      auto made = text(each);
      if (!made) return made;
      if (made->empty()) return fault(first_column(each), fmt::format("empty, but the {} needs it", what));
      if (!out.empty()) out += ',';
      append_json_string(out, *made);
    }
    return templates.size() == 1 ? out : "[" + out + "]";
  }

  Made<std::optional<Moment>> moment(const TimeSpec& spec) const {
    auto found = text(spec.from);
    if (!found) return tl::unexpected(found.error());
    if (found->empty()) return std::nullopt;
    if (auto read = spec.reader.read(*found)) return read;
    return fault(first_column(spec.from), fmt::format("{} is not a time of the form {}", quoted(*found),
                                                      fmt::join(spec.reader.formats(), " or ")));
  }

  // Canonical JSON of the attribute; empty when the row tells nothing of it.
  Made<std::string> attribute(const AttributeSpec& spec, const std::string& observed_default) const {
    auto content = this->content(spec);
    if (!content) return content;
    if (content->empty()) {
      if (spec.required)
        return fault(first_column(spec), fmt::format("empty, but attribute {} is required", spec.name));
      return content;
    }
    std::string out = *std::move(content);
    std::string observed = spec.constant ? "" : observed_default;
    if (spec.observed_at) {
      auto found = moment(*spec.observed_at);
      if (!found) return tl::unexpected(found.error());
      observed = *found ? to_string((*found)->instant) : "";
    }
    if (!spec.unit.empty()) out += ",\"unitCode\":" + json_string(spec.unit);
    if (!observed.empty()) out += ",\"observedAt\":" + json_string(observed);
    for (const AttributeSpec& inner : spec.attributes) {
      auto json = attribute(inner, "");
      if (!json) return json;
      if (json->empty()) continue;
      out += ',';
      append_json_string(out, inner.name);
      out += ':';
      out += *json;
    }
    return out += '}';
  }

  // The attribute's JSON without the closing brace and what follows its value.
  Made<std::string> content(const AttributeSpec& spec) const {
    using Kind = AttributeSpec::Kind;
    switch (spec.kind) {
      case Kind::kPoint:
        return point(spec);
      case Kind::kLanguage:
        return language(spec);
      case Kind::kGeometry:
        return geometry(spec);
      case Kind::kFlags:
        return flags(spec);
      default:
        break;
    }
    const char* head = spec.kind == Kind::kRelationship ? R"({"type":"Relationship","object":)"
                       : spec.kind == Kind::kVocabulary ? R"({"type":"VocabProperty","vocab":)"
                       : spec.kind == Kind::kJson       ? R"({"type":"JsonProperty","json":)"
                                                        : R"({"type":"Property","value":)";
    if (spec.constant) return head + *spec.constant;
    for (const Template& from : spec.from) {
      auto json = value(spec, from);
      if (!json) return json;
      if (!json->empty()) return head + *json;
    }
    return std::string();
  }

  Made<std::string> value(const AttributeSpec& spec, const Template& from) const {
    const Cell* cell = from.cell(row_);
    if (cell != nullptr && cell->kind == Cell::Kind::kJson) return json_value(spec, from, *cell);
    auto found = text(from, spec.kind == AttributeSpec::Kind::kRelationship && spec.split.empty());
    if (!found || found->empty()) return found;
    if (spec.split.empty()) return single(spec, from, *found, cell != nullptr ? cell->kind : Cell::Kind::kText);
    std::string out = "[";
    for (const std::string& part : split(*found, spec.split)) {
      auto json = single(spec, from, part, Cell::Kind::kText);
      if (!json) return json;
      if (json->empty()) continue;
      if (out.size() > 1) out += ',';
      out += *json;
    }
    return out.size() == 1 ? std::string() : out + "]";
  }

  // A list or object of a JSON source.
  Made<std::string> json_value(const AttributeSpec& spec, const Template& from, const Cell& cell) const {
    if (spec.kind == AttributeSpec::Kind::kJson) return cell.text;
    if (cell.text[0] != '[') return fault(first_column(from), "an object, where one value was expected");
    std::string out = "[";
    std::optional<Fault> wrong;
    for_each_element(cell.text, [&](std::string_view item) {
      if (wrong || item == "null") return;
      if (item[0] == '{' || item[0] == '[') {
        wrong = Fault{row_.line, first_column(from), "a list of lists or objects, where plain values were expected"};
        return;
      }
      const bool is_text = item[0] == '"';
      const auto kind = is_text                            ? Cell::Kind::kText
                        : item[0] == 't' || item[0] == 'f' ? Cell::Kind::kBoolean
                                                           : Cell::Kind::kNumber;
      auto json = single(spec, from, is_text ? json_string_text(item) : std::string(item), kind);
      if (!json) {
        wrong = json.error();
        return;
      }
      if (json->empty()) return;
      if (out.size() > 1) out += ',';
      out += *json;
    });
    if (wrong) return tl::unexpected(*std::move(wrong));
    return out.size() == 1 ? std::string() : out + "]";
  }

  // Canonical JSON of one value; empty when it is to be dropped.
  Made<std::string> single(const AttributeSpec& spec, const Template& from, const std::string& text,
                           Cell::Kind cell) const {
    using Kind = AttributeSpec::Kind;
    if (!spec.values.empty()) {
      for (const auto& [known, json] : spec.values) {
        if (known == text) return json == "\"\"" ? std::string() : json;
      }
      if (spec.other == AttributeSpec::Other::kDrop) return std::string();
      if (spec.other == AttributeSpec::Other::kFault)
        return fault(first_column(from), fmt::format("{} is none of the values foreseen", quoted(text)));
    }
    switch (spec.kind) {
      case Kind::kNumber:
      case Kind::kInteger:
        return number(spec, from, text);
      case Kind::kBoolean:
        return boolean(from, text);
      case Kind::kDate: {
        const auto moment = spec.time->read(text);
        if (!moment) {
          return fault(first_column(from), fmt::format("{} is not a date of the form {}", quoted(text),
                                                       fmt::join(spec.time->formats(), " or ")));
        }
        return moment->has_time ? fmt::format(R"({{"@type":"DateTime","@value":"{}"}})", to_string(moment->instant))
                                : fmt::format(R"({{"@type":"Date","@value":"{}"}})", moment->date);
      }
      case Kind::kRelationship:
        if (!is_absolute_uri(text)) return fault(first_column(from), fmt::format("{} is not a URI", quoted(text)));
        return json_string(text);
      case Kind::kJson: {
        std::string json;
        if (cell == Cell::Kind::kText && !append_canonical_json(json, text))
          return fault(first_column(from), fmt::format("{} is not JSON", quoted(text)));
        return cell == Cell::Kind::kText ? json : text;
      }
      default:
        return json_string(text);
    }
  }

  Made<std::string> number(const AttributeSpec& spec, const Template& from, const std::string& text) const {
    auto json = json_number(text);
    if (!json) return fault(first_column(from), fmt::format("{} is not a number", quoted(text)));
    if (spec.kind == AttributeSpec::Kind::kInteger) {
      // "12.0" is what spreadsheets make of 12.
      if (const std::size_t dot = json->find('.');
          dot != std::string::npos && json->find_first_not_of('0', dot + 1) == std::string::npos) {
        json->erase(dot);
      }
      if (json->find_first_of(".e") != std::string::npos)
        return fault(first_column(from), fmt::format("{} is not a whole number", quoted(text)));
    }
    const auto size = parse_number<double>(*json);
    if (!size) return fault(first_column(from), fmt::format("{} is too large", quoted(text)));
    if ((spec.min && *size < *spec.min) || (spec.max && *size > *spec.max)) {
      return fault(first_column(from), fmt::format("{} is out of range", *json));
    }
    return *json;
  }

  Made<std::string> boolean(const Template& from, const std::string& text) const {
    static constexpr std::array<std::string_view, 8> kTrue{"true", "TRUE", "1", "○", "〇", "有", "はい", "yes"};
    static constexpr std::array<std::string_view, 8> kFalse{"false", "FALSE", "0", "×", "✕", "無", "いいえ", "no"};
    if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return std::string("true");
    if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return std::string("false");
    return fault(first_column(from), fmt::format("{} is neither true nor false", quoted(text)));
  }

  Made<std::string> point(const AttributeSpec& spec) const {
    auto lat = text(spec.lat), lng = text(spec.lng);
    if (!lat) return lat;
    if (!lng) return lng;
    if (lat->empty() && lng->empty()) return std::string();
    const auto y = json_number(*lat), x = json_number(*lng);
    if (!y)
      return fault(first_column(spec.lat),
                   lat->empty() ? "empty, but there is a longitude" : fmt::format("{} is not a number", quoted(*lat)));
    if (!x)
      return fault(first_column(spec.lng),
                   lng->empty() ? "empty, but there is a latitude" : fmt::format("{} is not a number", quoted(*lng)));
    if (auto inside = check_position(spec, first_column(spec.lat), *x, *y); !inside)
      return tl::unexpected(inside.error());
    return fmt::format(R"({{"type":"GeoProperty","value":{{"type":"Point","coordinates":[{},{}]}})", *x, *y);
  }

  Made<bool> check_position(const AttributeSpec& spec, std::string column, std::string_view x,
                            std::string_view y) const {
    const double lng = parse_number<double>(x).value_or(1e9), lat = parse_number<double>(y).value_or(1e9);
    if (lat < -90 || lat > 90 || lng < -180 || lng > 180) {
      return fault(std::move(column), fmt::format("latitude {}, longitude {}: not on Earth{}", y, x,
                                                  lng >= -90 && lng <= 90 ? " (swapped?)" : ""));
    }
    if (spec.bounds) {
      const auto& b = *spec.bounds;
      if (lng < b[0] || lng > b[2] || lat < b[1] || lat > b[3]) {
        return fault(std::move(column),
                     fmt::format("latitude {}, longitude {}: outside the bounds of the mapping", y, x));
      }
    }
    return true;
  }

  Made<std::string> geometry(const AttributeSpec& spec) const {
    for (const Template& from : spec.from) {
      const Cell* cell = from.cell(row_);
      if (cell == nullptr || cell->kind != Cell::Kind::kJson) continue;
      std::string type;
      std::string coordinates;
      for_each_member(cell->text, [&](const std::string& name, std::string_view value) {
        if (name == "type") type = value;
        if (name == "coordinates") coordinates = value;
      });
      if (type.size() < 3 || coordinates.size() < 3) return fault(first_column(from), "not a GeoJSON geometry");
      if (type == "\"Point\"") {
        std::vector<std::string> position;
        for_each_element(coordinates, [&position](std::string_view number) { position.emplace_back(number); });
        if (position.size() < 2) return fault(first_column(from), "a position needs longitude and latitude");
        if (auto inside = check_position(spec, first_column(from), position[0], position[1]); !inside)
          return tl::unexpected(inside.error());
      }
      return fmt::format(R"({{"type":"GeoProperty","value":{{"type":{},"coordinates":{}}})", type, coordinates);
    }
    return std::string();
  }

  Made<std::string> language(const AttributeSpec& spec) const {
    std::string out;
    for (const auto& [tag, from] : spec.languages) {
      auto found = text(from);
      if (!found) return found;
      if (found->empty()) continue;
      out += out.empty() ? R"({"type":"LanguageProperty","languageMap":{)" : ",";
      append_json_string(out, tag);
      out += ':';
      append_json_string(out, *found);
    }
    if (!out.empty()) out += '}';
    return out;
  }

  Made<std::string> flags(const AttributeSpec& spec) const {
    std::string out;
    for (const auto& [name, from] : spec.flags) {
      auto found = text(from);
      if (!found) return found;
      if (found->empty()) continue;
      const auto known = std::find_if(spec.values.begin(), spec.values.end(),
                                      [&found](const auto& pair) { return pair.first == *found; });
      auto truth = known != spec.values.end() ? Made<std::string>(known->second) : boolean(from, *found);
      if (!truth) return truth;
      if (*truth != "true") continue;
      out += out.empty() ? R"({"type":"Property","value":[)" : ",";
      append_json_string(out, name);
    }
    if (!out.empty()) out += ']';
    return out;
  }

  const Mapping& mapping_;
  const Row& row_;
  std::string observed_;
};

}  // namespace

bool Condition::holds(const Row& row) const {
  const auto found = from.text(row);
  const std::string text = found && *found ? **found : std::string();
  if (empty && text.empty()) return true;
  if (std::find(one_of.begin(), one_of.end(), text) != one_of.end()) return true;
  return !begins.empty() && text.starts_with(begins);
}

tl::expected<Entity, Fault> make_entity(const Mapping& mapping, const Row& row) {
  return RowMapper(mapping, row).entity();
}

}  // namespace tsunagu::catalog
