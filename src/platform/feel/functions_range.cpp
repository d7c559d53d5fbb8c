// Ranges and points beside each other (DMN 1.5 clause 10.3.4.7, after Allen's interval algebra) and range().
#include <array>

#include "platform/feel/arguments.h"
#include "platform/feel/parser.h"

namespace tsunagu::platform::feel {
namespace {

/// A point is a range from itself to itself.
std::optional<Range> as_range(const Value& value) {
  if (value.range() != nullptr) {
    if (value.range()->form == Range::Form::kUnequal) return std::nullopt;
    return *value.range();
  }
  if (!order(value, value)) return std::nullopt;
  return Range{value, value, true, true};
}

/// Ends in order; one that is open for ever lies before or behind everything.
struct Pair {
  Range a, b;
  static std::optional<int> ends(const Value& x, int x_open, const Value& y, int y_open) {
    if (x.null() || y.null()) {
      const int left = x.null() ? x_open : 0, right = y.null() ? y_open : 0;
      return left < right ? -1 : left > right ? 1 : 0;
    }
    return order(x, y);
  }
  std::optional<int> starts() const { return ends(a.low, -1, b.low, -1); }
  std::optional<int> stops() const { return ends(a.high, 1, b.high, 1); }
  std::optional<int> stop_start() const { return ends(a.high, 1, b.low, -1); }
  std::optional<int> start_stop() const { return ends(a.low, -1, b.high, 1); }
};

enum class Shape : unsigned char { kAny, kRanges, kFirstRange, kSecondRange, kSame };

using Relation = bool (*)(const Range& a, const Range& b, int starts, int stops, int stop_start, int start_stop);

Value related(const Arguments& args, Shape shape, Relation relation) {
  const Value &x = single(args[0]), &y = single(args[1]);
  const bool first = x.range() != nullptr, second = y.range() != nullptr;
  const bool fits = shape == Shape::kAny || (shape == Shape::kRanges && first && second) ||
                    (shape == Shape::kFirstRange && first) || (shape == Shape::kSecondRange && second) ||
                    (shape == Shape::kSame && first == second);
  const auto a = as_range(x), b = as_range(y);
  if (!fits || !a || !b) return args.fault("the function needs ranges, or points of the same kind");
  const Pair pair{*a, *b};
  const auto starts = pair.starts(), stops = pair.stops(), stop_start = pair.stop_start(),
             start_stop = pair.start_stop();
  if (!starts || !stops || !stop_start || !start_stop) return args.fault("the values cannot be compared");
  return relation(*a, *b, *starts, *stops, *stop_start, *start_stop);
}

bool before(const Range& a, const Range& b, int, int, int stop_start, int) {
  return stop_start < 0 || (stop_start == 0 && !(a.high_closed && b.low_closed));
}
bool after(const Range& a, const Range& b, int, int, int, int start_stop) {
  return start_stop > 0 || (start_stop == 0 && !(a.low_closed && b.high_closed));
}
bool meets(const Range& a, const Range& b, int, int, int stop_start, int) {
  return stop_start == 0 && a.high_closed && b.low_closed;
}
bool met_by(const Range& a, const Range& b, int, int, int, int start_stop) {
  return start_stop == 0 && a.low_closed && b.high_closed;
}
bool overlaps(const Range& a, const Range& b, int, int, int stop_start, int start_stop) {
  return (stop_start > 0 || (stop_start == 0 && a.high_closed && b.low_closed)) &&
         (start_stop < 0 || (start_stop == 0 && a.low_closed && b.high_closed));
}
bool overlaps_before(const Range& a, const Range& b, int starts, int stops, int stop_start, int) {
  return (starts < 0 || (starts == 0 && a.low_closed && !b.low_closed)) &&
         (stop_start > 0 || (stop_start == 0 && a.high_closed && b.low_closed)) &&
         (stops < 0 || (stops == 0 && (!a.high_closed || b.high_closed)));
}
bool overlaps_after(const Range& a, const Range& b, int starts, int stops, int, int start_stop) {
  return (starts > 0 || (starts == 0 && b.low_closed && !a.low_closed)) &&
         (start_stop < 0 || (start_stop == 0 && a.low_closed && b.high_closed)) &&
         (stops > 0 || (stops == 0 && (!b.high_closed || a.high_closed)));
}
bool includes(const Range& a, const Range& b, int starts, int stops, int, int) {
  return (starts < 0 || (starts == 0 && (a.low_closed || !b.low_closed))) &&
         (stops > 0 || (stops == 0 && (a.high_closed || !b.high_closed)));
}
bool during(const Range& a, const Range& b, int starts, int stops, int x, int y) {
  return includes(b, a, -starts, -stops, x, y);
}
bool finishes(const Range& a, const Range& b, int starts, int stops, int, int) {
  return stops == 0 && a.high_closed == b.high_closed &&
         (starts > 0 || (starts == 0 && (!a.low_closed || b.low_closed)));
}
bool finished_by(const Range& a, const Range& b, int starts, int stops, int x, int y) {
  return finishes(b, a, -starts, -stops, x, y);
}
bool begins(const Range& a, const Range& b, int starts, int stops, int, int) {
  return starts == 0 && a.low_closed == b.low_closed &&
         (stops < 0 || (stops == 0 && (!a.high_closed || b.high_closed)));
}
bool begun_by(const Range& a, const Range& b, int starts, int stops, int x, int y) {
  return begins(b, a, -starts, -stops, x, y);
}
bool coincides(const Range& a, const Range& b, int starts, int stops, int, int) {
  return starts == 0 && stops == 0 && a.low_closed == b.low_closed && a.high_closed == b.high_closed;
}

/// range("[1..5]"): both ends are literals.
Value range_from(const Arguments& a) {
  const std::string* text = string(a, 0);
  if (text == nullptr) return a.fault("range needs a string");
  Names names;
  std::string source = *text;
  // An end may be left out here, and only here.
  if (const std::size_t dots = source.find(".."); dots != std::string::npos && source.size() > 3) {
    const auto blank = [&](std::size_t from, std::size_t to) {
      return source.find_first_not_of(" \t\n\r", from) >= to;
    };
    if (blank(dots + 2, source.size() - 1)) source.insert(dots + 2, "null");
    if (blank(1, dots)) source.insert(dots, "null");
  }
  const auto parsed = parse_expression(source, names);
  const auto* interval = parsed ? dynamic_cast<const Interval*>(parsed->get()) : nullptr;
  if (interval == nullptr) return a.fault("“" + text->substr(0, 100) + "” is not a range");
  const auto* low = dynamic_cast<const Constant*>(interval->low.get());
  const auto* high = dynamic_cast<const Constant*>(interval->high.get());
  if (low == nullptr || high == nullptr) return a.fault("the ends of a range are literals");
  const Value &from = low->value, &to = high->value;
  if ((from.null() && to.null()) || (from.null() && interval->low_closed) || (to.null() && interval->high_closed)) {
    return a.fault("an open end of a range is not included");
  }
  if (!from.null() && !to.null()) {
    const auto way = order(from, to);
    if (from.kind() != to.kind() || !way || *way > 0) return a.fault("the ends of the range are not in order");
  }
  const bool open = from.null() || to.null();
  return Range{from, to, interval->low_closed, interval->high_closed,
               open ? Range::Form::kOpen : Range::Form::kInterval};
}

constexpr std::array kForms = {
    Form{"before", "point1, point2", 2, [](const Arguments& a) { return related(a, Shape::kAny, before); }},
    Form{"after", "point1, point2", 2, [](const Arguments& a) { return related(a, Shape::kAny, after); }},
    Form{"meets", "range1, range2", 2, [](const Arguments& a) { return related(a, Shape::kRanges, meets); }},
    Form{"met by", "range1, range2", 2, [](const Arguments& a) { return related(a, Shape::kRanges, met_by); }},
    Form{"overlaps", "range1, range2", 2, [](const Arguments& a) { return related(a, Shape::kRanges, overlaps); }},
    Form{"overlaps before", "range1, range2", 2,
         [](const Arguments& a) { return related(a, Shape::kRanges, overlaps_before); }},
    Form{"overlaps after", "range1, range2", 2,
         [](const Arguments& a) { return related(a, Shape::kRanges, overlaps_after); }},
    Form{"includes", "range, point", 2, [](const Arguments& a) { return related(a, Shape::kFirstRange, includes); }},
    Form{"during", "point, range", 2, [](const Arguments& a) { return related(a, Shape::kSecondRange, during); }},
    Form{"finishes", "point, range", 2,
         [](const Arguments& a) {
           if (single(a[0]).range() == nullptr && single(a[1]).range() != nullptr) {
             const Range& range = *single(a[1]).range();
             const auto way = order(range.high, single(a[0]));
             return way ? Value(*way == 0 && range.high_closed) : a.fault("the values cannot be compared");
           }
           return related(a, Shape::kSecondRange, finishes);
         }},
    Form{"finished by", "range, point", 2,
         [](const Arguments& a) {
           if (single(a[1]).range() == nullptr && single(a[0]).range() != nullptr) {
             const Range& range = *single(a[0]).range();
             const auto way = order(range.high, single(a[1]));
             return way ? Value(*way == 0 && range.high_closed) : a.fault("the values cannot be compared");
           }
           return related(a, Shape::kFirstRange, finished_by);
         }},
    Form{"starts", "point, range", 2,
         [](const Arguments& a) {
           if (single(a[0]).range() == nullptr && single(a[1]).range() != nullptr) {
             const Range& range = *single(a[1]).range();
             const auto way = order(range.low, single(a[0]));
             return way ? Value(*way == 0 && range.low_closed) : a.fault("the values cannot be compared");
           }
           return related(a, Shape::kSecondRange, begins);
         }},
    Form{"started by", "range, point", 2,
         [](const Arguments& a) {
           if (single(a[1]).range() == nullptr && single(a[0]).range() != nullptr) {
             const Range& range = *single(a[0]).range();
             const auto way = order(range.low, single(a[1]));
             return way ? Value(*way == 0 && range.low_closed) : a.fault("the values cannot be compared");
           }
           return related(a, Shape::kFirstRange, begun_by);
         }},
    Form{"coincides", "point1, point2", 2, [](const Arguments& a) { return related(a, Shape::kSame, coincides); }},
    Form{"range", "from", 1, range_from},
};

}  // namespace

Forms range_functions() {
  return kForms;
}

}  // namespace tsunagu::platform::feel
