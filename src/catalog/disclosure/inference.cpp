#include "catalog/disclosure/inference.h"

#include <algorithm>

namespace tsunagu::catalog {
namespace {

constexpr std::int64_t kUnknown = 1'000'000'000'000;
constexpr int kMostRounds = 1000;

/// Narrows bounds by every margin and the cells it is the sum of.
class Inference {
 public:
  explicit Inference(const ShownCounts& shown) : shown_(shown) {
    for (const auto& cell : shown.cells) bounds.push_back(cell ? Bounds{*cell, *cell} : Bounds{0, kUnknown});
  }

  /// False: nothing changed, or what is shown contradicts itself.
  bool round() {
    changed_ = false;
    std::size_t stride = 1;
    for (const std::size_t values : shown_.values) {
      for (std::size_t cell = 0; cell < bounds.size() && !contradiction_; ++cell) {
        if (cell / stride % (values + 1) == values) take_sum(cell, stride, values);
      }
      stride *= values + 1;
    }
    return changed_ && !contradiction_;
  }

  std::vector<Bounds> bounds;

 private:
  void take_sum(std::size_t sum, std::size_t stride, std::size_t values) {
    Bounds parts;
    for (std::size_t i = 1; i <= values; ++i) {
      parts.least += bounds[sum - i * stride].least;
      parts.most += bounds[sum - i * stride].most;
    }
    narrow(sum, parts.least, parts.most);
    const Bounds whole = bounds[sum];
    for (std::size_t i = 1; i <= values; ++i) {
      const Bounds part = bounds[sum - i * stride];
      narrow(sum - i * stride, whole.least - (parts.most - part.most), whole.most - (parts.least - part.least));
    }
  }
  void narrow(std::size_t cell, std::int64_t least, std::int64_t most) {
    Bounds& known = bounds[cell];
    if (std::max(known.least, least) > std::min(known.most, most)) {
      contradiction_ = true;
      return;
    }
    changed_ = changed_ || least > known.least || most < known.most;
    known.least = std::max(known.least, least);
    known.most = std::min(known.most, most);
  }

  const ShownCounts& shown_;
  bool changed_ = false, contradiction_ = false;
};

}  // namespace

std::vector<Bounds> infer(const ShownCounts& shown) {
  Inference inference(shown);
  for (int round = 0; round < kMostRounds && inference.round(); ++round) {
  }
  return std::move(inference.bounds);
}

}  // namespace tsunagu::catalog
