// The embedded store by itself: memory, start, writes and queries. Usage: bench_store [ENTITIES=100000] [FOLDER]
// CPU is that of the whole process; the entities are about 600 bytes of normalized JSON with eight attributes.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "ngsi/context.h"
#include "ngsi/entity.h"
#include "store/embedded.h"

namespace {

using namespace tsunagu;
using namespace tsunagu::store;
using Clock = std::chrono::steady_clock;

double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}
double resident_mib() {
  std::ifstream statm("/proc/self/statm");
  long total = 0, resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * 4096 / (1 << 20);
}
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

ngsi::TermId term(const char* name) {
  return ngsi::core_context()->intern(name);
}
std::string id_of(std::uint64_t i) {
  return "urn:ngsi-ld:WeatherObserved:hokkaido-" + std::to_string(1000000 + i);
}

ngsi::Attribute attribute(const char* name, std::string value, ngsi::AttrKind kind = ngsi::AttrKind::kProperty) {
  ngsi::Attribute a;
  a.name = term(name);
  a.kind = kind;
  a.value = std::move(value);
  return a;
}

ngsi::Entity make(std::uint64_t i, Instant now) {
  ngsi::Entity e;
  e.id = id_of(i);
  e.types = {term("WeatherObserved")};
  e.attributes.push_back(attribute("name", "\"Station number " + std::to_string(i) + "\""));
  e.attributes.push_back(attribute("source", "\"https://example.org/stations/" + std::to_string(i % 1000) + "\""));
  e.attributes.push_back(attribute("temperature", std::to_string(static_cast<double>(i * 7919 % 60000) / 1000)));
  e.attributes.back().unit_code = "CEL";
  e.attributes.back().observed_at = now;
  e.attributes.push_back(attribute("humidity", std::to_string(i % 100)));
  e.attributes.push_back(
      attribute("dateObserved", "\"" + to_string(Instant{now.us - static_cast<std::int64_t>(i) * 1'000'000}) + "\""));
  e.attributes.push_back(
      attribute("refDevice", "\"urn:ngsi-ld:Device:" + std::to_string(i / 10) + "\"", ngsi::AttrKind::kRelationship));
  e.attributes.push_back(attribute("active", i % 3 ? "true" : "false"));
  const double lon = 140 + static_cast<double>(i * 104729 % 500000) / 100000,
               lat = 42 + static_cast<double>(i * 15485863 % 350000) / 100000;
  e.attributes.push_back(attribute(
      "location", "{\"type\":\"Point\",\"coordinates\":[" + std::to_string(lon) + "," + std::to_string(lat) + "]}",
      ngsi::AttrKind::kGeoProperty));
  e.created_at = e.modified_at = now;
  for (auto& a : e.attributes) a.created_at = a.modified_at = now;
  return e;
}

// Keeps `width` submissions of `size` writes each in flight until `count` submissions are done.
void drive(Store& store, int width, std::uint64_t count,
           const std::function<std::vector<Write>(std::uint64_t)>& make_writes) {
  std::mutex mutex;
  std::condition_variable room;
  std::uint64_t flying = 0, failures = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto writes = make_writes(i);
    {
      std::unique_lock lock(mutex);
      room.wait(lock, [&] { return flying < static_cast<std::uint64_t>(width); });
      ++flying;
    }
    store.submit(std::move(writes), [&](std::vector<Outcome> outcomes) {
      std::lock_guard lock(mutex);
      for (const Outcome& outcome : outcomes) failures += !outcome.result;
      --flying;
      room.notify_one();
    });
  }
  std::unique_lock lock(mutex);
  room.wait(lock, [&] { return flying == 0; });
  if (failures) std::printf("%lu writes failed\n", static_cast<unsigned long>(failures));
}

std::unique_ptr<Store> open(const std::filesystem::path& folder) {
  EmbeddedOptions options;
  options.folder = folder;
  const auto start = Clock::now();
  const double cpu = cpu_us();
  auto store = open_embedded(options);
  if (!store) {
    std::printf("%s\n", store.error().detail.c_str());
    std::exit(1);
  }
  std::printf("open: %.2f s, %.2f s CPU, %.0f MiB resident\n", seconds_since(start), (cpu_us() - cpu) / 1e6,
              resident_mib());
  return std::move(*store);
}

void measure_query(const Store& store, const char* title, const std::function<ngsi::Selection()>& selection,
                   std::size_t want = 20) {
  constexpr int kRounds = 300;
  std::uint64_t hits = 0;
  const double cpu = cpu_us();
  std::string how;
  for (int i = 0; i < kRounds; ++i) {
    auto cursor = store.query(TenantId{}, selection());
    std::vector<ngsi::RecordPtr> page;
    while (page.size() < want && cursor->step(1000, want - page.size(), page)) {
    }
    hits += page.size();
    how = cursor->plan().access;
  }
  std::printf("query %-24s %8.1f us CPU, %.1f hits, by %s\n", title, (cpu_us() - cpu) / kRounds,
              static_cast<double>(hits) / kRounds, how.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t entities = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100000;
  const std::filesystem::path folder = argc > 2 ? argv[2] : "bench-store-data";
  const bool fresh = !std::filesystem::exists(folder);
  auto store = open(folder);
  const double empty_mib = resident_mib();
  if (fresh) {
    const auto start = Clock::now();
    const double cpu = cpu_us();
    drive(*store, 16, entities / 20, [](std::uint64_t batch) {
      std::vector<Write> writes;
      for (std::uint64_t k = 0; k < 20; ++k)
        writes.push_back(EntityWrite{
            {}, id_of(batch * 20 + k), [i = batch * 20 + k](const ngsi::Record*, Instant now) -> Result<Decision> {
              auto encoded = ngsi::encode(make(i, now));
              if (!encoded) return tl::unexpected(encoded.error());
              return Put{*encoded};
            }});
      return writes;
    });
    const Stats stats = store->stats();
    std::printf("create: %.0f/s, %.1f us CPU each (making the entity included)\n",
                static_cast<double>(entities) / seconds_since(start), (cpu_us() - cpu) / static_cast<double>(entities));
    std::printf("memory: %.0f bytes per entity, of which the record %.0f\n",
                (resident_mib() - empty_mib) * (1 << 20) / static_cast<double>(entities),
                static_cast<double>(stats.record_bytes) / static_cast<double>(stats.entities));
  }
  const std::uint64_t patches = 200000;
  for (const int width : {64, 256}) {
    const auto start = Clock::now();
    const double cpu = cpu_us();
    const auto before = store->stats();
    std::atomic<std::uint64_t> decision_ns{0};
    drive(*store, width, patches, [&](std::uint64_t i) {
      std::vector<Write> writes;
      const std::uint64_t entity = i * 2654435761u % entities;
      writes.push_back(EntityWrite{
          {}, id_of(entity), [i, &decision_ns](const ngsi::Record* current, Instant now) -> Result<Decision> {
            const auto begin = Clock::now();
            ngsi::Entity e = ngsi::decode(*current);
            ngsi::Attribute* a = e.find(term("temperature"), "");
            a->value = std::to_string(static_cast<double>(i % 60000) / 1000);
            a->modified_at = e.modified_at = now;
            auto encoded = ngsi::encode(std::move(e));
            decision_ns += static_cast<std::uint64_t>((Clock::now() - begin).count());
            return Put{*encoded};
          }});
      return writes;
    });
    const auto after = store->stats();
    std::printf(
        "patch, %d in flight: %.0f/s, %.1f us CPU each (decision %.1f), %.1f writes per group, %.0f journal bytes "
        "each\n",
        width, static_cast<double>(patches) / seconds_since(start), (cpu_us() - cpu) / static_cast<double>(patches),
        static_cast<double>(decision_ns) / 1e3 / static_cast<double>(patches),
        static_cast<double>(patches) / static_cast<double>(after.groups - before.groups),
        static_cast<double>(after.journal_bytes - before.journal_bytes) / static_cast<double>(patches));
  }
  {
    const double cpu = cpu_us();
    std::size_t found = 0;
    for (std::uint64_t i = 0; i < 1000000; ++i)
      found += static_cast<bool>(store->find(TenantId{}, id_of(i * 2654435761u % entities)));
    std::printf("find: %.2f us CPU each (making the id included), %zu found\n", (cpu_us() - cpu) / 1e6, found);
  }
  const auto q = [](const std::string& text) {
    return [text] {
      ngsi::Selection s;
      s.types = *ngsi::parse_types("WeatherObserved", *ngsi::core_context());
      s.q.push_back(*ngsi::parse_q(text, *ngsi::core_context()));
      return s;
    };
  };
  measure_query(*store, "type, page of 20", [] {
    ngsi::Selection s;
    s.types = *ngsi::parse_types("WeatherObserved", *ngsi::core_context());
    return s;
  });
  measure_query(*store, "name equal", q("name==\"Station number 777\""));
  measure_query(*store, "points to", q("refDevice==urn:ngsi-ld:Device:77"));
  measure_query(*store, "number range", q("temperature>59.995"));
  measure_query(*store, "wide range", q("temperature>30"));
  measure_query(*store, "one of two values", q("active==true"));
  measure_query(*store, "name prefix", q("name~=^Stat"));
  measure_query(*store, "near 500 m", [] {
    ngsi::Selection s;
    s.geo = *ngsi::GeoQuery::parse("near;maxDistance==500", "Point", "[142.5,43.5]", term("location"));
    return s;
  });
  measure_query(*store, "within a large box", [] {
    ngsi::Selection s;
    s.geo = *ngsi::GeoQuery::parse("within", "Polygon", "[[[141,43],[143,43],[143,44],[141,44],[141,43]]]",
                                   term("location"));
    return s;
  });
  {
    const auto start = Clock::now();
    store->stop();
    store.reset();
    std::printf("stop: %.2f s\n", seconds_since(start));
  }
  open(folder).reset();
}
