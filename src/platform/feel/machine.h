// What one evaluation has at hand: limits, so that hostile input ends with an error, and the faults that were found on
// the way (FEEL goes on with null). One machine serves one thread at a time; compiled expressions serve any number of
// machines.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/feel/value.h"

namespace tsunagu::platform::feel {

constexpr std::size_t kMaxList = 1'000'000;   ///< items of one list
constexpr std::size_t kMaxText = 16u << 20;   ///< bytes of one string
constexpr std::size_t kMaxSource = 1u << 20;  ///< bytes of one expression
constexpr int kMaxDepth = 120;                ///< expressions inside of each other
constexpr std::size_t kMaxFaults = 100;
constexpr std::uint64_t kCallSteps = 16;  ///< what a call costs

struct Fault {
  std::string where;     ///< the element of the model; empty for a single expression
  std::uint32_t at = 0;  ///< byte of the expression's text
  std::string message;
};

class Machine {
 public:
  explicit Machine(std::uint64_t steps = 20'000'000) : steps_(steps) {}

  /// Notes a fault and gives null.
  Value fault(std::uint32_t at, std::string message) {
    if (faults.size() < kMaxFaults) faults.push_back({std::string(where), at, std::move(message)});
    return {};
  }
  /// Counts work; false when there was too much of it: the caller gives up with null.
  bool step(std::uint32_t at, std::uint64_t count = 1) {
    if (steps_ >= count) {
      steps_ -= count;
      return true;
    }
    if (steps_ != 0) fault(at, "the evaluation takes too many steps");
    steps_ = 0;
    return false;
  }
  bool exhausted() const { return steps_ == 0; }
  /// Around every call: false when calls are nested too deeply.
  bool enter(std::uint32_t at, int levels) {
    if (depth_ + levels > kMaxCallDepth) {
      fault(at, "calls are nested too deeply");
      return false;
    }
    depth_ += levels;
    return true;
  }
  void leave(int levels) { depth_ -= levels; }

  std::vector<Fault> faults;
  std::string_view where;
  /// Now, for now() and today(): seconds since 1970; the system's clock when it is empty.
  std::function<DateTime()> clock;

 private:
  static constexpr int kMaxCallDepth = 3000;  // nodes below each other, over all calls
  std::uint64_t steps_;
  int depth_ = 0;
};

}  // namespace tsunagu::platform::feel
