// Finding data sets: by words, publisher, theme, keyword, format, standard; ranked, sorted, counted by facets.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/broker.h"
#include "catalog/dataset.h"

namespace tsunagu::catalog {

/// A data set as it is searched. Immutable.
struct IndexedDataset {
  Dataset dataset;
  std::vector<Distribution> distributions;
  std::vector<std::string> formats;  ///< each once, in the order of the distributions
  std::uint64_t downloads = 0;       ///< as the graph has them
  std::string sort_title;            ///< folded
  std::string title, keyword, rest;  ///< folded; rest: descriptions, name, publisher's name
};
using IndexedDatasetPtr = std::shared_ptr<const IndexedDataset>;

enum class Facet : unsigned char { kPublisher, kTheme, kKeyword, kFormat, kStandard, kLicense };
inline constexpr std::size_t kFacets = 6;

struct DatasetQuery {
  std::vector<std::string> words;                                 ///< folded; each must be found somewhere
  std::vector<std::pair<Facet, std::vector<std::string>>> has;    ///< the data set has one of these
  std::vector<std::pair<Facet, std::vector<std::string>>> lacks;  ///< it has none of these
  std::vector<std::string> names;                                 ///< its name is one of these; none: any
  enum class Sort : unsigned char { kRelevance, kModified, kTitle, kDownloads, kName } sort = Sort::kRelevance;
  bool turned = false;  ///< the other way round
  std::uint64_t offset = 0, limit = 20;
  /// Only these count; null: all.
  std::function<bool(const IndexedDataset&)> test;
};
struct DatasetMatches {
  std::uint64_t count = 0;
  std::vector<IndexedDatasetPtr> page;
  std::array<std::map<std::string, std::uint64_t>, kFacets> facets;  ///< of all matches: key → data sets
};

/// The values that a data set has of a facet.
std::vector<std::string> values_of(const IndexedDataset& dataset, Facet facet);
/// The words of a search text, folded.
std::vector<std::string> words_of(std::string_view text);

/// Keeps up with the store by itself: what was committed before a search is found by it. Thread-safe. Cost: ~0.5 µs per
/// data set and word; what changed is read again by the next search. Memory: the texts of the data sets, twice.
class DatasetIndex final : store::Watcher {
 public:
  explicit DatasetIndex(broker::Broker& broker);
  ~DatasetIndex() override;

  DatasetMatches search(store::TenantId tenant, const DatasetQuery& query);
  /// All, by name.
  std::vector<IndexedDatasetPtr> all(store::TenantId tenant);

 private:
  using ByName = std::map<std::string, IndexedDatasetPtr, std::less<>>;
  using Snapshot = std::shared_ptr<const ByName>;
  struct Catalogue {
    Snapshot snapshot;
    std::set<std::string> changed;  ///< names
  };

  void due(std::span<const store::EntityChange>, std::vector<std::string>&) override {}
  void committed(std::uint64_t sequence, std::span<const store::EntityChange> changes, std::uint64_t row) override;
  void failed() override {}
  Snapshot snapshot(store::TenantId tenant);
  IndexedDatasetPtr read(store::TenantId tenant, const std::string& name) const;

  broker::Broker& broker_;
  std::mutex changes_;  ///< short: the writer takes it
  std::mutex reading_;  ///< one search at a time brings the snapshot up to date
  std::map<store::TenantId, Catalogue> catalogues_;
};

}  // namespace tsunagu::catalog
