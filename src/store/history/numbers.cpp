#include "store/history/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tsunagu::store::leaf {

namespace {

// The first byte of a column.
constexpr unsigned kDoubles = 1, kForms = 2;
constexpr int kMaxScale = 18;
constexpr std::int64_t kExact =
    std::int64_t{1} << 53;  // up to here a whole number is a double, and divided by 10^k rounds as the text does

constexpr auto kPowers = [] {
  std::array<std::int64_t, kMaxScale + 1> p{};
  p[0] = 1;
  for (std::size_t i = 1; i < p.size(); ++i) p[i] = 10 * p[i - 1];
  return p;
}();
constexpr auto kDoublePowers = [] {
  std::array<double, kMaxScale + 1> p{};
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = static_cast<double>(kPowers[i]);
  return p;
}();
std::int64_t power(int i) {
  return kPowers[static_cast<std::size_t>(i)];
}

struct Decimal {
  std::int64_t digits;
  int decimals;
};

// Only what append_decimal writes the same again.
std::optional<Decimal> parse_decimal(std::string_view text) {
  const bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 20) return std::nullopt;
  std::uint64_t digits = 0;
  int decimals = -1, count = 0;
  for (const char c : text) {
    if (c == '.') {
      if (decimals >= 0 || count == 0) return std::nullopt;
      decimals = 0;
      continue;
    }
    if (c < '0' || c > '9' || ++count > 19) return std::nullopt;
    digits = digits * 10 + static_cast<unsigned char>(c - '0');
    if (decimals >= 0) ++decimals;
  }
  if (decimals == 0 || decimals > kMaxScale || (negative && digits == 0)) return std::nullopt;
  decimals = std::max(decimals, 0);
  if (text[0] == '0' && count > decimals + 1) return std::nullopt;
  if (digits > static_cast<std::uint64_t>(INT64_MAX) + (negative ? 1 : 0)) return std::nullopt;
  return Decimal{static_cast<std::int64_t>(negative ? 0 - digits : digits), decimals};
}

void append_decimal(std::string& out, std::int64_t digits, int decimals) {
  std::array<char, 48> buffer;
  char* p = buffer.data() + buffer.size();
  char* const end = p;
  std::uint64_t left = digits < 0 ? 0 - static_cast<std::uint64_t>(digits) : static_cast<std::uint64_t>(digits);
  const auto digit = [&] {
    *--p = static_cast<char>('0' + left % 10);
    left /= 10;
  };
  if (decimals > 0) {
    for (int i = 0; i < decimals; ++i) digit();
    *--p = '.';
  }
  do digit();
  while (left);
  if (digits < 0) *--p = '-';
  out.append(p, end);
}

// How a double is written: the shortest digits that read back the same, as …
enum Form : std::uint8_t {
  kShortest,  // … std::to_chars has them: 1e-07, 1e+22, 12.5
  kFixed,     // … without an exponent: 100000
  kWhole,     // … without an exponent, and ".0": 25.0
  kExponent,  // … with an exponent of as few digits as there are: 1e-7
  kForms_,
};

void append_double(std::string& out, double v, std::int64_t form) {
  std::array<char, 400> buffer;
  char* const begin = buffer.data();
  char* const end = begin + buffer.size();
  switch (form) {
    case kShortest:
      out.append(begin, std::to_chars(begin, end, v).ptr);
      return;
    case kExponent: {
      std::string_view text(
          begin, static_cast<std::size_t>(std::to_chars(begin, end, v, std::chars_format::scientific).ptr - begin));
      const std::size_t sign = text.find('e') + 1;
      out += text.substr(0, sign + 1);
      text.remove_prefix(std::min(text.size(), sign + 1));
      while (text.size() > 1 && text[0] == '0') text.remove_prefix(1);
      out += text;
      return;
    }
    default:
      out.append(begin, std::to_chars(begin, end, v, std::chars_format::fixed).ptr);
      if (form == kWhole) out += ".0";
  }
}

std::optional<Form> form_of(std::string_view text, double v) {
  if (text.size() > 300) return std::nullopt;
  std::string again;
  for (unsigned form = 0; form < kForms_; ++form) {
    again.clear();
    append_double(again, v, form);
    if (again == text) return static_cast<Form>(form);
  }
  return std::nullopt;
}

// Doubles in their order as integers, so that near ones have small differences.
std::int64_t ordered(double v) {
  const auto bits = std::bit_cast<std::int64_t>(v);
  return bits < 0 ? bits ^ INT64_MAX : bits;
}
double from_ordered(std::int64_t v) {
  return std::bit_cast<double>(v < 0 ? v ^ INT64_MAX : v);
}

struct Candidate : PackedNumbers {
  std::size_t cost = 0;

  void count_misfits(std::span<const std::string_view> texts) {
    cost = bytes.size();
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (!fits[i]) cost += texts[i].size() + 2;
  }
};

Candidate as_decimals(std::span<const std::string_view> texts, std::span<const std::optional<Decimal>> decimals,
                      int scale) {
  Candidate out;
  out.fits.assign(texts.size(), 0);
  std::vector<std::int64_t> numbers, forms;
  bool trimmed = true;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!decimals[i] || decimals[i]->decimals > scale) continue;
    const Decimal d = *decimals[i];
    const std::int64_t factor = power(scale - d.decimals);
    if (scale > 0 && (d.digits > kExact / factor || d.digits < -(kExact / factor))) continue;
    out.fits[i] = 1;
    numbers.push_back(d.digits * factor);
    forms.push_back(d.decimals);
    trimmed = trimmed && (d.decimals == 0 || d.digits % 10 != 0);
  }
  if (!numbers.empty()) {
    out.bytes += static_cast<char>(trimmed ? 0 : kForms);
    out.bytes += static_cast<char>(scale);
    put_integers(out.bytes, numbers);
    if (!trimmed) put_integers(out.bytes, forms);
  }
  out.count_misfits(texts);
  return out;
}

Candidate as_doubles(std::span<const std::string_view> texts) {
  Candidate out;
  out.fits.assign(texts.size(), 0);
  std::vector<std::int64_t> numbers, forms;
  bool plain = true;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::optional<double> v = number_of(texts[i]);
    if (!v) continue;
    const std::optional<Form> form = form_of(texts[i], *v);
    if (!form) continue;
    out.fits[i] = 1;
    numbers.push_back(ordered(*v));
    forms.push_back(*form);
    plain = plain && *form == kShortest;
  }
  if (!numbers.empty()) {
    out.bytes += static_cast<char>(kDoubles | (plain ? 0 : kForms));
    put_integers(out.bytes, numbers);
    if (!plain) put_integers(out.bytes, forms);
  }
  out.count_misfits(texts);
  return out;
}

}  // namespace

std::optional<double> number_of(std::string_view json) {
  if (json.empty() || !(json[0] == '-' || (json[0] >= '0' && json[0] <= '9'))) return std::nullopt;
  double v = 0;
  const auto [stop, fault] = std::from_chars(json.data(), json.data() + json.size(), v);
  if (fault != std::errc{} || stop != json.data() + json.size() || !std::isfinite(v)) return std::nullopt;
  return v;
}

PackedNumbers pack_numbers(std::span<const std::string_view> texts) {
  std::vector<std::optional<Decimal>> decimals(texts.size());
  std::array<std::size_t, kMaxScale + 1> with{};
  std::size_t all = 0;
  int largest = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    decimals[i] = parse_decimal(texts[i]);
    if (!decimals[i]) continue;
    ++all;
    ++with[static_cast<std::size_t>(decimals[i]->decimals)];
    largest = std::max(largest, decimals[i]->decimals);
  }
  Candidate best = as_decimals(texts, decimals, largest);
  const auto consider = [&best](Candidate next) {
    if (next.cost < best.cost) best = std::move(next);
  };
  // A few with more digits than the others may be cheaper as text.
  int most = 0;
  for (std::size_t seen = with[0]; seen * 20 < all * 19;) seen += with[static_cast<std::size_t>(++most)];
  if (most < largest) consider(as_decimals(texts, decimals, most));
  if (best.cost > 5 * texts.size()) consider(as_doubles(texts));
  return best;
}

bool NumberColumn::read(Input& in, std::size_t count) {
  const auto flags = in.number<unsigned char>();
  doubles_ = flags & kDoubles;
  forms_ = flags & kForms;
  count_ = count;
  scale_ = doubles_ ? 0 : in.number<unsigned char>();
  if (!in.ok || flags > (kDoubles | kForms) || scale_ > kMaxScale) return false;
  if (!read_integers(in, std::span(numbers_).first(count))) return false;
  if (doubles_) {
    for (std::size_t i = 0; i < count; ++i)
      if (!std::isfinite(from_ordered(numbers_[i]))) return false;
  }
  if (!forms_) return true;
  if (!read_integers(in, std::span(form_).first(count))) return false;
  const std::int64_t most = doubles_ ? kForms_ - 1 : scale_;
  return std::all_of(form_.begin(), form_.begin() + static_cast<std::ptrdiff_t>(count),
                     [most](std::int64_t form) { return form >= 0 && form <= most; });
}

void NumberColumn::values(double* out) const {
  if (doubles_) {
    for (std::size_t i = 0; i < count_; ++i) out[i] = from_ordered(numbers_[i]);
  } else {
    const double divisor = kDoublePowers[static_cast<std::size_t>(scale_)];
    for (std::size_t i = 0; i < count_; ++i) out[i] = static_cast<double>(numbers_[i]) / divisor;
  }
}

void NumberColumn::append_text(std::string& out, std::size_t i) const {
  std::int64_t digits = numbers_[i];
  if (doubles_) return append_double(out, from_ordered(digits), forms_ ? form_[i] : std::int64_t{kShortest});
  int decimals = scale_;
  if (forms_) {
    decimals = static_cast<int>(form_[i]);
    digits /= power(scale_ - decimals);
  } else {
    for (; decimals > 0 && digits % 10 == 0; --decimals) digits /= 10;
  }
  append_decimal(out, digits, decimals);
}

}  // namespace tsunagu::store::leaf
