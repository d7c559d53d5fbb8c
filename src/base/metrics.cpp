#include "base/metrics.h"

#include <algorithm>
#include <stdexcept>

#include "base/json.h"

namespace tsunagu {
namespace {

bool is_name(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && !name.ends_with("_total") &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ':'; });
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

std::string printed(const MetricLabels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    append_escaped(out, value);
    out += '"';
  }
  return out;
}

// `name` + `suffix` + {`labels`,`more`} + ' '
void append_sample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                   std::string_view more = {}) {
  out.append(name).append(suffix);
  if (!labels.empty() || !more.empty()) {
    out += '{';
    out += labels;
    if (!labels.empty() && !more.empty()) out += ',';
    out += more;
    out += '}';
  }
  out += ' ';
}

void append_value(std::string& out, std::uint64_t value) {
  out += std::to_string(value);
  out += '\n';
}

void append_value(std::string& out, double value) {
  if (value != value) {
    out += "NaN";
  } else if (value - value != 0) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    append_json_number(out, value);
  }
  out += '\n';
}

}  // namespace

const std::vector<double> kLatencyBounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                         0.05,    0.1,    0.25,    0.5,    1,     2.5,    5,     10};

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(new std::atomic<std::uint64_t>[bounds.size() + 1]()) {}

void Histogram::observe(double value) noexcept {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<std::uint64_t> Histogram::counts() const {
  std::vector<std::uint64_t> counts(bounds_.size() + 1);
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = counts_[i].load(std::memory_order_relaxed);
  return counts;
}

Counter& MetricRegistry::counter(const MetricDescription& description, const MetricLabels& labels) {
  const std::lock_guard lock(mutex_);
  Series& made = series(description, labels, Kind::kCounter);
  if (!made.counter) made.counter = std::make_unique<Counter>();
  return *made.counter;
}

Gauge& MetricRegistry::gauge(const MetricDescription& description, const MetricLabels& labels) {
  const std::lock_guard lock(mutex_);
  Series& made = series(description, labels, Kind::kGauge);
  if (!made.gauge) made.gauge = std::make_unique<Gauge>();
  return *made.gauge;
}

void MetricRegistry::gauge(const MetricDescription& description, const MetricLabels& labels,
                           std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  series(description, labels, Kind::kGauge).read = std::move(read);
}

Histogram& MetricRegistry::histogram(const MetricDescription& description, const MetricLabels& labels,
                                     std::span<const double> bounds) {
  const std::lock_guard lock(mutex_);
  Series& made = series(description, labels, Kind::kHistogram);
  if (!made.histogram) made.histogram = std::make_unique<Histogram>(bounds);
  return *made.histogram;
}

MetricRegistry::Series& MetricRegistry::series(const MetricDescription& description, const MetricLabels& labels,
                                               Kind kind) {
  if (!is_name(description.name)) throw std::logic_error("not a metric name: " + std::string(description.name));
  const auto [at, added] =
      families_.try_emplace(std::string(description.name), Family{kind, std::string(description.help), {}});
  if (at->second.kind != kind) throw std::logic_error("two kinds of metric: " + std::string(description.name));
  return at->second.series[printed(labels)];
}

void MetricRegistry::print(std::string& out, const std::string& name, const std::string& labels, const Series& series) {
  if (series.counter) {
    append_sample(out, name, "_total", labels);
    append_value(out, series.counter->value());
  } else if (series.histogram) {
    const Histogram& histogram = *series.histogram;
    const std::vector<std::uint64_t> counts = histogram.counts();
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      std::string bound = "le=\"";
      if (i == histogram.bounds().size()) {
        bound += "+Inf";
      } else {
        append_json_number(bound, histogram.bounds()[i]);
      }
      bound += '"';
      append_sample(out, name, "_bucket", labels, bound);
      append_value(out, seen += counts[i]);
    }
    append_sample(out, name, "_count", labels);
    append_value(out, seen);
    append_sample(out, name, "_sum", labels);
    append_value(out, histogram.sum());
  } else {
    append_sample(out, name, "", labels);
    append_value(out, series.read ? series.read() : series.gauge->value());
  }
}

std::string MetricRegistry::text() const {
  constexpr std::string_view kKinds[] = {"counter", "gauge", "histogram"};
  std::string out;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, family] : families_) {
    out.append("# TYPE ").append(name).append(" ").append(kKinds[static_cast<std::size_t>(family.kind)]).append("\n");
    out.append("# HELP ").append(name).append(" ");
    append_escaped(out, family.help);
    out += '\n';
    for (const auto& [labels, series] : family.series) print(out, name, labels, series);
  }
  out += "# EOF\n";
  return out;
}

}  // namespace tsunagu
