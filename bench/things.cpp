// Observations into graph and history, by the intake alone. Usage: bench_things [POINTS=1000000] [DEVICES=1000]
// [FOLDER] [late] Line protocol, ten fields a line, 5,000 lines a message, times rising; CPU is that of the whole process,
// fsync on. Then the registry: DEVICES devices read from the store, and looked up.
#include <sys/resource.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "ngsi/context.h"
#include "store/embedded.h"
#include "things/device_entity.h"
#include "things/intake.h"
#include "things/payload.h"

namespace {

using namespace tsunagu;
using Clock = std::chrono::steady_clock;

double cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

struct Measured {
  explicit Measured(const char* what) : what_(what) {}
  void done(double count, const char* unit) const {
    const double s = std::chrono::duration<double>(Clock::now() - start_).count();
    std::printf("%-34s %9.0f %s/s  %7.3f us of CPU each\n", what_, count / s, unit, (cpu_us() - cpu_) / count);
  }
  const char* what_;
  Clock::time_point start_ = Clock::now();
  double cpu_ = cpu_us();
};

std::string lines(std::size_t first_line, std::size_t count, std::size_t devices) {
  std::string out;
  char text[64];
  for (std::size_t i = first_line; i < first_line + count; ++i) {
    std::snprintf(text, sizeof text, "machine,device=d%zu ", i % devices);
    out += text;
    for (int field = 0; field < 10; ++field) {
      std::snprintf(text, sizeof text, "%sf%d=%.2f", field == 0 ? "" : ",", field,
                    20 + static_cast<double>((i * 7919 + static_cast<std::size_t>(field) * 104729) % 10000) / 100);
      out += text;
    }
    std::snprintf(text, sizeof text, " %zu\n", 1'783'000'000 + i / devices * 10);
    out += text;
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t points = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::size_t devices = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000;
  const std::filesystem::path folder = argc > 3 ? argv[3] : "/tmp/bench_things";
  std::filesystem::remove_all(folder);
  store::EmbeddedOptions options;
  options.folder = folder;
  auto opened = store::open_embedded(std::move(options));
  if (!opened) return std::fprintf(stderr, "%s\n", opened.error().detail.c_str()), 1;
  store::Store& store = **opened;
  {
    const Measured measured("devices registered");
    std::promise<void> last;
    for (std::size_t i = 0; i < devices; i += 1000) {
      std::vector<store::Write> writes;
      for (std::size_t j = i; j < std::min(devices, i + 1000); ++j) {
        things::DeviceText text;
        text.group = "bench";
        text.address = "d" + std::to_string(j);
        ngsi::Entity entity = things::device_entity(text);
        const std::string id = entity.id;
        writes.emplace_back(store::EntityWrite{
            {}, id, things::write_attributes(id, std::move(entity.types), std::move(entity.attributes))});
      }
      const bool is_last = i + 1000 >= devices;
      std::promise<void> done;
      store.submit(std::move(writes), [&](const std::vector<store::Outcome>&) {
        if (is_last) last.set_value();
        done.set_value();
      });
      done.get_future().wait();
    }
    last.get_future().wait();
    measured.done(static_cast<double>(devices), "devices");
  }
  const Measured reading("registry read from the store");
  things::Registry registry(store);
  reading.done(static_cast<double>(registry.size()), "devices");
  {
    const std::size_t rounds = 1'000'000;
    std::size_t found = 0;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 1024; ++i) names.push_back("d" + std::to_string(i * 7919 % devices));
    const Measured measured("looked up by group and address");
    for (std::size_t i = 0; i < rounds; ++i) found += registry.find({}, "bench", names[i % 1024]) != nullptr;
    measured.done(static_cast<double>(found), "look-ups");
  }
  constexpr std::size_t kLines = 5'000;
  std::vector<std::string> bodies;
  for (std::size_t line = 0; line * 10 < points; line += kLines) bodies.push_back(lines(line, kLines, devices));
  // late: every second message is older than the one before it.
  for (std::size_t i = 1; argc > 4 && i < bodies.size(); i += 2) std::swap(bodies[i - 1], bodies[i]);
  {
    const Measured measured("line protocol parsed");
    std::size_t readings = 0;
    for (const std::string& body : bodies) {
      things::Payload payload;
      (void)things::read_lines(body, "device", 1'000'000'000, payload);
      readings += payload.readings.size();
    }
    measured.done(static_cast<double>(readings), "points");
  }
  things::Intake intake(store, registry);
  std::atomic<std::uint64_t> accepted = 0, wrong = 0;
  std::mutex mutex;
  std::condition_variable wake;
  int open = 0;
  const Measured measured("into graph and history, on disk");
  for (const std::string& body : bodies) {
    {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return open < 8; });  // as eight clients
      ++open;
    }
    things::Message message;
    message.group = "bench";
    message.format = things::Format::kLine;
    message.tick_ns = 1'000'000'000;
    message.bytes = body;
    intake.take(message, [&](const Result<things::Taken>& taken) {
      if (taken) accepted += taken->accepted;
      if (!taken || taken->accepted != kLines * 10) ++wrong;
      const std::lock_guard lock(mutex);
      --open;
      wake.notify_one();
    });
  }
  {
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return open == 0; });
  }
  measured.done(static_cast<double>(accepted), "points");
  if (wrong != 0) std::printf("%llu messages were not taken whole\n", static_cast<unsigned long long>(wrong));
  intake.stop();
  return wrong == 0 ? 0 : 1;
}
