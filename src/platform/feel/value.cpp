#include "platform/feel/value.h"

#include <algorithm>

#include "platform/feel/machine.h"

namespace tsunagu::platform::feel {
namespace {

constexpr int kMaxNesting = 200;

std::optional<bool> equal_lists(const List& a, const List& b, int depth);
std::optional<bool> equal_in(const Value& a, const Value& b, int depth);

bool truly(std::optional<bool> answer) {
  return answer.value_or(false);
}

std::optional<bool> equal_lists(const List& a, const List& b, int depth) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!truly(equal_in(a[i], b[i], depth))) return false;
  }
  return true;
}

std::optional<bool> equal_contexts(const Context& a, const Context& b, int depth) {
  if (a.size() != b.size()) return false;
  return std::all_of(a.begin(), a.end(), [&](const auto& entry) {
    const Value* other = find(b, entry.first);
    return other != nullptr && truly(equal_in(entry.second, *other, depth));
  });
}

std::optional<bool> equal_in(const Value& a, const Value& b, int depth) {
  if (depth > kMaxNesting) return std::nullopt;
  if (a.null() || b.null()) return a.null() && b.null();
  if (a.kind() != b.kind()) {
    // A list of one is its element.
    if (const List* list = a.list(); list != nullptr && list->size() == 1) return equal_in((*list)[0], b, depth + 1);
    if (const List* list = b.list(); list != nullptr && list->size() == 1) return equal_in(a, (*list)[0], depth + 1);
    if (a.date() != nullptr && b.date_time() != nullptr) return equal_in(Value(DateTime{*a.date(), {}}), b, depth + 1);
    if (a.date_time() != nullptr && b.date() != nullptr) return equal_in(b, a, depth + 1);
    return std::nullopt;
  }
  switch (a.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBoolean:
      return *a.boolean() == *b.boolean();
    case Kind::kNumber:
      return *a.number() == *b.number();
    case Kind::kString:
      return *a.string() == *b.string();
    case Kind::kDate:
      return *a.date() == *b.date();
    case Kind::kMonths:
      return *a.months() == *b.months();
    case Kind::kDuration:
      return *a.duration() == *b.duration();
    case Kind::kTime:  // to the second, as everywhere below
      if ((a.time()->zone == nullptr) != (b.time()->zone == nullptr)) return false;
      return instant(*a.time()).seconds == instant(*b.time()).seconds;
    case Kind::kDateTime:
      if ((a.date_time()->time.zone == nullptr) != (b.date_time()->time.zone == nullptr)) return false;
      return instant(*a.date_time()).seconds == instant(*b.date_time()).seconds;
    case Kind::kList:
      return equal_lists(*a.list(), *b.list(), depth + 1);
    case Kind::kContext:
      return equal_contexts(*a.context(), *b.context(), depth + 1);
    case Kind::kRange: {
      const Range &x = *a.range(), &y = *b.range();
      if (x.low_closed != y.low_closed || x.high_closed != y.high_closed || x.form != y.form) return false;
      return truly(equal_in(x.low, y.low, depth + 1)) && truly(equal_in(x.high, y.high, depth + 1));
    }
    case Kind::kFunction:
      return a.function() == b.function();
  }
  return std::nullopt;
}

void append(std::string& out, const Value& value, bool quoted, int depth) {
  if (depth > kMaxNesting || out.size() > kMaxText) {
    out += "…";
    return;
  }
  switch (value.kind()) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kBoolean:
      out += *value.boolean() ? "true" : "false";
      return;
    case Kind::kNumber:
      out += value.number()->text();
      return;
    case Kind::kString:
      if (!quoted) {
        out += *value.string();
        return;
      }
      out += '"';
      for (const char c : *value.string()) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
      }
      out += '"';
      return;
    case Kind::kDate:
      out += text(*value.date());
      return;
    case Kind::kTime:
      out += text(*value.time());
      return;
    case Kind::kDateTime:
      out += text(*value.date_time());
      return;
    case Kind::kMonths:
      out += text(*value.months());
      return;
    case Kind::kDuration:
      out += text(*value.duration());
      return;
    case Kind::kList: {
      const char* between = "";
      out += '[';
      for (const Value& item : *value.list()) {
        out += between;
        append(out, item, true, depth + 1);
        between = ", ";
      }
      out += ']';
      return;
    }
    case Kind::kContext: {
      const char* between = "";
      out += '{';
      for (const auto& [name, entry] : *value.context()) {
        out.append(between);
        const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ' ' ||
                 static_cast<unsigned char>(c) >= 0x80;
        });
        if (plain) {
          out += name;
        } else {
          append(out, Value(name), true, depth + 1);
        }
        out += ": ";
        append(out, entry, true, depth + 1);
        between = ", ";
      }
      out += '}';
      return;
    }
    case Kind::kRange: {
      const Range& range = *value.range();
      if (range.form == Range::Form::kUnequal) out += "!=";
      out += range.low_closed ? '[' : '(';
      append(out, range.low, true, depth + 1);
      out += "..";
      append(out, range.high, true, depth + 1);
      out += range.high_closed ? ']' : ')';
      return;
    }
    case Kind::kFunction:
      out += "function";
      return;
  }
}

}  // namespace

Value::Value(const DateTime& value) : data_(std::make_shared<const DateTime>(value)) {}
Value::Value(std::string value) : data_(std::make_shared<const std::string>(std::move(value))) {}
Value::Value(List value) : data_(std::make_shared<const List>(std::move(value))) {}
Value::Value(Context value) : data_(std::make_shared<const Context>(std::move(value))) {}
Value::Value(Range value) : data_(std::make_shared<const Range>(std::move(value))) {}

const Value* find(const Context& context, std::string_view name) {
  for (const auto& [key, value] : context) {
    if (key == name) return &value;
  }
  return nullptr;
}

void put(Context& context, std::string name, Value value) {
  for (auto& [key, held] : context) {
    if (key == name) {
      held = std::move(value);
      return;
    }
  }
  context.emplace_back(std::move(name), std::move(value));
}

std::optional<bool> equal(const Value& a, const Value& b) {
  return equal_in(a, b, 0);
}

bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (const Time* x = a.time()) return x->nanos == b.time()->nanos && x->zone == b.time()->zone;
  if (const DateTime* x = a.date_time()) {
    const DateTime& y = *b.date_time();
    return x->date == y.date && x->time.nanos == y.time.nanos && x->time.zone == y.time.zone;
  }
  return equal(a, b).value_or(false);
}

std::optional<int> order(const Value& a, const Value& b) {
  const auto by = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  if (a.kind() != b.kind()) {
    if (a.date() != nullptr && b.date_time() != nullptr) return order(Value(DateTime{*a.date(), {}}), b);
    if (a.date_time() != nullptr && b.date() != nullptr) return order(a, Value(DateTime{*b.date(), {}}));
    return std::nullopt;
  }
  switch (a.kind()) {
    case Kind::kNumber:
      return by(*a.number(), *b.number());
    case Kind::kString:
      return by(*a.string(), *b.string());  // UTF-8 keeps the order of code points
    case Kind::kDate:
      return by(*a.date(), *b.date());
    case Kind::kTime:
      return compare(*a.time(), *b.time());
    case Kind::kDateTime:
      return compare(*a.date_time(), *b.date_time());
    case Kind::kMonths:
      return by(*a.months(), *b.months());
    case Kind::kDuration:
      return by(*a.duration(), *b.duration());
    default:
      return std::nullopt;
  }
}

std::optional<bool> contains(const Range& range, const Value& value) {
  if (range.form == Range::Form::kEqual || range.form == Range::Form::kUnequal) {
    const auto found = equal(range.low, value);
    return found ? std::optional<bool>(*found == (range.form == Range::Form::kEqual)) : std::nullopt;
  }
  if (value.null() || (range.low.null() && range.high.null())) return std::nullopt;
  if (range.form == Range::Form::kInterval && (range.low.null() || range.high.null())) return std::nullopt;
  if (!range.low.null()) {
    const auto way = order(range.low, value);
    if (!way) return std::nullopt;
    if (*way > 0 || (*way == 0 && !range.low_closed)) return false;
  }
  if (!range.high.null()) {
    const auto way = order(value, range.high);
    if (!way) return std::nullopt;
    if (*way > 0 || (*way == 0 && !range.high_closed)) return false;
  }
  return true;
}

std::string text(const Value& value) {
  std::string out;
  append(out, value, false, 0);
  return out;
}

std::string literal(const Value& value) {
  std::string out;
  append(out, value, true, 0);
  return out;
}

}  // namespace tsunagu::platform::feel
