// Which index to ask for the candidates of a selection. Everything here needs the shared lock of the state.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ngsi/query.h"
#include "store/memory/graph.h"

namespace tsunagu::store {

/// A piece of an index: all slots, a set of slots, a range of keys, what touches a box, or what was found there already.
struct Part {
  enum class Kind : std::uint8_t { kAll, kSlots, kKeys, kBox, kFound } kind = Kind::kAll;
  const Posting* slots = nullptr;
  const KeySet* keys = nullptr;
  std::uint64_t low = 0, high = 0;  ///< both included
  const GeoIndex* geo = nullptr;
  ngsi::Box box{};
  std::vector<std::uint32_t> found;
};

/// A way to find all candidates of a condition: the union of its parts.
struct Access {
  std::vector<Part> parts;
  std::string text;            ///< for a person
  std::uint64_t estimate = 0;  ///< candidates; counting stops at some cap

  /// Can it be walked in slot order without collecting and sorting first?
  bool in_order() const;
};

/// At most about `cap` is counted.
std::uint64_t count(const Access& access, const Graph& graph, std::uint64_t cap);
/// Appends at most `n` candidates from slot `from` on, in slot order, each once. Only for in_order() ones. Empty: there
/// are no more.
void fill(const Access& access, const Graph& graph, std::uint32_t from, std::size_t n, std::vector<std::uint32_t>& out);
/// All candidates from slot `from` on, unordered, some several times.
void collect(const Access& access, const Graph& graph, std::uint32_t from, std::vector<std::uint32_t>& out);

/// How to run a query: walk `walk` in slot order; or, when `collected` is given and small or the walk takes long,
/// collect that and sort.
struct Ways {
  Access walk;
  std::optional<Access> collected;
  bool collect_now = false;
};
Ways plan_ways(const ngsi::Selection& selection, const Graph& graph);

}  // namespace tsunagu::store
