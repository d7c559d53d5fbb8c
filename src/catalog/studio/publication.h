// A table that is ready → a data set: the clean file and the original in Files, its rows as entities, and last the
// Dataset with its Distributions. Everything or nothing: what was begun is finished or undone, after a crash too.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/datasets.h"
#include "catalog/studio/upload.h"

namespace tsunagu::catalog {

struct PublicationRequest {
  Dataset dataset;  ///< what people say about it; conforms_to, quality and times are found
  bool accept_findings = false;
  bool acknowledge_disclosure = false;
};

/// May it be published as it is? BadRequestData says what is in the way.
Result<void> check_publication(const UploadView& view, const PublicationRequest& request);

/// The clean table: UTF-8, one header line, lines ended by CR LF; the columns of the standard in its order (all of
/// them), then the others of the file. Calls `write` with pieces of about 64 KiB. Gives the number of rows.
Result<std::uint64_t> write_clean_csv(const UploadView& view,
                                      const std::function<Result<void>(std::string_view)>& write);

/// A file of a standard, whose rows are entities. Nothing: no entities.
struct EntitySource {
  FileId file;
  std::string standard;  ///< key
};
struct EntityCounts {
  std::uint64_t written = 0, unchanged = 0, removed = 0;
  std::uint64_t left_out = 0;        ///< rows that make no entity
  std::uint64_t cells_left_out = 0;  ///< cells that mean nothing: their entities go without
  std::string first_reason;          ///< why, of the first of them
};
/// How far it is; may be read from other threads.
struct PublicationProgress {
  std::atomic<std::uint64_t> done{0}, of{0};  ///< rows
  std::atomic<bool> stop{false};
};
/// Makes the entities of `before` those of `after`: writes what is new or other, removes what is not there any more.
/// Asks the graph whether what should be there is. Attributes that others gave to them stay. In batches; doing it again
/// does no harm. Memory: ~100 bytes an entity.
Result<EntityCounts> write_entities(broker::Broker& broker, const Files& files, store::TenantId tenant,
                                    const std::optional<EntitySource>& before, const std::optional<EntitySource>& after,
                                    PublicationProgress& progress);

/// Where a publication stands: kept in publication.json of the upload from the first write to the graph on.
struct PublicationPlan {
  Dataset dataset;
  std::uint64_t rows = 0, bytes = 0;
  FileId file, original;  ///< no original when that tells of persons
  std::string original_name;
  std::vector<std::string> key;
  std::optional<EntitySource> before, after;
  std::string query;  ///< for the live distribution
};
std::string to_json(const PublicationPlan& plan);
std::optional<PublicationPlan> read_plan(std::string_view canonical_json);

struct PublicationOutcome {
  bool unchanged = false;  ///< the same table was published before: no new version
  std::uint32_t version = 0;
  EntityCounts entities;
};

/// Puts the files into Files and says what is to be done.
Result<PublicationPlan> plan_publication(const Datasets& datasets, store::TenantId tenant, const Upload& upload,
                                         const UploadView& view, const PublicationRequest& request,
                                         PublicationProgress& progress);
/// Does it: entities, then the data set. When the entities cannot all be written, those of before are put back.
Result<PublicationOutcome> carry_out(Datasets& datasets, store::TenantId tenant, const PublicationPlan& plan,
                                     PublicationProgress& progress);

}  // namespace tsunagu::catalog
