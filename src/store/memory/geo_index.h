// An R-tree of bounding boxes, one per geometry. Boxes are kept as 32-bit floats rounded outwards, so a search offers a
// little too much (about 2 m) and never too little. Not thread-safe for writing; many readers may search at once.
#pragma once
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "ngsi/query.h"

namespace tsunagu::store {

class GeoIndex {
 public:
  GeoIndex();
  ~GeoIndex();
  GeoIndex(const GeoIndex&) = delete;
  GeoIndex& operator=(const GeoIndex&) = delete;

  void insert(const ngsi::Box& box, std::uint32_t slot);
  void erase(const ngsi::Box& box, std::uint32_t slot);
  /// Replaces everything; several times faster than inserting one by one.
  void build(const std::vector<std::pair<ngsi::Box, std::uint32_t>>& entries);
  /// Appends the slots of all boxes that touch `box`, at most `limit`. A slot may appear several times.
  void search(const ngsi::Box& box, std::size_t limit, std::vector<std::uint32_t>& out) const;
  std::size_t count(const ngsi::Box& box, std::size_t limit) const;
  std::size_t size() const;

 private:
  struct Tree;
  std::unique_ptr<Tree> tree_;  ///< null while empty
};

}  // namespace tsunagu::store
