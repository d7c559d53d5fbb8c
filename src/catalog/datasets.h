// The catalogue in a graph: data sets and distributions found, saved, removed; their versions in the history.
#pragma once
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "broker/broker.h"
#include "catalog/dataset.h"
#include "catalog/files.h"

namespace tsunagu::catalog {

/// One version of a file distribution, as the history of its `content` tells it.
struct Version {
  FileContent content;
  Instant modified;
  std::uint64_t byte_size = 0;
};

/// Thread-safe. `broker` and `files` outlive it.
class Datasets {
 public:
  Datasets(broker::Broker& broker, Files& files) : broker_(broker), files_(files) {}

  /// ResourceNotFound. ~5 µs.
  Result<Dataset> find(store::TenantId tenant, std::string_view name) const;
  Result<Distribution> distribution(store::TenantId tenant, std::string_view id) const;
  /// Those of the data set, in order; one that is not there is left out.
  Result<std::vector<Distribution>> distributions(store::TenantId tenant, const Dataset& dataset) const;

  /// Creates or replaces a data set, in one group commit. The distributions become those given: one with an id that is
  /// there replaces it, one without an id takes the next number, the others are removed. Of a file, `version` becomes
  /// that of the last one remembered + 1 when the bytes are others, else it stays. `issued` and download counts stay as
  /// they were. Blocks until it is on disk. BadRequestData for what is no data set; nothing is changed then.
  Result<void> save(store::TenantId tenant, const Dataset& dataset, const std::vector<Distribution>& distributions);
  /// Removes the data set and its distributions; their history and files stay. Blocks. ResourceNotFound.
  Result<void> remove(store::TenantId tenant, std::string_view name);

  /// Versions of a file distribution, newest first; none when it is no file. Reads the history (~1 ms).
  Result<std::vector<Version>> versions(store::TenantId tenant, std::string_view id) const;

  /// Are entities of the type about persons? Then no query of them is published. To be set before anything is asked;
  /// without it none are.
  using Personal = std::function<bool(store::TenantId, ngsi::TermId type)>;
  void set_personal(Personal personal) { personal_ = std::move(personal); }
  /// Forbidden when the query would publish entities about persons.
  Result<void> check_publishable(store::TenantId tenant, const QueryContent& query) const;

  broker::Broker& broker() const { return broker_; }
  Files& files() const { return files_; }

 private:
  Result<void> prepare(store::TenantId tenant, const Dataset& dataset, std::vector<Distribution>& all) const;
  Result<void> write(std::vector<store::Write> writes) const;

  broker::Broker& broker_;
  Files& files_;
  Personal personal_;
  std::mutex saving_;  ///< versions and numbers are given one save after the other
};

}  // namespace tsunagu::catalog
