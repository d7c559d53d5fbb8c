// tsunagu-sim: makes the region live, as a client of the public interfaces.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "sim/run.h"
#include "sim/season.h"

namespace {

using namespace tsunagu;
using namespace tsunagu::sim;

std::atomic<bool> stopping = false;

struct Options {
  FleetSettings fleet;
  std::string municipalities = "data/region/municipalities.csv", gtfs, start, until;
  std::string to = "http://127.0.0.1:1026", key_file, tenant, rules;
  double speed = 1;
  SeasonSettings season;
  std::string picture;
};

int report(const Error& error) {
  std::fprintf(stderr, "tsunagu-sim: %s: %s\n", info(error.code).title, error.detail.c_str());
  return 1;
}

/// "2026-07-09" (midnight in Hokkaido), an instant, or "" for `otherwise`.
Result<Instant> moment(const std::string& text, Instant otherwise) {
  if (text.empty()) return otherwise;
  if (const auto date = parse_date(text)) return Instant{date->us - 9 * kHour};
  if (const auto t = parse_instant(text)) return *t;
  return fail(ErrorCode::kInvalidRequest,
              fmt::format("\"{}\" is neither a date (2026-07-09) nor an instant (2026-07-09T03:00:00+09:00)", text));
}

Result<Fleet> fleet_of(Options& o) {
  const auto start = moment(o.start, now());
  if (!start) return tl::unexpected(start.error());
  o.fleet.start = *start;
  o.fleet.municipalities = o.municipalities;
  o.fleet.gtfs = o.gtfs;
  return Fleet::make(o.fleet);
}

int run_command(Options& o) {
  auto fleet = fleet_of(o);
  if (!fleet) return report(fleet.error());
  std::string key;
  if (!o.key_file.empty()) {
    std::ifstream in(o.key_file);
    if (!std::getline(in, key)) return report({ErrorCode::kResourceNotFound, o.key_file + " holds no key"});
  }
  const auto until = moment(o.until, kNoInstant);
  if (!until) return report(until.error());
  Server server(o.to, key, o.tenant);
  const auto made = introduce(*fleet, server);
  if (!made) return report(made.error());
  std::size_t taught = 0;
  if (!o.rules.empty()) {
    std::ifstream in(o.rules, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.empty()) return report({ErrorCode::kResourceNotFound, o.rules + " holds no rules"});
    const auto rules = teach(server, text);
    if (!rules) return report(rules.error());
    taught = *rules;
  }
  if (taught > 0) fmt::print("simulation: {} rules new\n", taught);
  fmt::print("simulation: {} devices, {} entities new; {} × {}; seed {}\n", fleet->size(), *made,
             to_string(o.fleet.start), o.speed, o.fleet.seed);
  std::fflush(stdout);
  const auto tell = [](const Progress& p) {
    fmt::print(
        "simulation: {}  {} reports sent, {} readings taken, {} refused, {} devices' turns silent, {} commands done\n",
        to_string(p.simulated), p.sent, p.accepted, p.rejected, p.silent, p.obeyed);
    if (!p.first_fault.empty()) fmt::print("simulation: the first refusal: {}\n", p.first_fault);
    std::fflush(stdout);
  };
  const auto done = run(*fleet, server, {o.fleet.start, o.speed, *until}, stopping, tell);
  return done ? 0 : report(done.error());
}

int say_command(Options& o) {
  auto fleet = fleet_of(o);
  if (!fleet) return report(fleet.error());
  const auto until = moment(o.until, Instant{o.fleet.start.us + 60 * kSecond});
  if (!until) return report(until.error());
  std::string out;
  fleet->due(o.fleet.start, *until, [&](std::size_t device, Instant t) {
    append_line(*fleet, device, t, out);
    if (out.size() > (1u << 20)) {
      std::fwrite(out.data(), 1, out.size(), stdout);
      out.clear();
    }
  });
  std::fwrite(out.data(), 1, out.size(), stdout);
  return 0;
}

int season_command(Options& o) {
  o.season.seed = o.fleet.seed;
  o.season.cold_july = o.fleet.cold_july;
  const Season season = run_season(o.season);
  fmt::print("{}", table(season));
  if (o.picture.empty()) return 0;
  std::ofstream out(o.picture);
  out << picture(season);
  if (!out.flush()) return report({ErrorCode::kStorageFull, o.picture + " cannot be written"});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto stop = [](int) { stopping = true; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
  std::signal(SIGPIPE, SIG_IGN);
  Options o;
  CLI::App app(
      "tsunagu-sim: the region, simulated: weather, paddies, buses, cows, beds, machines, ploughs, bears, power cuts.\n"
      "Everything it sends says \"simulated\": true. "
      "地域のシミュレーター（データにも画面にも「シミュレーション」と示します）");
  app.require_subcommand(1);
  const auto world = [&o](CLI::App* command) {
    command->add_option("--seed", o.fleet.seed, "The same seed, the same region")->capture_default_str();
    command->add_flag("--cold-july", o.fleet.cold_july, "A cold spell in the first half of July, as in 1993 and 2003");
  };
  const auto devices = [&](CLI::App* command) {
    world(command);
    command->add_option("--devices", o.fleet.devices, "How many devices")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->add_option("--start", o.start, "Simulated time at the start: a date or an instant (default: now)");
    command->add_option("--until", o.until, "Simulated time at the end");
    command->add_option("--municipalities", o.municipalities, "Table of towns")->capture_default_str();
    command->add_option("--gtfs", o.gtfs, "Folder of an unpacked GTFS feed, for the buses (default: a made-up line)");
  };
  CLI::App* running = app.add_subcommand("run", "Send reports to a server as their time comes");
  devices(running);
  running->add_option("--to", o.to, "The server")->capture_default_str();
  running->add_option("--key-file", o.key_file, "File with a key that may make devices and report for them");
  running->add_option("--rules", o.rules,
                      "File of rules that the server is given, switched on, if it has none of their names");
  running->add_option("--tenant", o.tenant, "Tenant to be in");
  running->add_option("--speed", o.speed, "How fast simulated time runs, 1 to 3600")
      ->check(CLI::Range(1.0, 3600.0))
      ->capture_default_str();
  CLI::App* saying = app.add_subcommand(
      "say", "Print the reports (NDJSON of /iot/ndjson) from --start to --until; by default a minute");
  devices(saying);
  CLI::App* season = app.add_subcommand("season", "A season of paddies, by hand and by rules: table and picture");
  world(season);
  season->add_option("--year", o.season.year, "Year")->capture_default_str();
  season->add_option("--fields", o.season.fields, "How many fields")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  season->add_option("--picture", o.picture, "File to draw it in, SVG");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (running->parsed()) return run_command(o);
  if (saying->parsed()) return say_command(o);
  return season_command(o);
}
