#include "sim/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/log.h"
#include "base/text.h"

namespace tsunagu::sim {
namespace {

constexpr std::size_t kBytesAtOnce = 1u << 20;
constexpr std::int64_t kTick = 250'000;            // of the wall clock: reports of so long go together
constexpr std::int64_t kTellEvery = 60 * kSecond;  // of the wall clock

constexpr std::size_t kAskAtMost = 100;  // paddies that ask for commands

void pause(std::int64_t us) {
  std::this_thread::sleep_for(std::chrono::microseconds(us));
}

/// The text or number behind "name": in the flat JSON object of commands; empty when it is not there.
std::string_view command_in(std::string_view json, std::string_view name) {
  const std::size_t at = json.find(fmt::format("\"{}\":", name));
  if (at == std::string_view::npos) return {};
  const std::string_view rest = json.substr(at + name.size() + 3);
  return rest.starts_with('"') ? rest.substr(1, rest.find('"', 1) - 1) : rest.substr(0, rest.find_first_of(",}"));
}

/// Paddies ask for their commands, do them, and say so. False: the server has no commands.
bool obey(Fleet& fleet, Server& server, std::uint64_t& obeyed) {
  const std::size_t paddies = std::min<std::size_t>(fleet.count(Kind::kPaddy), kAskAtMost);
  for (std::size_t i = 0; i < paddies; ++i) {
    if (!fleet.takes_commands(i)) continue;
    const std::string path = fmt::format("/iot/json/commands?k={}&i={}", Fleet::group(Kind::kPaddy),
                                         fleet.address(fleet.first(Kind::kPaddy) + i));
    const auto asked = server.ask("GET", path, {}, "application/json");
    if (!asked) return true;
    if (asked->status == 404 || asked->status == 405) return false;
    if (asked->status != 200 || asked->body.size() < 3) continue;
    if (const auto gate = command_in(asked->body, "gate"); !gate.empty())
      fleet.set_gate(i, gate == "open" ? 1 : parse_number<double>(gate).value_or(0) / 100);
    if (const auto weir = parse_number<double>(command_in(asked->body, "weir"))) fleet.set_weir(i, 10 * *weir);
    ++obeyed;
    (void)server.ask("POST", path, asked->body, "application/json");  // what was asked is what was done
  }
  return true;
}

}  // namespace

bool append_line(Fleet& fleet, std::size_t device, Instant t, std::string& out) {
  const std::size_t before = out.size();
  JsonObject line(out);
  line.text("k", Fleet::group(fleet.kind(device))).text("i", fleet.address(device)).text("t", to_string(t));
  if (!fleet.say(device, t, line.member("v"))) {
    out.resize(before);
    return false;
  }
  line.end();
  out += '\n';
  return true;
}

Result<std::size_t> introduce(const Fleet& fleet, Server& server) {
  std::size_t made = 0;
  std::vector<std::string> batch;
  const auto flush = [&]() -> Result<void> {
    const auto done = server.make_known(batch);
    if (!done) return tl::unexpected(done.error());
    made += *done;
    batch.clear();
    return {};
  };
  for (std::size_t k = 0; k < kKinds; ++k) batch.push_back(Fleet::model_entity(static_cast<Kind>(k)));
  for (std::size_t k = 0; k < kKinds; ++k) batch.push_back(Fleet::group_entity(static_cast<Kind>(k)));
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    if (std::string asset = fleet.asset_entity(i); !asset.empty()) batch.push_back(std::move(asset));
    batch.push_back(fleet.device_entity(i));
    if (batch.size() < 5'000) continue;
    if (auto ok = flush(); !ok) return tl::unexpected(ok.error());
  }
  if (auto ok = flush(); !ok) return tl::unexpected(ok.error());
  return made;
}

Result<std::size_t> teach(Server& server, std::string_view rules) {
  constexpr std::string_view kHead = "[[rule]]", kName = "name = \"";
  std::size_t made = 0;
  for (std::size_t at = rules.find(kHead); at != std::string_view::npos;) {
    const std::size_t next = rules.find(kHead, at + kHead.size());
    const std::string_view rule = rules.substr(at, next == std::string_view::npos ? next : next - at);
    at = next;
    const std::size_t begin = rule.find(kName);
    if (begin == std::string_view::npos) return fail(ErrorCode::kBadRequestData, "a rule without a name");
    std::string_view rest = rule.substr(begin + kName.size());
    const std::string path = fmt::format("/automation/rules/{}", take_until(rest, '"'));
    const auto there = server.ask("GET", path, {}, "application/json");
    if (!there) return tl::unexpected(there.error());
    if (there->status == 200) continue;
    std::string body;
    JsonObject(body).text("text", rule).truth("on", true).end();
    const auto done = server.ask("PUT", path, body, "application/json");
    if (!done) return tl::unexpected(done.error());
    if (done->status >= 300) {
      return fail(ErrorCode::kBadRequestData,
                  fmt::format("{}: status {}: {}", path, done->status, done->body.substr(0, 300)));
    }
    ++made;
  }
  return made;
}

Result<Progress> run(Fleet& fleet, Server& server, const RunSettings& settings, const std::atomic<bool>& stop,
                     const std::function<void(const Progress&)>& tell) {
  const Clock clock{settings.start, now(), settings.speed};
  Progress progress;
  progress.simulated = settings.start;
  std::string batch;
  std::uint64_t in_batch = 0;
  std::int64_t told = clock.wall.us, asked = 0;
  bool commands = true;
  // A paddy asks every five minutes of its time, but not more often than every second of ours.
  const std::int64_t ask_every =
      std::clamp(static_cast<std::int64_t>(300 * kSecond / settings.speed), kSecond, 5 * kSecond);

  const auto send = [&]() -> Result<void> {
    for (std::int64_t wait = kTick; !batch.empty(); wait = std::min<std::int64_t>(2 * wait, 5 * kSecond)) {
      const auto taken = server.report(batch);
      if (taken) {
        progress.sent += in_batch;
        progress.accepted += taken->accepted;
        progress.rejected += taken->rejected;
        if (progress.first_fault.empty()) progress.first_fault = taken->first_fault;
        break;
      }
      if (taken.error().code != ErrorCode::kUnavailable) return tl::unexpected(taken.error());
      if (stop) return {};
      ++progress.repeated;
      log::warn("sim: not taken, again in {:.1f} s: {}", static_cast<double>(wait) / kSecond, taken.error().detail);
      pause(wait);
    }
    batch.clear();
    in_batch = 0;
    return {};
  };

  while (!stop) {
    Instant until = clock.at(now());
    if (settings.until != kNoInstant) until = std::min(until, settings.until);
    // A long way at once would fill memory: an hour of simulated time in one go.
    until = std::min(until, Instant{progress.simulated.us + kHour});
    Result<void> sent;
    fleet.due(progress.simulated, until, [&](std::size_t device, Instant t) {
      if (!sent || stop) return;
      if (!append_line(fleet, device, t, batch)) {
        ++progress.silent;
        return;
      }
      ++in_batch;
      if (batch.size() >= kBytesAtOnce) sent = send();
    });
    if (sent) sent = send();
    if (!sent) return tl::unexpected(sent.error());
    if (stop) break;
    progress.simulated = std::max(progress.simulated, until);
    if (const std::int64_t wall = now().us; commands && wall - asked >= ask_every) {
      asked = wall;
      commands = obey(fleet, server, progress.obeyed);
    }
    if (const std::int64_t wall = now().us; wall - told >= kTellEvery) {
      told = wall;
      tell(progress);
    }
    if (settings.until != kNoInstant && progress.simulated >= settings.until) break;
    if (const std::int64_t early = clock.wall_at(progress.simulated).us + kTick - now().us; early > 0) pause(early);
  }
  tell(progress);
  return progress;
}

}  // namespace tsunagu::sim
