#include "store/memory/geo_index.h"

#include <boost/geometry.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <cmath>
#include <limits>

namespace tsunagu::store {
namespace {

namespace bg = boost::geometry;
namespace bgi = boost::geometry::index;

using Point = bg::model::point<float, 2, bg::cs::cartesian>;
using FloatBox = bg::model::box<Point>;
using Entry = std::pair<FloatBox, std::uint32_t>;

float below(double v) {
  const auto f = static_cast<float>(v);
  return static_cast<double>(f) > v ? std::nextafterf(f, -std::numeric_limits<float>::infinity()) : f;
}
float above(double v) {
  const auto f = static_cast<float>(v);
  return static_cast<double>(f) < v ? std::nextafterf(f, std::numeric_limits<float>::infinity()) : f;
}
FloatBox outwards(const ngsi::Box& box) {
  return {Point(below(box.min_lon), below(box.min_lat)), Point(above(box.max_lon), above(box.max_lat))};
}

struct SameEntry {
  bool operator()(const Entry& a, const Entry& b) const {
    const auto& p = a.first;
    const auto& q = b.first;
    return a.second == b.second && bg::get<0>(p.min_corner()) == bg::get<0>(q.min_corner()) &&
           bg::get<1>(p.min_corner()) == bg::get<1>(q.min_corner()) &&
           bg::get<0>(p.max_corner()) == bg::get<0>(q.max_corner()) &&
           bg::get<1>(p.max_corner()) == bg::get<1>(q.max_corner());
  }
};

}  // namespace

struct GeoIndex::Tree {
  using Rtree = bgi::rtree<Entry, bgi::quadratic<16>, bgi::indexable<Entry>, SameEntry>;
  Rtree rtree;
};

GeoIndex::GeoIndex() = default;
GeoIndex::~GeoIndex() = default;

void GeoIndex::insert(const ngsi::Box& box, std::uint32_t slot) {
  if (!tree_) tree_ = std::make_unique<Tree>();
  tree_->rtree.insert(Entry(outwards(box), slot));
}

void GeoIndex::erase(const ngsi::Box& box, std::uint32_t slot) {
  if (tree_) tree_->rtree.remove(Entry(outwards(box), slot));
}

void GeoIndex::build(const std::vector<std::pair<ngsi::Box, std::uint32_t>>& entries) {
  std::vector<Entry> converted;
  converted.reserve(entries.size());
  for (const auto& [box, slot] : entries) converted.emplace_back(outwards(box), slot);
  tree_ = std::make_unique<Tree>();
  tree_->rtree = Tree::Rtree(converted.begin(), converted.end());
}

void GeoIndex::search(const ngsi::Box& box, std::size_t limit, std::vector<std::uint32_t>& out) const {
  if (!tree_ || limit == 0) return;
  for (auto it = tree_->rtree.qbegin(bgi::intersects(outwards(box))); it != tree_->rtree.qend(); ++it) {
    out.push_back(it->second);
    if (--limit == 0) return;
  }
}

std::size_t GeoIndex::count(const ngsi::Box& box, std::size_t limit) const {
  std::size_t n = 0;
  if (!tree_ || limit == 0) return n;
  for (auto it = tree_->rtree.qbegin(bgi::intersects(outwards(box))); it != tree_->rtree.qend(); ++it)
    if (++n == limit) break;
  return n;
}

std::size_t GeoIndex::size() const {
  return tree_ ? tree_->rtree.size() : 0;
}

}  // namespace tsunagu::store
