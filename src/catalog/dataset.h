// Data sets and their distributions (DCAT 3) as values, and as the entities that they are in the graph: types Dataset
// and Distribution, names in the core context's default vocabulary. docs/open-data.md lists the attributes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "catalog/files.h"
#include "ngsi/entity.h"
#include "ngsi/record.h"

namespace tsunagu::catalog {

/// Language tag → text, in the order of tags.
using Texts = std::vector<std::pair<std::string, std::string>>;
/// The text in `language`, else in Japanese, English or whatever there is; "" for none.
std::string_view text_in(const Texts& texts, std::string_view language);

inline constexpr std::string_view kCcBy4 = "https://creativecommons.org/licenses/by/4.0/";

struct ContactPoint {
  std::string name, email, telephone, url;  ///< "" for none
  bool operator==(const ContactPoint&) const = default;
};

/// What is measured when a data set is published; see docs/open-data.md.
struct Quality {
  int stars = 1;            ///< 1 to 5, by licence and formats
  double completeness = 0;  ///< 0 to 1: filled cells
  double freshness = 0;     ///< 0 to 1: by age and accrualPeriodicity
  double validity = 0;      ///< 0 to 1: cells without a finding
  double score = 0;         ///< 0 to 100: all of them together
};

struct Dataset {
  std::string name;  ///< as in CKAN: [a-z0-9_-]{2,100}; the entity is urn:ngsi-ld:Dataset:NAME
  Texts title, description;
  std::string publisher;  ///< id of a Municipality or Organization
  std::string spatial;    ///< id of a Municipality; "" for the region
  std::vector<std::string> theme, keyword;
  std::string license{kCcBy4};      ///< URI
  std::string accrual_periodicity;  ///< key: annual … never; "" for unknown
  ContactPoint contact_point;
  Instant issued, modified;                  ///< kNoInstant: save() takes the time of writing
  std::string temporal_start, temporal_end;  ///< dates that the data tell of; "" for unknown
  std::string conforms_to;                   ///< key of a standard; "" for none
  std::optional<Quality> quality;
  std::string landing_page, harvested_from;  ///< URLs; "" for none
  std::vector<std::string> distribution;     ///< ids, in order; filled when read, set by save()
};

/// A table as UTF-8 CSV with one header line.
struct FileContent {
  FileId file;
  std::string file_name;
  std::uint64_t rows = 0;  ///< without the header
  std::uint32_t version = 1;
  std::vector<std::string> key;  ///< columns that tell rows apart; empty: whole rows
  std::optional<FileId> original;
  std::string original_name;
};
/// Live, over the graph.
struct QueryContent {
  std::string type, q;             ///< names and query in the core context; q may be ""
  std::vector<std::string> attrs;  ///< in order; empty: all
};
/// Somewhere else.
struct LinkContent {
  std::string url;
};
using Content = std::variant<FileContent, QueryContent, LinkContent>;

struct Distribution {
  std::string id;  ///< urn:ngsi-ld:Distribution:NAME:N; set by save() when empty
  Texts title;
  std::string format, media_type;  ///< "CSV", "text/csv"
  std::uint64_t byte_size = 0;     ///< 0: unknown
  std::uint64_t download_count = 0;
  Content content;
};

/// Is it a name of a data set?
bool valid_name(std::string_view name);
std::string dataset_id(std::string_view name);
std::string distribution_id(std::string_view name, std::size_t number);
/// The NAME in the id of a Dataset or a Distribution; "" when it is neither.
std::string_view name_in(std::string_view id);

/// As entities. BadRequestData for names, URIs, texts and periodicities that are none, saying which.
Result<ngsi::Entity> to_entity(const Dataset& dataset);
Result<ngsi::Entity> to_entity(const Distribution& distribution);
/// The same as JSON (normalized NGSI-LD), for those who send them over HTTP.
Result<std::string> to_json(const Dataset& dataset);
Result<std::string> to_json(const Distribution& distribution);

/// From entities, which anybody may have written: what is missing or of another kind is left out. Empty when the record
/// is no Dataset or Distribution, or has an id or content that cannot be one.
std::optional<Dataset> read_dataset(const ngsi::Record& record);
std::optional<Distribution> read_distribution(const ngsi::Record& record);
/// The value of `content`; empty when it is none.
std::optional<Content> read_content(std::string_view json);
std::string content_json(const Content& content);

}  // namespace tsunagu::catalog
