// Leaves of history. A first byte with its lowest bit set: the rest, sealed, is refused with an error or read, and
// every instance read is well formed. Otherwise: the rest says which points to pack, and they come back byte for byte.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>

#include "store/history/leaf_format.h"

using namespace tsunagu;
using namespace tsunagu::store;

namespace {

// As the only attribute of an entity, so that check_record tells.
bool well_formed(std::string_view instance) {
  std::string record(ngsi::Record::kFixedSize, '\0');
  const auto size = static_cast<std::uint32_t>(record.size() + 1 + instance.size());
  std::memcpy(record.data(), &size, 4);
  record[8] = 1;
  record[12] = 1;
  record += 'x';
  record += instance;
  return ngsi::check_record(record);
}

struct Checker : SeriesVisitor {
  bool take_runs = false, take_numbers = false;
  std::size_t seen = 0;
  bool run(const RunSummary&) override { return take_runs; }
  bool numbers(std::span<const Instant> at, std::span<const double> values) override {
    if (at.size() != values.size() || at.empty()) std::abort();
    return take_numbers;
  }
  bool point(const HistoryPoint& p) override {
    if (!well_formed(p.instance.bytes())) std::abort();
    return ++seen < 3000;
  }
};

void read(std::string leaf) {
  leaf::seal(leaf);
  const auto reader = LeafReader::open(leaf);
  if (!reader) return;
  for (std::size_t i = 0; i < std::min<std::size_t>(reader->series_count(), 20); ++i) {
    reader->find(reader->series(i));
    reader->summary(i);
    for (const unsigned how : {0, 1, 2, 7}) {
      Checker checker;
      checker.take_runs = how == 2;
      checker.take_numbers = how == 1;
      const Instant middle{reader->range().first_time.us / 2 + reader->range().last_time.us / 2};
      (void)reader->scan(i, how & 1 ? middle : kNoInstant, kNoInstant, how & 2, how & 4, checker);
    }
  }
}

// Takes numbers off the front of the input; 0 when it is used up.
struct Source {
  const std::uint8_t* p;
  const std::uint8_t* end;
  unsigned byte() { return p < end ? *p++ : 0; }
  std::int64_t number() {
    std::int64_t v = 0;
    const unsigned size = std::min<unsigned>(byte() % 12, 8);
    for (unsigned i = 0; i < size; ++i) v = (v << 8) | static_cast<std::int64_t>(byte());
    return v == INT64_MIN ? 0 : v;
  }
  std::string text() {
    std::string s;
    for (unsigned n = byte() % 24; n > 0; --n) s += static_cast<char>(byte());
    return s;
  }
};

ngsi::Attribute attribute(Source& in, Instant written, int depth) {
  ngsi::Attribute a;
  const unsigned flags = in.byte();
  a.kind = static_cast<ngsi::AttrKind>(1 + in.byte() % 8);
  switch (in.byte() % 4) {
    case 0:
      a.value = std::to_string(in.number());
      break;
    case 1:
      a.value = std::to_string(static_cast<double>(in.number()) / 1000);
      break;
    case 2:
      a.value = in.text() + "1";
      break;
    default:
      a.value = "\"a\"";
  }
  a.modified_at = flags & 1 ? written : Instant{in.number()};
  a.created_at = flags & 2 ? a.modified_at : Instant{in.number()};
  if (flags & 4) a.observed_at = Instant{in.number()};
  if (flags & 8) a.expires_at = Instant{in.number()};
  if (flags & 16) a.unit_code = in.text();
  if (flags & 32) a.value_type = in.text();
  if (flags & 64) a.object_types = {ngsi::TermId{1 + in.byte()}};
  if (flags & 128 && depth < 3) {
    a.subs = {attribute(in, written, depth + 1)};
    a.subs[0].name = ngsi::TermId{1 + in.byte()};
    a.subs[0].dataset_id = in.text();
  }
  return a;
}

void write(Source in) {
  std::deque<std::string> bytes;
  std::vector<Point> points, back;
  std::int64_t written = in.number();
  for (std::uint32_t name = 1; in.p < in.end; ++name) {
    const std::string dataset = in.text();
    std::vector<Point> series;
    for (unsigned n = 1 + in.byte() * 2; n > 0 && in.p < in.end; --n) {
      written += in.byte();
      ngsi::Attribute a = attribute(in, {written}, 0);
      a.name = ngsi::TermId{name};
      a.dataset_id = dataset;
      std::string& packed = bytes.emplace_back();
      ngsi::append_packed(packed, a);
      series.push_back({{written}, in.byte() % 8 ? kNoInstant : Instant{in.number()}, packed});
    }
    // The same again and again, as in life: more than one chunk.
    for (std::size_t i = 0, copies = series.empty() ? 0 : in.byte() * 4 % 600; i < copies; ++i) {
      written += 1000;
      series.push_back({{written}, series[i].deleted, series[i].instance});
    }
    std::stable_sort(series.begin(), series.end(),
                     [](const Point& x, const Point& y) { return main_time(x) < main_time(y); });
    points.insert(points.end(), series.begin(), series.end());
  }
  LeafWriter writer;
  for (const Point& p : points) writer.add(p);
  const std::string leaf = writer.finish();
  const auto reader = LeafReader::open(leaf);
  if (!reader) std::abort();
  std::vector<std::string> arena;
  for (std::size_t i = 0; i < reader->series_count(); ++i)
    if (!reader->points(i, back, arena)) std::abort();
  if (back.size() != points.size()) std::abort();
  for (std::size_t i = 0; i < back.size(); ++i)
    if (back[i].written != points[i].written || back[i].deleted != points[i].deleted ||
        back[i].instance != points[i].instance)
      std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  if (data[0] & 1)
    read(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  else if (size < 4000)
    write({data + 1, data + size});
  return 0;
}
