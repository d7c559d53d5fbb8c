#include "ngsi/body_json.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/json.h"

namespace tsunagu::ngsi {

namespace dom = simdjson::dom;

dom::object object_of(const dom::element& element) {
  return element.get_object().value_unsafe();
}
dom::array array_of(const dom::element& element) {
  return element.get_array().value_unsafe();
}

namespace {

class Writer {
 public:
  Writer(std::string& out, bool null_allowed, std::string& problem)
      : out_(out), null_allowed_(null_allowed), problem_(problem) {}

  bool write(dom::element e) {
    switch (e.type()) {
      case dom::element_type::STRING: {
        const std::string_view text = e.get_string().value_unsafe();
        if (!null_allowed_ && text == kNullText) {
          problem_ = "the NGSI-LD Null \"urn:ngsi-ld:null\" is not allowed here";
          return false;
        }
        append_json_string(out_, text);
        return true;
      }
      case dom::element_type::INT64:
        append_json_number(out_, e.get_int64().value_unsafe());
        return true;
      case dom::element_type::UINT64: {
        std::array<char, 24> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), e.get_uint64().value_unsafe()).ptr;
        out_.append(digits.data(), end);
        return true;
      }
      case dom::element_type::DOUBLE:
        append_json_number(out_, e.get_double().value_unsafe());
        return true;
      case dom::element_type::BOOL:
        out_ += e.get_bool().value_unsafe() ? "true" : "false";
        return true;
      case dom::element_type::NULL_VALUE:
        out_ += "null";
        return true;
      case dom::element_type::ARRAY: {
        char separator = '[';
        for (dom::element item : array_of(e)) {
          out_ += separator;
          separator = ',';
          if (!write(item)) return false;
        }
        if (separator == '[') out_ += '[';
        out_ += ']';
        return true;
      }
      case dom::element_type::OBJECT:
        return object(object_of(e));
    }
    return false;
  }

 private:
  bool object(dom::object o) {
    std::array<std::string_view, 16> few;
    std::vector<std::string_view> many;
    std::size_t count = 0;
    char separator = '{';
    for (auto [key, value] : o) {
      if (count < few.size()) {
        if (std::find(few.begin(), few.begin() + count, key) != few.begin() + count) return twice(key);
        few[count] = key;
      } else {
        if (many.empty()) many.assign(few.begin(), few.end());
        many.push_back(key);
      }
      ++count;
      out_ += separator;
      separator = ',';
      append_json_string(out_, key);
      out_ += ':';
      if (!write(value)) return false;
    }
    if (!many.empty()) {
      std::sort(many.begin(), many.end());
      if (auto same = std::adjacent_find(many.begin(), many.end()); same != many.end()) return twice(*same);
    }
    if (separator == '{') out_ += '{';
    out_ += '}';
    return true;
  }

  bool twice(std::string_view key) {
    problem_ = "the member " + in_quotes(key) + " is given twice in one object";
    return false;
  }

  std::string& out_;
  bool null_allowed_;
  std::string& problem_;
};

// ---- geometries

bool number(dom::element e, double& value) {
  return e.get_double().get(value) == simdjson::SUCCESS;
}

std::string position_problem(dom::element e) {
  dom::array numbers;
  if (e.get_array().get(numbers)) return "a position must be an array [longitude, latitude]";
  std::size_t count = 0;
  double first = 0, second = 0;
  for (dom::element n : numbers) {
    double value = 0;
    if (!number(n, value)) return "a position may hold numbers only";
    if (count == 0) first = value;
    if (count == 1) second = value;
    if (++count > 3) return "a position has 2 or 3 numbers";
  }
  if (count < 2) return "a position needs longitude and latitude";
  if (!(first >= -180 && first <= 180)) return "longitude must be from -180 to 180 (the order is longitude, latitude)";
  if (!(second >= -90 && second <= 90)) return "latitude must be from -90 to 90 (the order is longitude, latitude)";
  return {};
}

std::string positions_problem(dom::element e, std::size_t at_least, bool ring) {
  dom::array list;
  if (e.get_array().get(list)) return "its coordinates must be an array of positions";
  std::size_t count = 0;
  std::array<double, 3> first{}, last{};
  for (dom::element p : list) {
    if (std::string problem = position_problem(p); !problem.empty()) return problem;
    last = {};
    std::size_t i = 0;
    for (dom::element n : array_of(p)) number(n, last[i++]);
    if (count++ == 0) first = last;
  }
  if (count < at_least)
    return ring ? "a ring needs at least 4 positions" : "it needs at least " + std::to_string(at_least) + " positions";
  if (ring && first != last) return "a ring must end where it begins";
  return {};
}

// A list whose every item `problem_of` finds good.
template <class Check>
std::string each_problem(dom::element e, std::string_view what, Check problem_of) {
  dom::array list;
  if (e.get_array().get(list)) return "its coordinates must be an array of " + std::string(what);
  for (dom::element item : list)
    if (std::string problem = problem_of(item); !problem.empty()) return problem;
  return {};
}

std::string polygon_problem(dom::element e) {
  std::string problem = each_problem(e, "rings", [](dom::element ring) { return positions_problem(ring, 4, true); });
  if (problem.empty() && array_of(e).size() == 0) return "it needs at least one ring";
  return problem;
}

std::string shape_problem(dom::element e, int depth) {
  dom::object o;
  if (e.get_object().get(o)) return "it must be a GeoJSON geometry object";
  std::string_view type;
  dom::element shape;
  bool has_type = false, has_shape = false, has_parts = false;
  for (auto [key, value] : o) {
    if (key == "type") {
      if (has_type || value.get_string().get(type)) return "its \"type\" must be one string";
      has_type = true;
    } else if (key == "coordinates" || key == "geometries") {
      if (has_shape) return "it must have \"coordinates\" or \"geometries\" once";
      has_shape = true;
      has_parts = key == "geometries";
      shape = value;
    }
  }
  if (!has_type) return "a GeoJSON geometry needs a \"type\"";
  if (!is_geometry_name(type)) return in_quotes(type) + " is no GeoJSON geometry type";
  const bool collection = type == "GeometryCollection";
  if (!has_shape || has_parts != collection)
    return "a " + std::string(type) + " needs \"" + (collection ? "geometries" : "coordinates") + "\"";
  if (type == "Point") return position_problem(shape);
  if (type == "MultiPoint") return positions_problem(shape, 0, false);
  if (type == "LineString") return positions_problem(shape, 2, false);
  if (type == "MultiLineString")
    return each_problem(shape, "lines", [](dom::element line) { return positions_problem(line, 2, false); });
  if (type == "Polygon") return polygon_problem(shape);
  if (type == "MultiPolygon") return each_problem(shape, "polygons", polygon_problem);
  if (depth > 8) return "its geometry collections nest too deep";
  dom::array parts;
  if (shape.get_array().get(parts)) return "its \"geometries\" must be an array of geometries";
  for (dom::element part : parts)
    if (std::string problem = shape_problem(part, depth + 1); !problem.empty()) return problem;
  return {};
}

}  // namespace

bool is_null(const dom::element& element) {
  std::string_view text;
  return !element.get_string().get(text) && text == kNullText;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 200;
  std::size_t end = std::min(text.size(), kShown);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u)
    --end;  // not inside a character
  std::string out = "\"";
  out += text.substr(0, end);
  return out += end < text.size() ? "…\"" : "\"";
}

bool append_json(std::string& out, dom::element element, bool null_allowed, std::string& problem) {
  return Writer(out, null_allowed, problem).write(element);
}

std::string geometry_problem(dom::element element) {
  return shape_problem(element, 0);
}

}  // namespace tsunagu::ngsi
