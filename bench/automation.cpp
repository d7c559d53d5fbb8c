// What a change costs the rules: finding those that might fire, and taking their steps. Usage: bench_automation
// [RULES=10000]. Times are of one thread, over an open store without permission to ask; nothing fires, so nothing is
// written.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "automation/engine.h"
#include "ngsi/context.h"
#include "store/embedded.h"

namespace {

using namespace tsunagu;
using namespace tsunagu::automation;
using Clock = std::chrono::steady_clock;

ngsi::RecordPtr paddy(std::size_t number, double level, Instant seen) {
  ngsi::Entity entity;
  entity.id = "urn:ngsi-ld:AgriParcel:" + std::to_string(number);
  entity.types = {ngsi::core_context()->intern("AgriParcel")};
  const auto add = [&](const std::string& name, std::string value) {
    ngsi::Attribute a;
    a.name = ngsi::core_context()->intern(name);
    a.value = std::move(value);
    a.observed_at = seen;
    entity.attributes.push_back(a);
  };
  for (int i = 0; i < 8; ++i) add("attribute" + std::to_string(i), std::to_string(i));
  add("waterLevel", std::to_string(level));
  add("growthStage", "\"panicle\"");
  return *ngsi::encode(entity);
}

void measure(store::Store& store, const char* what, std::size_t n, const std::function<std::string(std::size_t)>& rest) {
  const trust::OpenAuthority authority;
  Engine engine(store, authority, {nullptr, nullptr, [](std::function<void()>) {}});
  const auto filling = Clock::now();
  for (std::size_t i = 0; i < n; ++i) {
    const std::string text = "[[rule]]\nname = \"r" + std::to_string(i) + "\"\ntitle = { en = \"x\" }\n" +
                             "then = [{ set = \"gate\", value = \"open\" }]\n" + rest(i);
    auto rules = read_rules(text, "bench");
    if (!rules) {
      std::fprintf(stderr, "%s\n", rules.error().detail.c_str());
      std::exit(1);
    }
    engine.put({{}, rules->front(), text, true, {}, {trust::everybody(), ""}, {}, 1}, now(), false);
  }
  const double fill_us = std::chrono::duration<double, std::micro>(Clock::now() - filling).count();
  std::vector<store::EntityChange> changes;
  for (std::size_t i = 0; i < 1000; ++i) {
    changes.push_back({{}, paddy(i, 5, now()), paddy(i, 5.1, now()), now()});
  }
  constexpr int kRounds = 20;
  const auto start = Clock::now();
  for (int round = 0; round < kRounds; ++round) {
    for (const auto& change : changes) engine.changed(change, change.at);
  }
  const double us =
      std::chrono::duration<double, std::micro>(Clock::now() - start).count() / (kRounds * static_cast<double>(changes.size()));
  const auto f = engine.figures();
  std::printf("%-60s %6zu rules, %8.2f us a change, %5.2f looked at, %6.1f us to add one\n", what, n, us,
              static_cast<double>(f.looked_at) / static_cast<double>(f.changes), n == 0 ? 0.0 : fill_us / static_cast<double>(n));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t n = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
  std::string name = (std::filesystem::temp_directory_path() / "tsunagu-bench-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  store::EmbeddedOptions options;
  options.folder = folder / "data";
  auto store = store::open_embedded(std::move(options));
  if (!store) return 1;
  measure(**store, "no rules", 0, nullptr);
  measure(**store, "other types", n, [](std::size_t i) {
    return "types = [\"Type" + std::to_string(i % 500) + "\"]\nif = \"waterLevel<4\"\n";
  });
  measure(**store, "same type, other attributes", n, [](std::size_t i) {
    return "types = [\"AgriParcel\"]\nif = \"other" + std::to_string(i % 50) + "<4\"\n";
  });
  measure(**store, "same type and attribute, one entity each", n, [](std::size_t i) {
    return "types = [\"AgriParcel\"]\nids = [\"urn:ngsi-ld:AgriParcel:" + std::to_string(i) + "\"]\nif = \"waterLevel<4\"\n";
  });
  measure(**store, "same type and attribute, thresholds not reached", n, [](std::size_t i) {
    return "types = [\"AgriParcel\"]\nif = \"waterLevel>" + std::to_string(6 + i) + "\"\n";
  });
  measure(**store, "a mixture of these", n, [](std::size_t i) {
    switch (i % 4) {
      case 0:
        return "types = [\"Type" + std::to_string(i % 500) + "\"]\nif = \"waterLevel<4\"\n";
      case 1:
        return "types = [\"AgriParcel\"]\nif = \"other" + std::to_string(i % 50) + "<4\"\n";
      case 2:
        return "types = [\"AgriParcel\"]\nids = [\"urn:ngsi-ld:AgriParcel:" + std::to_string(i) +
               "\"]\nif = \"waterLevel<6;growthStage==\\\"panicle\\\"\"\nfor = \"PT10M\"\n";
      default:
        return "types = [\"AgriParcel\"]\nif = \"waterLevel>" + std::to_string(6 + i) + "\"\n";
    }
  });
  (*store)->stop();
  std::filesystem::remove_all(folder);
  return 0;
}
