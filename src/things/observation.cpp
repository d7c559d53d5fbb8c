#include "things/observation.h"

#include <array>
#include <utility>

namespace tsunagu::things {
namespace {

constexpr std::array<std::pair<QualityFlag, std::string_view>, 6> kFlagNames{{{kOutOfRange, "outOfRange"},
                                                                              {kTooFast, "rateOfChange"},
                                                                              {kStuck, "stuck"},
                                                                              {kLate, "late"},
                                                                              {kRepeated, "duplicate"},
                                                                              {kClock, "clock"}}};
constexpr std::size_t kMostFaults = 100;

}  // namespace

void append_quality_json(std::string& out, Quality quality) {
  out += '[';
  bool any = false;
  for (const auto& [flag, name] : kFlagNames) {
    if ((quality & flag) == 0) continue;
    if (any) out += ',';
    any = true;
    out.append(1, '"').append(name).append(1, '"');
  }
  out += ']';
}

void Payload::fault(std::size_t line, std::string reason) {
  ++faulty;
  if (faults.size() < kMostFaults) faults.push_back({line, std::move(reason)});
}

}  // namespace tsunagu::things
