#include "store/history/leaf.h"

#include <gtest/gtest.h>

#include <random>

#include "leaf_points.h"

namespace tsunagu::store {
namespace {

// What a scan shows: 'r' a run, 'n' each number of a span, 'p' a point.
struct Watcher : SeriesVisitor {
  bool take_runs = false, take_numbers = false;
  std::size_t stop_after = SIZE_MAX;
  std::string seen;
  std::vector<Instant> at;
  std::vector<double> values;
  std::vector<RunSummary> runs;
  std::vector<std::string> instances;

  bool run(const RunSummary& r) override {
    if (!take_runs) return false;
    seen += 'r';
    runs.push_back(r);
    return true;
  }
  bool numbers(std::span<const Instant> times, std::span<const double> v) override {
    if (!take_numbers) return false;
    seen.append(times.size(), 'n');
    at.insert(at.end(), times.begin(), times.end());
    values.insert(values.end(), v.begin(), v.end());
    return true;
  }
  bool point(const HistoryPoint& p) override {
    seen += 'p';
    at.push_back(p.at);
    instances.emplace_back(p.instance.bytes());
    return seen.size() < stop_after;
  }
};

void expect_same(const std::vector<Point>& got, const std::vector<Point>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].written, want[i].written) << i;
    ASSERT_EQ(got[i].deleted, want[i].deleted) << i;
    ASSERT_EQ(got[i].instance, want[i].instance)
        << i << " " << ngsi::decode(ngsi::AttributeView(want[i].instance.data())).value;
  }
}
void expect_round_trip(const Points& points) {
  const std::string leaf = points.leaf();
  const auto back = unpack(leaf);
  ASSERT_TRUE(back) << back.error().detail;
  expect_same(back->list, points.list);
}

Points numbers(const std::vector<std::string>& texts) {
  Points points;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const Instant t{kDay.us + static_cast<std::int64_t>(i) * 60 * kSecond};
    points.number(1, t, t, texts[i]);
  }
  return points;
}
Points slow_series(std::size_t count, bool jitter = true) {
  std::mt19937_64 random(7);
  Points points;
  int value = 2150;
  for (std::size_t i = 0; i < count; ++i) {
    value += static_cast<int>(random() % 11) - 5;
    const Instant at{kDay.us + static_cast<std::int64_t>(i) * 60 * kSecond};
    const auto late = jitter ? static_cast<std::int64_t>(random() % 1'000'000) - 500'000 : 0;
    std::string text = std::to_string(value / 100) + "." + std::to_string(value / 10 % 10);
    if (value % 10) text += std::to_string(value % 10);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    points.number(1, at, {at.us + late}, text);
  }
  return points;
}

TEST(Leaf, EmptyIsALeafToo) {
  const std::string bytes = Points().leaf();
  const auto reader = LeafReader::open(bytes);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->series_count(), 0u);
  EXPECT_EQ(reader->range().points, 0u);
  EXPECT_EQ(reader->range().first_time, kNoInstant);
}

TEST(Leaf, SlowSeriesComesBackAndIsSmall) {
  const Points points = slow_series(5000);
  expect_round_trip(points);
  EXPECT_LE(points.leaf().size(), 4 * points.list.size());
  const Points regular = slow_series(5000, false);
  expect_round_trip(regular);
  EXPECT_LE(regular.leaf().size(), 2 * regular.list.size());
}

TEST(Leaf, RandomDoublesComeBackAndAreSmall) {
  std::mt19937_64 random(3);
  std::vector<std::string> texts;
  for (int i = 0; i < 4000; ++i) {
    texts.emplace_back();
    const auto whole = static_cast<double>(random());
    std::array<char, 40> buffer;
    texts.back().assign(buffer.data(),
                        std::to_chars(buffer.data(), buffer.data() + 40, whole / 1.8e19 * 200 - 100).ptr);
  }
  const Points points = numbers(texts);
  expect_round_trip(points);
  EXPECT_LE(points.leaf().size(), 12 * points.list.size());
}

TEST(Leaf, FewPointsAreSmallerThanTheyWere) {
  Points points;
  const std::vector<std::string> values{"\"Station number 17\"",
                                        "\"https://example.org/stations/17\"",
                                        "21.5",
                                        "43",
                                        "\"2024-01-01T00:00:00Z\"",
                                        "\"urn:ngsi-ld:Device:3\"",
                                        "true",
                                        R"({"type":"Point","coordinates":[141.35,43.06]})"};
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    ngsi::Attribute a;
    a.name = ngsi::TermId{40 + i};
    a.kind = i == 7 ? ngsi::AttrKind::kGeoProperty : i == 5 ? ngsi::AttrKind::kRelationship : ngsi::AttrKind::kProperty;
    a.value = values[i];
    a.created_at = a.modified_at = kDay;
    if (i == 2) a.unit_code = "CEL", a.observed_at = Instant{kDay.us - 1234567};
    points.add(a, kDay);
  }
  expect_round_trip(points);
  EXPECT_LT(points.leaf().size(), points.packed_size());
}

TEST(Leaf, EveryTextOfANumberComesBack) {
  expect_round_trip(numbers({"0",
                             "-0",
                             "0.0",
                             "-0.0",
                             "1",
                             "-1",
                             "1.0",
                             "1.50",
                             "0.1",
                             "0.30000000000000004",
                             "9223372036854775807",
                             "-9223372036854775808",
                             "9223372036854775808",
                             "18446744073709551615",
                             "1e308",
                             "1E308",
                             "1e+308",
                             "1.7976931348623157e308",
                             "5e-324",
                             "1e400",
                             "-1e400",
                             "1e-400",
                             "1e-7",
                             "1e-07",
                             "1E5",
                             "1e5",
                             "1e05",
                             "100000",
                             "100000.0",
                             "123456789012345678",
                             "0.123456789012345678",
                             "0.1234567890123456789012345678901234567890",
                             "3.141592653589793238462643383279",
                             "12345678901234567890123456789012345678901234567890",
                             "0.000001",
                             "1e21",
                             "1e22",
                             "1e+22",
                             "0.00",
                             "10.10",
                             "-10.100"}));
  expect_round_trip(numbers({"9223372036854775807", "-9223372036854775808", "0", "9223372036854775806"}));
  expect_round_trip(numbers({"12.50", "12.25", "13.00"}));
  expect_round_trip(numbers({"12.5", "12.25", "13", "14.0", "2.50"}));
  expect_round_trip(numbers({"-0.5", "-0.05", "0.05", "-12.75"}));
  expect_round_trip(numbers({"1e308", "-1e308", "1e-308", "-0.0"}));
}

TEST(Leaf, NumbersAreThoseOfTheTexts) {
  const std::vector<std::string> texts{
      "0.1", "0.30000000000000004", "21.299999237060547", "-0.0", "1E2", "12.50", "9007199254740993", "0.7"};
  const Points points = numbers(texts);
  const std::string leaf = points.leaf();
  const auto reader = LeafReader::open(leaf);
  Watcher w;
  w.take_numbers = true;
  ASSERT_TRUE(reader->scan(0, kNoInstant, kNoInstant, false, true, w));
  double sum = 0;
  std::size_t n = 0, p = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const double want = std::strtod(texts[i].c_str(), nullptr);
    sum += want;
    if (w.seen[i] == 'n') {
      EXPECT_EQ(w.values[n++], want) << texts[i];
    } else {
      EXPECT_EQ(ngsi::AttributeView(w.instances[p++].data()).value(), texts[i]);
    }
  }
  EXPECT_EQ(reader->summary(0).sum, sum);
  EXPECT_EQ(reader->summary(0).min, -0.0);
  EXPECT_EQ(reader->summary(0).last, 0.7);
}

TEST(Leaf, ScansWindowsBothWays) {
  const Points points = slow_series(1000);
  const std::string leaf = points.leaf();
  const auto reader = LeafReader::open(leaf);
  ASSERT_TRUE(reader);
  for (const bool backwards : {false, true}) {
    for (const auto& [low, high] :
         {std::pair{0, 1000}, {0, 1}, {100, 900}, {255, 257}, {256, 512}, {999, 1000}, {500, 500}}) {
      const Instant from{points.list[0].written.us}, begin = main_time(points.list[static_cast<std::size_t>(low)]);
      const Instant end = high == 1000 ? kNoInstant : main_time(points.list[static_cast<std::size_t>(high)]);
      Watcher each;
      ASSERT_TRUE(*reader->scan(0, begin, end, backwards, true, each));
      ASSERT_EQ(each.seen, std::string(static_cast<std::size_t>(high - low), 'p'));
      for (int i = low; i < high; ++i) {
        const auto k = static_cast<std::size_t>(backwards ? high - 1 - i : i - low);
        ASSERT_EQ(each.at[k], main_time(points.list[static_cast<std::size_t>(i)]));
        ASSERT_EQ(each.instances[k], points.list[static_cast<std::size_t>(i)].instance);
      }
      Watcher fast;
      fast.take_numbers = true;
      ASSERT_TRUE(*reader->scan(0, begin, end, backwards, true, fast));
      ASSERT_EQ(fast.at, each.at);
      for (std::size_t k = 0; k < fast.values.size(); ++k)
        ASSERT_EQ(fast.values[k], std::stod(std::string(ngsi::AttributeView(each.instances[k].data()).value())));
      (void)from;
    }
  }
}

TEST(Leaf, OffersWholeChunksAsRuns) {
  const Points points = slow_series(1000);
  const std::string leaf = points.leaf();
  const auto reader = LeafReader::open(leaf);
  Watcher all;
  all.take_numbers = true;
  ASSERT_TRUE(reader->scan(0, kNoInstant, kNoInstant, false, true, all));
  Watcher w;
  w.take_runs = w.take_numbers = true;
  ASSERT_TRUE(reader->scan(0, {kDay.us + 1}, kNoInstant, false, true, w));
  EXPECT_EQ(w.seen, std::string(255, 'n') + "rrr");
  ASSERT_EQ(w.runs.size(), 3u);
  EXPECT_EQ(w.runs[0].count, 256u);
  EXPECT_EQ(w.runs[0].first_at, main_time(points.list[256]));
  EXPECT_EQ(w.runs[0].last_at, main_time(points.list[511]));
  EXPECT_EQ(w.runs[0].first, all.values[256]);
  EXPECT_EQ(w.runs[0].last, all.values[511]);
  EXPECT_EQ(w.runs[0].min, *std::min_element(all.values.begin() + 256, all.values.begin() + 512));
  EXPECT_EQ(w.runs[0].max, *std::max_element(all.values.begin() + 256, all.values.begin() + 512));
  double sum = 0, squares = 0;
  for (std::size_t i = 256; i < 512; ++i) sum += all.values[i], squares += all.values[i] * all.values[i];
  EXPECT_EQ(w.runs[0].sum, sum);
  EXPECT_EQ(w.runs[0].sum_of_squares, squares);

  const RunSummary total = reader->summary(0);
  EXPECT_EQ(total.count, 1000u);
  EXPECT_EQ(total.first, all.values.front());
  EXPECT_EQ(total.last, all.values.back());
  EXPECT_EQ(total.last_at, main_time(points.list.back()));
}

TEST(Leaf, EndsWhenTheVisitorSaysSo) {
  const std::string leaf = slow_series(600).leaf();
  const auto reader = LeafReader::open(leaf);
  for (const std::size_t n : {1u, 256u, 300u}) {
    Watcher w;
    w.stop_after = n;
    const auto went_on = reader->scan(0, kNoInstant, kNoInstant, n == 300, true, w);
    ASSERT_TRUE(went_on);
    EXPECT_FALSE(*went_on);
    EXPECT_EQ(w.seen.size(), n);
  }
}

TEST(Leaf, MayBeScannedWithinAScan) {
  struct Nested : SeriesVisitor {
    const LeafReader* leaf = nullptr;
    std::size_t outer = 0, inner = 0;
    bool point(const HistoryPoint& p) override {
      ++outer;
      Watcher w;
      EXPECT_TRUE(leaf->scan(0, p.at, kNoInstant, true, true, w));
      inner += w.seen.size();
      EXPECT_EQ(w.instances.back(), p.instance.bytes());
      return true;
    }
  };
  const std::string leaf = slow_series(300).leaf();
  const auto reader = LeafReader::open(leaf);
  Nested nested;
  nested.leaf = &*reader;
  ASSERT_TRUE(reader->scan(0, kNoInstant, kNoInstant, false, true, nested));
  EXPECT_EQ(nested.outer, 300u);
  EXPECT_EQ(nested.inner, 300u * 301 / 2);
}

TEST(Leaf, ANumberKeptAsTextIsStillSummedUp) {
  Points points = slow_series(100);
  Points odd = numbers({"3.141592653589793238462643383279502884197169399375105820974944"});
  points.list[50].instance = odd.list[0].instance;
  std::stable_sort(points.list.begin(), points.list.end(),
                   [](const Point& x, const Point& y) { return main_time(x) < main_time(y); });
  const std::string leaf = points.leaf();
  const auto reader = LeafReader::open(leaf);
  Watcher w, runs;
  w.take_numbers = runs.take_runs = true;
  ASSERT_TRUE(reader->scan(0, kNoInstant, kNoInstant, false, true, w));
  EXPECT_EQ(std::count(w.seen.begin(), w.seen.end(), 'p'), 1);
  EXPECT_EQ(std::count(w.seen.begin(), w.seen.end(), 'n'), 99);
  ASSERT_TRUE(reader->scan(0, kNoInstant, kNoInstant, false, true, runs));
  EXPECT_EQ(runs.seen, "r");
  EXPECT_EQ(runs.runs[0].count, 100u);
  EXPECT_EQ(runs.runs[0].min, 3.141592653589793);
}

TEST(Leaf, KeepsTombstonesUnobservedAndLatePoints) {
  Points points;
  ngsi::Attribute a;
  a.name = ngsi::TermId{9};
  a.kind = ngsi::AttrKind::kProperty;
  a.dataset_id = "urn:d";
  a.created_at = kDay;
  for (int i = 0; i < 100; ++i) {
    a.modified_at = Instant{kDay.us + i * kSecond};
    a.observed_at = i % 3 ? Instant{kDay.us + i / 4 * 4 * kSecond} : kNoInstant;
    const bool tombstone = i % 10 == 9;
    a.value = tombstone ? "\"urn:ngsi-ld:null\"" : std::to_string(i);
    points.add(a, a.modified_at, tombstone ? a.modified_at : kNoInstant);
  }
  std::stable_sort(points.list.begin(), points.list.end(),
                   [](const Point& x, const Point& y) { return main_time(x) < main_time(y); });
  expect_round_trip(points);

  const std::string leaf = points.leaf();
  const auto reader = LeafReader::open(leaf);
  EXPECT_EQ(reader->series(0), (SeriesKey{ngsi::TermId{9}, "urn:d"}));
  Watcher everything, observed;
  everything.take_numbers = observed.take_numbers = true;
  ASSERT_TRUE(reader->scan(0, kNoInstant, kNoInstant, false, false, everything));
  EXPECT_EQ(everything.seen.size(), 100u);
  EXPECT_EQ(std::count(everything.seen.begin(), everything.seen.end(), 'p'), 10);
  ASSERT_TRUE(reader->scan(0, kNoInstant, kNoInstant, false, true, observed));
  EXPECT_EQ(observed.seen.size(), 66u);  // what has no observedAt is outside of every window by it
  EXPECT_EQ(reader->summary(0).count, 100u);
  EXPECT_EQ(reader->summary(0).last, 98);
}

TEST(Leaf, SubAttributesThatMoveWithTheParentCostNothing) {
  const auto series = [](bool with_sub) {
    Points points;
    ngsi::Attribute a;
    a.name = ngsi::TermId{3};
    a.kind = ngsi::AttrKind::kProperty;
    a.created_at = kDay;
    for (int i = 0; i < 1000; ++i) {
      const Instant t{kDay.us + i * 60 * kSecond};
      a.value = std::to_string(i % 7);
      a.observed_at = a.modified_at = t;
      a.expires_at = Instant{t.us + 3600 * kSecond};
      a.subs.clear();
      if (with_sub) {
        ngsi::Attribute accuracy;
        accuracy.name = ngsi::TermId{4};
        accuracy.kind = ngsi::AttrKind::kProperty;
        accuracy.value = "0.5";
        accuracy.created_at = kDay;
        accuracy.modified_at = accuracy.observed_at = t;
        ngsi::Attribute by = accuracy;
        by.kind = ngsi::AttrKind::kRelationship;
        by.value = "\"urn:x\"";
        by.object_types = {ngsi::TermId{70}, ngsi::TermId{8}};
        accuracy.subs = {by};
        a.subs = {accuracy};
      }
      points.add(a, t);
    }
    return points;
  };
  expect_round_trip(series(true));
  EXPECT_LE(series(true).leaf().size(), series(false).leaf().size() + 60);
}

TEST(Leaf, SubAttributesThatChangeComeBack) {
  Points points;
  for (int i = 0; i < 700; ++i) {
    ngsi::Attribute a, sub;
    a.name = ngsi::TermId{3};
    a.kind = ngsi::AttrKind::kProperty;
    a.value = std::to_string(i % 7);
    a.created_at = kDay;
    a.modified_at = Instant{kDay.us + i * 61 * kSecond + i * i};
    sub = a;
    sub.name = ngsi::TermId{5};
    sub.value = "\"" + std::to_string(i * 77) + "\"";
    sub.modified_at = Instant{kDay.us + i / 5};
    sub.observed_at = Instant{i * 3};
    sub.dataset_id = "urn:s";
    sub.unit_code = "CEL";
    sub.value_type = "T";
    a.subs = {sub};
    points.add(a, a.modified_at);
  }
  expect_round_trip(points);
  EXPECT_LE(points.leaf().size(), points.packed_size() / 5);
}

TEST(Leaf, LongTextsAndOnesLargerThanAChunkComeBack) {
  Points points;
  std::mt19937_64 random(5);
  for (int i = 0; i < 60; ++i) {
    ngsi::Attribute a;
    a.name = ngsi::TermId{3};
    a.kind = ngsi::AttrKind::kProperty;
    a.created_at = a.modified_at = Instant{kDay.us + i};
    std::string text(i == 20 ? 3'000'000 : random() % 30000, 'x');
    for (char& c : text) c = static_cast<char>('a' + random() % 26);
    a.value = "\"" + text + "\"";
    points.add(a, a.modified_at);
  }
  expect_round_trip(points);
}

TEST(Leaf, TimesAtTheEndsOfTimeComeBack) {
  Points points;
  const Instant first = *parse_instant("0001-01-01T00:00:00Z"), last = *parse_instant("9999-12-31T23:59:59.999999Z");
  for (const Instant at : {Instant{INT64_MIN + 1}, first, Instant{0}, kDay, last, Instant{INT64_MAX}})
    for (const Instant written : {first, kDay, last, Instant{INT64_MAX}}) points.number(1, at, written, "1");
  expect_round_trip(points);
  const std::string leaf = points.leaf();
  EXPECT_EQ(LeafReader::open(leaf)->range().first_time, (Instant{INT64_MIN + 1}));
  EXPECT_EQ(LeafReader::open(leaf)->range().last_written, (Instant{INT64_MAX}));
}

TEST(Leaf, AnyPointsComeBack) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    std::mt19937_64 random(seed);
    const auto any = [&random](std::uint64_t n) { return random() % n; };
    Points points;
    const std::vector<std::string> pool{
        "1", "2.5", "2.50", "-0.0", "true", "\"x\"", "\"urn:ngsi-ld:null\"", "[1,2,3]", R"({"a":"b"})", "1e300"};
    for (std::uint32_t name = 1 + static_cast<std::uint32_t>(any(3)); name < 6;
         name += 1 + static_cast<std::uint32_t>(any(2))) {
      for (const char* dataset : {"", "urn:a", "urn:b"}) {
        if (any(3) == 0) continue;
        std::int64_t at = kDay.us, written = kDay.us;
        const std::uint64_t count = 1 + any(any(4) ? 20 : 700), style = any(5);
        Points series;
        for (std::uint64_t i = 0; i < count; ++i) {
          ngsi::Attribute a;
          a.name = ngsi::TermId{name};
          a.dataset_id = dataset;
          a.kind = static_cast<ngsi::AttrKind>(1 + any(8) * (style == 0));
          at += static_cast<std::int64_t>(any(3) ? 60 * kSecond : any(100) * kSecond);
          written += 1 + static_cast<std::int64_t>(any(60 * kSecond));
          switch (style) {
            case 0:
              a.value = pool[any(pool.size())];
              break;
            case 1:
              a.value = std::to_string(any(1000));
              break;
            case 2:
              a.value = std::to_string(static_cast<double>(any(1000)) / 10);
              break;
            case 3:
              a.value = std::to_string(any(100)) + "." + std::to_string(any(100));
              break;
            default:
              a.value = "\"" + std::to_string(random()) + "\"";
          }
          if (any(10) == 0) a.value = pool[any(pool.size())];
          if (style != 4 || any(2)) a.observed_at = Instant{at};
          a.modified_at = Instant{written};
          a.created_at = Instant{any(2) ? kDay.us : written};
          if (any(5) == 0) a.unit_code = "CEL";
          if (any(20) == 0) a.expires_at = Instant{static_cast<std::int64_t>(random() >> 2)};
          if (any(6) == 0) {
            ngsi::Attribute sub = a;
            sub.name = ngsi::TermId{1 + static_cast<std::uint32_t>(any(9))};
            sub.value = pool[any(pool.size())];
            a.subs = {sub};
          }
          series.add(a, Instant{written}, any(15) ? kNoInstant : Instant{written + static_cast<std::int64_t>(any(2))});
        }
        std::stable_sort(series.list.begin(), series.list.end(),
                         [](const Point& x, const Point& y) { return main_time(x) < main_time(y); });
        points.list.insert(points.list.end(), series.list.begin(), series.list.end());
        for (std::string& b : series.bytes) points.bytes.push_back(std::move(b));
      }
    }
    // (The strings moved; their bytes, too many to be inside the objects, did not.)
    ASSERT_NO_FATAL_FAILURE(expect_round_trip(points)) << "seed " << seed;
  }
}

TEST(Leaf, FindsItsSeries) {
  Points points;
  for (std::uint32_t name : {2u, 5u, 300u})
    for (const char* dataset : {"", "urn:a", "urn:b"}) {
      ngsi::Attribute a;
      a.name = ngsi::TermId{name};
      a.kind = ngsi::AttrKind::kProperty;
      a.value = "1";
      a.dataset_id = dataset;
      a.created_at = a.modified_at = kDay;
      points.add(a, kDay);
    }
  const std::string leaf = points.leaf();
  const auto reader = LeafReader::open(leaf);
  ASSERT_EQ(reader->series_count(), 9u);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(reader->find(reader->series(i)), i);
  EXPECT_EQ(reader->find({ngsi::TermId{5}, "urn:aa"}), 9u);
  EXPECT_EQ(reader->find({ngsi::TermId{1}, ""}), 9u);
  EXPECT_EQ(reader->find({ngsi::TermId{301}, ""}), 9u);
}

TEST(Leaf, DamageIsAnError) {
  const std::string leaf = slow_series(300).leaf();
  for (std::size_t i = 0; i < leaf.size(); ++i) {
    std::string broken = leaf;
    broken[i] = static_cast<char>(broken[i] ^ 1);
    EXPECT_FALSE(LeafReader::open(broken));
    if (i % 7 == 0) {
      EXPECT_FALSE(LeafReader::open(leaf.substr(0, i)));
    }
  }
  EXPECT_FALSE(LeafReader::open(""));
}

}  // namespace
}  // namespace tsunagu::store
