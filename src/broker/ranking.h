// The first of many matches in an order (clause 4.23), kept while they come.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tsunagu::broker {

/// Keeps the first `wanted` of the matches offered, by the bytes of their keys; among equals the one met first comes
/// first. Memory: `wanted` matches. Cost: O(log wanted) each. Not thread-safe.
template <class Match>
class Ranking {
 public:
  explicit Ranking(std::uint64_t wanted = 0) : wanted_(wanted) {}

  /// False: one match, this or another, had to be left out.
  bool offer(std::string key, Match match) {
    Ranked next{std::move(key), met_++, std::move(match)};
    if (heap_.size() < wanted_) {
      heap_.push_back(std::move(next));
      std::push_heap(heap_.begin(), heap_.end());
      return true;
    }
    if (!heap_.empty() && next < heap_.front()) {
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.back() = std::move(next);
      std::push_heap(heap_.begin(), heap_.end());
    }
    return false;
  }

  /// Appends those behind the first `offset`, in order, and forgets all.
  void take(std::uint64_t offset, std::vector<Match>& out) {
    std::sort_heap(heap_.begin(), heap_.end());
    for (std::size_t i = offset; i < heap_.size(); ++i) out.push_back(std::move(heap_[i].match));
    heap_.clear();
  }

 private:
  struct Ranked {
    std::string key;
    std::uint64_t met;
    Match match;
    bool operator<(const Ranked& other) const {
      const int order = key.compare(other.key);
      return order != 0 ? order < 0 : met < other.met;
    }
  };

  std::uint64_t wanted_;
  std::uint64_t met_ = 0;
  std::vector<Ranked> heap_;  ///< the last of the order on top
};

}  // namespace tsunagu::broker
