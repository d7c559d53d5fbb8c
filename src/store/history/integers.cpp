#include "store/history/integers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace tsunagu::store::leaf {

namespace {

using Numbers = std::array<std::int64_t, kMaxColumn>;

// The first byte of a column.
constexpr unsigned kOrder = 3, kBase = 4, kFirst = 8, kSlope = 16, kStep = 32, kWidth = 64, kStray = 128;
constexpr unsigned kWidest = 57;  // what one unaligned load of 64 bits always holds; wider ones take 64

template <class T>
T load(const char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

std::uint64_t distance(std::int64_t low, std::int64_t high) {
  return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
}
unsigned width_of(std::uint64_t range) {
  const auto width = static_cast<unsigned>(std::bit_width(range));
  return width > kWidest ? 64 : width;
}
std::size_t packed_size(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

// The differences that remain of a column at one order.
struct Differences {
  unsigned order = 0;
  std::size_t count = 0;
  std::int64_t first = 0, slope = 0;  // what they start from
  Numbers rest;

  std::span<const std::int64_t> all() const { return std::span(rest).first(count); }
};

void differ(std::span<const std::int64_t> values, unsigned order, Differences& d) {
  d.order = order;
  d.count = values.size() - order;
  std::copy(values.begin(), values.end(), d.rest.begin());
  const auto once_more = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) d.rest[i] = minus(d.rest[i + 1], d.rest[i]);
  };
  if (order > 0) {
    d.first = d.rest[0];
    once_more(values.size() - 1);
  }
  if (order > 1) {
    d.slope = d.rest[0];
    once_more(values.size() - 2);
  }
}

// A way to write them.
struct Plan {
  std::int64_t base = 0;    // smallest that is packed
  std::uint64_t range = 0;  // largest that is packed, over the base
  std::uint64_t step = 1;
  std::size_t strays = 0;  // how many are not packed
  std::size_t cost = 0;    // bytes

  bool packs(std::int64_t v) const { return v >= base && distance(base, v) <= range; }
};

std::uint64_t common_step(const Differences& d, const Plan& plan) {
  std::uint64_t step = 0;
  for (const std::int64_t v : d.all()) {
    if (!plan.packs(v)) continue;
    const std::uint64_t over = distance(plan.base, v);
    if (step == 0 || over % step != 0) step = std::gcd(step, over);
    if (step == 1) break;
  }
  return std::max<std::uint64_t>(step, 1);
}

Plan settled(const Differences& d, Plan plan) {
  const auto size = [](std::int64_t v) { return v ? varint_size(zigzag(v)) : 0; };
  plan.step = common_step(d, plan);
  plan.cost = 1 + size(plan.base) + size(d.first) + size(d.slope) + (plan.step > 1 ? varint_size(plan.step) : 0);
  if (plan.range) plan.cost += 1 + packed_size(d.count, width_of(plan.range / plan.step));
  if (!plan.strays) return plan;
  ++plan.cost;
  for (const std::int64_t v : d.all())
    if (!plan.packs(v)) plan.cost += 1 + varint_size(zigzag(minus(v, plan.base)));
  return plan;
}

Plan plain_plan(const Differences& d) {
  const auto [low, high] = std::minmax_element(d.all().begin(), d.all().end());
  Plan plan;
  plan.base = *low;
  plan.range = distance(*low, *high);
  return settled(d, plan);
}

// Could leaving out `most` on each side make the others narrower by two bits? Then they lie within two eighths of
// the range, so that three eighths next to each other hold them. Quicker than to find the middle.
bool may_be_narrower(const Differences& d, const Plan& plain, unsigned width, std::size_t most) {
  if (width < 3 || width > kWidest) return true;
  const double eighth = std::ldexp(1 / static_cast<double>(plain.step), 3 - static_cast<int>(width));
  std::array<std::size_t, 11> eighths{};
  for (const std::int64_t v : d.all()) {
    const double which = static_cast<double>(distance(plain.base, v)) * eighth;
    ++eighths[std::min<std::size_t>(static_cast<std::size_t>(which), 8)];
  }
  for (std::size_t i = 0; i + 2 < eighths.size(); ++i)
    if (eighths[i] + eighths[i + 1] + eighths[i + 2] + 2 * most >= d.count) return true;
  return false;
}

// Leaving out the outermost few may make all others narrower: tries the windows of the sorted differences that miss up
// to 32 of them.
Plan without_strays(const Differences& d, const Plan& plain) {
  constexpr std::size_t kMostStrays = 32;
  const std::size_t most = std::min(kMostStrays, d.count / 4);
  unsigned width = width_of(plain.range / plain.step);
  if (!may_be_narrower(d, plain, width, most)) return plain;
  Numbers sorted;
  std::copy_n(d.rest.begin(), d.count, sorted.begin());
  const auto at = [&](std::size_t i) { return sorted.begin() + static_cast<std::ptrdiff_t>(i); };
  // No sorting where even the middle alone is hardly narrower.
  std::nth_element(at(0), at(most), at(d.count));
  std::nth_element(at(most), at(d.count - 1 - most), at(d.count));
  if (width_of(distance(sorted[most], sorted[d.count - 1 - most]) / plain.step) + 1 >= width) return plain;
  std::sort(at(0), at(d.count));
  Plan best = plain;
  for (std::size_t strays = 1; strays <= most && width > 0; ++strays) {
    Plan next;
    next.strays = strays;
    next.range = ~std::uint64_t{0};
    for (std::size_t i = 0; i <= strays; ++i) {
      const std::uint64_t range = distance(sorted[i], sorted[i + d.count - 1 - strays]);
      if (range < next.range) next.range = range, next.base = sorted[i];
    }
    if (width_of(next.range / plain.step) >= width) continue;
    width = width_of(next.range / plain.step);
    next = settled(d, next);
    if (next.cost < best.cost) best = next;
  }
  return best;
}

void write(std::string& out, const Differences& d, const Plan& plan) {
  const unsigned width = width_of(plan.range / plan.step);
  out += static_cast<char>(d.order | (plan.base ? kBase : 0) | (d.first ? kFirst : 0) | (d.slope ? kSlope : 0) |
                           (plan.step > 1 ? kStep : 0) | (width ? kWidth : 0) | (plan.strays ? kStray : 0));
  if (plan.base) put_signed(out, plan.base);
  if (d.first) put_signed(out, d.first);
  if (d.slope) put_signed(out, d.slope);
  if (plan.step > 1) put_varint(out, plan.step);
  if (width) out += static_cast<char>(width);
  if (plan.strays) {
    out += static_cast<char>(plan.strays);
    for (std::size_t i = 0; i < d.count; ++i) {
      if (plan.packs(d.rest[i])) continue;
      out += static_cast<char>(i);
      put_signed(out, minus(d.rest[i], plan.base));
    }
  }
  if (!width) return;
  const std::size_t begin = out.size();
  out.resize(begin + packed_size(d.count, width) + 8);  // 8: room for the last store
  std::size_t bit = 0;
  for (const std::int64_t number : d.all()) {
    std::uint64_t v = plan.packs(number) ? distance(plan.base, number) : 0;
    if (plan.step > 1) v /= plan.step;
    char* const place = out.data() + begin + bit / 8;
    const std::uint64_t word = load<std::uint64_t>(place) | v << (bit % 8);
    std::memcpy(place, &word, sizeof word);
    bit += width;
  }
  out.resize(begin + packed_size(d.count, width));
}

// What stands before the packed bits.
struct Head {
  unsigned order = 0, width = 0;
  std::int64_t base = 0, first = 0, slope = 0;
  std::uint64_t step = 1;
  std::size_t strays = 0;
};

bool read_head(Input& in, std::size_t count, Head& head) {
  const auto flags = in.number<unsigned char>();
  head.order = flags & kOrder;
  if (!in.ok || head.order > 2 || count == 0 || count > kMaxColumn || head.order >= count) return false;
  if (flags & kBase) head.base = in.signed_varint();
  if (flags & kFirst) head.first = in.signed_varint();
  if (flags & kSlope) head.slope = in.signed_varint();
  if (flags & kStep) head.step = in.varint();
  if (flags & kWidth) head.width = in.number<unsigned char>();
  if (flags & kStray) head.strays = in.number<unsigned char>();
  return in.ok && (head.width <= kWidest || head.width == 64);
}

void sum_up(std::span<std::int64_t> differences) {
  std::int64_t sum = 0;
  for (std::int64_t& d : differences) d = sum = plus(sum, d);
}

}  // namespace

namespace {

/// Times of what reports regularly.
bool same_difference(std::span<const std::int64_t> values) {
  const std::int64_t difference = minus(values[1], values[0]);
  for (std::size_t i = 2; i < values.size(); ++i)
    if (minus(values[i], values[i - 1]) != difference) return false;
  return true;
}

}  // namespace

void put_integers(std::string& out, std::span<const std::int64_t> values) {
  constexpr std::size_t kMany = 128;  // fewer may be shorter by themselves
  std::array<Differences, 3> d;
  std::array<Plan, 3> plans;
  if (values.size() >= kMany && values[0] != values[1] && same_difference(values)) {
    differ(values, 1, d[1]);
    return write(out, d[1], plain_plan(d[1]));
  }
  differ(values, 0, d[0]);
  plans[0] = plain_plan(d[0]);
  std::size_t best = 0;
  if (plans[0].range && values.size() > 2) {
    const auto consider = [&](unsigned order, const Plan& plan) {
      plans[order] = plan;
      if (plan.cost < plans[best].cost) best = order;
    };
    for (unsigned order = 1; order <= 2 && plans[best].range; ++order) {
      differ(values, order, d[order]);
      consider(order, plain_plan(d[order]));
    }
    // What is ugly in one order may be a stray or two in another.
    if (plans[best].range && values.size() >= 8)
      for (unsigned order = 0; order <= 2; ++order) consider(order, without_strays(d[order], plans[order]));
  }
  write(out, d[best], plans[best]);
}

bool read_integers(Input& in, std::span<std::int64_t> out) {
  Head head;
  if (!read_head(in, out.size(), head)) return false;
  const std::size_t count = out.size() - head.order;
  std::int64_t* const rest = out.data() + head.order;
  Input strays = in;
  for (std::size_t i = 0; i < head.strays; ++i) {
    if (in.number<unsigned char>() >= count) return false;
    in.varint();
  }
  const std::string_view packed = in.take(packed_size(count, head.width));
  if (!in.ok) return false;

  const auto base = static_cast<std::uint64_t>(head.base);
  const std::uint64_t step = head.step;
  if (head.width == 0) {
    std::fill_n(rest, count, head.base);
  } else if (head.width == 64) {
    for (std::size_t i = 0; i < count; ++i)
      rest[i] = static_cast<std::int64_t>(base + load<std::uint64_t>(packed.data() + 8 * i) * step);
  } else {
    const std::uint64_t mask = (std::uint64_t{1} << head.width) - 1;
    std::size_t bit = 0;
    for (std::size_t i = 0; i < count; ++i, bit += head.width)
      rest[i] =
          static_cast<std::int64_t>(base + ((load<std::uint64_t>(packed.data() + bit / 8) >> (bit % 8)) & mask) * step);
  }
  for (std::size_t i = 0; i < head.strays; ++i) {
    const auto place = strays.number<unsigned char>();
    rest[place] = plus(head.base, strays.signed_varint());
  }
  if (head.order == 0) return true;
  out[0] = head.first;
  if (head.order == 2) {
    out[1] = head.slope;
    sum_up(out.subspan(1));
  }
  sum_up(out);
  return true;
}

bool skip_integers(Input& in, std::size_t count) {
  Head head;
  if (!read_head(in, count, head)) return false;
  for (std::size_t i = 0; i < head.strays; ++i) {
    in.number<unsigned char>();
    in.varint();
  }
  in.take(packed_size(count - head.order, head.width));
  return in.ok;
}

}  // namespace tsunagu::store::leaf
