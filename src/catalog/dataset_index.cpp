#include "catalog/dataset_index.h"

#include <algorithm>

#include "base/text.h"
#include "catalog/fold.h"
#include "catalog/publisher.h"

namespace tsunagu::catalog {
namespace {

int rank(const IndexedDataset& dataset, const std::vector<std::string>& words) {
  int sum = 0;
  for (const std::string& word : words) {
    int weight = 0;
    if (dataset.title.find(word) != std::string::npos) weight = dataset.title.starts_with(word) ? 5 : 4;
    if (weight == 0 && dataset.keyword.find(word) != std::string::npos) weight = 2;
    if (weight == 0 && dataset.rest.find(word) != std::string::npos) weight = 1;
    if (weight == 0) return 0;
    sum += weight;
  }
  return words.empty() ? 1 : sum;
}

bool has_one(const std::vector<std::string>& values, const std::vector<std::string>& wanted) {
  return std::ranges::any_of(values, [&](const std::string& value) {
    return std::ranges::any_of(wanted, [&](const std::string& each) { return equal_ignoring_case(each, value); });
  });
}

std::string folded(const Texts& texts) {
  std::string out;
  for (const auto& [tag, text] : texts) out.append(fold(text)).append("\n");
  return out;
}

struct Match {
  int rank;
  const IndexedDatasetPtr* dataset;
};

bool before(const Match& a, const Match& b, DatasetQuery::Sort sort) {
  using Sort = DatasetQuery::Sort;
  const IndexedDataset &x = **a.dataset, &y = **b.dataset;
  if (sort == Sort::kRelevance && a.rank != b.rank) return a.rank > b.rank;
  if (sort == Sort::kDownloads && x.downloads != y.downloads) return x.downloads > y.downloads;
  if (sort == Sort::kTitle && x.sort_title != y.sort_title) return x.sort_title < y.sort_title;
  if (sort != Sort::kTitle && sort != Sort::kName && x.dataset.modified != y.dataset.modified) {
    return x.dataset.modified > y.dataset.modified;
  }
  return x.dataset.name < y.dataset.name;
}

}  // namespace

std::vector<std::string> values_of(const IndexedDataset& dataset, Facet facet) {
  const auto one = [](const std::string& value) {
    return value.empty() ? std::vector<std::string>() : std::vector<std::string>{value};
  };
  switch (facet) {
    case Facet::kPublisher:
      return one(dataset.dataset.publisher);
    case Facet::kTheme:
      return dataset.dataset.theme;
    case Facet::kKeyword:
      return dataset.dataset.keyword;
    case Facet::kFormat:
      return dataset.formats;
    case Facet::kStandard:
      return one(dataset.dataset.conforms_to);
    case Facet::kLicense:
      return one(dataset.dataset.license);
  }
  return {};
}

std::vector<std::string> words_of(std::string_view text) {
  const std::string whole = fold(text);
  std::vector<std::string> words;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::string_view word = take_until(rest, ' ');
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

DatasetIndex::DatasetIndex(broker::Broker& broker) : broker_(broker) {
  broker_.store.watch(*this);
}
DatasetIndex::~DatasetIndex() {
  broker_.store.unwatch(*this);
}

void DatasetIndex::committed(std::uint64_t, std::span<const store::EntityChange> changes, std::uint64_t) {
  for (const store::EntityChange& change : changes) {
    const std::string_view name = name_in((change.after ? change.after : change.before)->id());
    if (name.empty()) continue;
    const std::lock_guard lock(changes_);
    const auto at = catalogues_.find(change.tenant);
    if (at != catalogues_.end()) at->second.changed.emplace(name);
  }
}

IndexedDatasetPtr DatasetIndex::read(store::TenantId tenant, const std::string& name) const {
  const ngsi::RecordPtr record = broker_.store.find(tenant, dataset_id(name));
  auto dataset = record ? read_dataset(*record) : std::nullopt;
  if (!dataset) return nullptr;
  auto made = std::make_shared<IndexedDataset>();
  made->dataset = std::move(*dataset);
  for (const std::string& id : made->dataset.distribution) {
    const ngsi::RecordPtr found = broker_.store.find(tenant, id);
    auto distribution = found ? read_distribution(*found) : std::nullopt;
    if (!distribution) continue;
    made->downloads += distribution->download_count;
    const std::string& format = distribution->format;
    if (!format.empty() && std::ranges::find(made->formats, format) == made->formats.end()) {
      made->formats.push_back(format);
    }
    made->distributions.push_back(std::move(*distribution));
  }
  made->sort_title = fold(text_in(made->dataset.title, "ja"));
  made->title = folded(made->dataset.title);
  for (const std::string& keyword : made->dataset.keyword) made->keyword.append(fold(keyword)).append("\n");
  made->rest = folded(made->dataset.description) + made->dataset.name + "\n" +
               folded(publisher_name(broker_.store, tenant, made->dataset.publisher));
  return made;
}

DatasetIndex::Snapshot DatasetIndex::snapshot(store::TenantId tenant) {
  const std::lock_guard reading(reading_);
  std::set<std::string> changed;
  Snapshot old;
  {
    const std::lock_guard lock(changes_);
    Catalogue& catalogue = catalogues_[tenant];  // from here on changes are noted
    old = catalogue.snapshot;
    changed.swap(catalogue.changed);
  }
  if (old && changed.empty()) return old;
  auto made = std::make_shared<ByName>(old ? *old : ByName());
  if (!old) {
    ngsi::Selection selection;
    if (auto types = ngsi::parse_types("Dataset", *ngsi::core_context())) selection.types = std::move(*types);
    selection.at = now();
    const auto cursor = broker_.store.query(tenant, std::move(selection));
    std::vector<ngsi::RecordPtr> found;
    bool more = true;
    while (more) {
      found.clear();
      more = cursor->step(10'000, 1000, found);
      for (const ngsi::RecordPtr& record : found) {
        if (const auto name = name_in(record->id()); !name.empty()) changed.emplace(name);
      }
    }
  }
  for (const std::string& name : changed) {
    if (auto dataset = read(tenant, name)) {
      made->insert_or_assign(name, std::move(dataset));
    } else {
      made->erase(name);
    }
  }
  const std::lock_guard lock(changes_);
  return catalogues_[tenant].snapshot = std::move(made);
}

std::vector<IndexedDatasetPtr> DatasetIndex::all(store::TenantId tenant) {
  std::vector<IndexedDatasetPtr> datasets;
  for (const auto& [name, dataset] : *snapshot(tenant)) datasets.push_back(dataset);
  return datasets;
}

DatasetMatches DatasetIndex::search(store::TenantId tenant, const DatasetQuery& query) {
  const Snapshot snapshot = this->snapshot(tenant);
  DatasetMatches matches;
  std::vector<Match> found;
  for (const auto& [name, dataset] : *snapshot) {
    const int ranked = rank(*dataset, query.words);
    if (ranked == 0) continue;
    if (!query.names.empty() && std::ranges::find(query.names, name) == query.names.end()) continue;
    const auto has = [&](const auto& facet) { return has_one(values_of(*dataset, facet.first), facet.second); };
    if (!std::ranges::all_of(query.has, has) || std::ranges::any_of(query.lacks, has)) continue;
    if (query.test && !query.test(*dataset)) continue;
    found.push_back({ranked, &dataset});
    for (std::size_t i = 0; i < kFacets; ++i) {
      std::vector<std::string> values = values_of(*dataset, static_cast<Facet>(i));
      std::ranges::sort(values);
      values.erase(std::unique(values.begin(), values.end()), values.end());
      for (std::string& value : values) ++matches.facets[i][std::move(value)];
    }
  }
  matches.count = found.size();
  std::ranges::sort(found, [&](const Match& a, const Match& b) { return before(a, b, query.sort); });
  if (query.turned) std::ranges::reverse(found);
  for (std::uint64_t i = query.offset; i < found.size() && i - query.offset < query.limit; ++i) {
    matches.page.push_back(*found[i].dataset);
  }
  return matches;
}

}  // namespace tsunagu::catalog
