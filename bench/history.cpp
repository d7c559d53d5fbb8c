// Leaves of history by themselves: bytes per point, and CPU to pack them, to sum up runs, to read numbers and to read
// instances. Usage: bench_history [POINTS=100000]. Leaves are of at most 8,192 points; figures are the best of several
// rounds.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <deque>
#include <functional>
#include <random>

#include "ngsi/entity.h"
#include "store/history/leaf.h"

namespace {

using namespace tsunagu;
using namespace tsunagu::store;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kStart = 1'700'000'000 * kSecond;
constexpr std::size_t kLeafPoints = 8192;

double cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}
double best_of(int rounds, const std::function<void()>& work) {
  double best = INFINITY;
  for (int i = 0; i < rounds; ++i) {
    const double start = cpu_ns();
    work();
    best = std::min(best, cpu_ns() - start);
  }
  return best;
}

struct Series {
  std::deque<std::string> bytes;
  std::vector<Point> points;

  void add(const ngsi::Attribute& a) {
    std::string& packed = bytes.emplace_back();
    ngsi::append_packed(packed, a);
    points.push_back({a.modified_at, kNoInstant, packed});
  }
};

ngsi::Attribute attribute(std::string value, std::int64_t observed, std::int64_t written) {
  ngsi::Attribute a;
  a.name = ngsi::TermId{7};
  a.kind = ngsi::AttrKind::kProperty;
  a.value = std::move(value);
  a.unit_code = "CEL";
  a.observed_at = {observed};
  a.modified_at = {written};
  a.created_at = {kStart};
  return a;
}
std::string decimal(std::int64_t hundredths) {
  std::string text =
      std::to_string(hundredths / 100) + "." + std::to_string(hundredths / 10 % 10) + std::to_string(hundredths % 10);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// Only the sums.
struct Sums : SeriesVisitor {
  double sum = 0;
  bool run(const RunSummary& r) override {
    sum += r.sum;
    return true;
  }
  bool numbers(std::span<const Instant>, std::span<const double> v) override {
    for (const double x : v) sum += x;
    return true;
  }
  bool point(const HistoryPoint& p) override {
    sum += static_cast<double>(p.instance.size());
    return true;
  }
};
struct Numbers : Sums {
  bool run(const RunSummary&) override { return false; }
};
struct Instances : Numbers {
  bool numbers(std::span<const Instant>, std::span<const double>) override { return false; }
};

void measure(const char* title, const Series& series) {
  std::vector<std::string> leaves;
  const auto pack = [&] {
    leaves.clear();
    for (std::size_t begin = 0; begin < series.points.size(); begin += kLeafPoints) {
      LeafWriter writer;
      for (std::size_t i = begin; i < std::min(begin + kLeafPoints, series.points.size()); ++i)
        writer.add(series.points[i]);
      leaves.push_back(writer.finish());
    }
  };
  const auto count = static_cast<double>(series.points.size());
  const double packing = best_of(3, pack) / count;
  std::size_t size = 0, raw = 0;
  for (const std::string& leaf : leaves) size += leaf.size();
  for (const Point& p : series.points) raw += p.instance.size();
  double sum = 0;
  const auto scan = [&](SeriesVisitor& visitor) {
    for (const std::string& leaf : leaves) {
      const auto reader = LeafReader::open(leaf);
      if (!reader || !reader->scan(0, kNoInstant, kNoInstant, false, true, visitor)) std::abort();
    }
  };
  const auto reading = [&](auto visitor) {
    return best_of(20, [&] {
      scan(visitor);
      sum += visitor.sum;
    });
  };
  const double opening = best_of(20, [&] {
    for (const std::string& leaf : leaves) sum += LeafReader::open(leaf) ? 1 : 0;
  });
  std::size_t chunks = 0;
  for (const std::string& leaf : leaves) chunks += (LeafReader::open(leaf)->range().points + 255) / 256;
  std::printf(
      "%-34s %6.2f bytes/point (packed instance %5.1f)   pack %5.0f ns   run %4.0f ns per 256   number %5.1f ns   "
      "instance %5.0f ns\n",
      title, static_cast<double>(size) / count, static_cast<double>(raw) / count, packing,
      std::max(0.0, reading(Sums()) - opening) / static_cast<double>(chunks), reading(Numbers()) / count,
      reading(Instances()) / count);
  if (sum == 0.5) std::printf("\n");
}

void few_points() {
  Series series;
  const char* values[] = {"\"Station number 17\"",
                          "\"https://example.org/stations/17\"",
                          "21.5",
                          "43",
                          "\"2024-01-01T00:00:00Z\"",
                          "\"urn:ngsi-ld:Device:3\"",
                          "true",
                          R"({"type":"Point","coordinates":[141.35,43.06]})"};
  for (std::uint32_t i = 0; i < 8; ++i) {
    ngsi::Attribute a = attribute(values[i], kStart - 1234567, kStart);
    a.name = ngsi::TermId{40 + i};
    if (i != 2) a.unit_code.clear(), a.observed_at = kNoInstant;
    series.add(a);
  }
  std::string leaf;
  const double packing = best_of(200, [&] {
    LeafWriter writer;
    for (const Point& p : series.points) writer.add(p);
    leaf = writer.finish();
  });
  double size = 0;
  for (const Point& p : series.points) size += static_cast<double>(p.instance.size());
  Sums visitor;
  const double opening =
      best_of(200, [&] { visitor.sum += static_cast<double>(LeafReader::open(leaf)->series_count()); });
  const double reading = best_of(200, [&] {
    const auto reader = LeafReader::open(leaf);
    for (std::size_t i = 0; i < 8; ++i)
      if (!reader->scan(i, kNoInstant, kNoInstant, false, false, visitor)) std::abort();
  });
  std::printf(
      "an entity created once, 8 attributes: %zu bytes (packed instances %.0f)   pack %.1f us   open %.0f ns   open "
      "and read all %.0f ns\n",
      leaf.size(), size, packing / 1e3, opening, reading);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100000;
  std::mt19937_64 random(1);
  const auto below = [&random](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  const auto series = [&](const std::function<ngsi::Attribute(std::int64_t)>& make) {
    Series s;
    for (std::size_t i = 0; i < count; ++i) s.add(make(static_cast<std::int64_t>(i)));
    return s;
  };
  const auto minute = [](std::int64_t i) { return kStart + i * 60 * kSecond; };
  const auto jitter = [&] { return below(kSecond) - kSecond / 2; };

  std::int64_t walk = 2150;
  const auto slowly = [&] { return decimal(walk = std::max<std::int64_t>(walk + below(11) - 5, 100)); };
  const auto uniform = [&] {
    char text[40];
    const double v = static_cast<double>(random()) / 18446744073709551616.0 * 200 - 100;
    return std::string(text, std::to_chars(text, text + 40, v).ptr);
  };
  measure("slowly changing, written +-500 ms",
          series([&](auto i) { return attribute(slowly(), minute(i), minute(i) + jitter()); }));
  measure("slowly changing, written regularly",
          series([&](auto i) { return attribute(slowly(), minute(i), minute(i)); }));
  measure("slowly changing, gaps, 5 ms grid", series([&, t = kStart](auto) mutable {
            t += (below(50) ? 60 : 60 * below(100)) * kSecond + 5000 * below(20);
            return attribute(slowly(), t, t + 20'000 + below(300'000));
          }));
  measure("random doubles, written +-500 ms",
          series([&](auto i) { return attribute(uniform(), minute(i), minute(i) + jitter()); }));
  measure("32-bit floats, slowly changing", series([&](auto i) {
            char text[40];
            walk += below(11) - 5;
            const double v = static_cast<float>(walk) / 100.0f;
            return attribute(std::string(text, std::to_chars(text, text + 40, v).ptr), minute(i), minute(i) + jitter());
          }));
  measure("a position each 10 s", series([&, x = 14135000, y = 4306000](auto i) mutable {
            x += static_cast<int>(below(41)) - 20, y += static_cast<int>(below(41)) - 20;
            ngsi::Attribute a = attribute(R"({"type":"Point","coordinates":[)" + std::to_string(x / 100000.0) + "," +
                                              std::to_string(y / 100000.0) + "]}",
                                          kStart + i * 10 * kSecond, kStart + i * 10 * kSecond + jitter());
            a.kind = ngsi::AttrKind::kGeoProperty;
            return a;
          }));
  measure("one of four texts", series([&](auto i) {
            const char* texts[] = {"\"open\"", "\"closed\"", "\"unknown\"", "\"full\""};
            return attribute(texts[below(4)], minute(i), minute(i) + jitter());
          }));
  few_points();
}
