#include "catalog/quality.h"

#include <algorithm>
#include <cmath>

#include "catalog/vocabulary.h"

namespace tsunagu::catalog {
namespace {

constexpr double kDay = 86'400e6;  // µs
constexpr double kLateFactor = 4;

bool is_live(const Distribution& distribution) {
  return std::holds_alternative<QueryContent>(distribution.content);
}

/// Do entities of this type point to others?
bool has_links(const store::Store& store, store::TenantId tenant, const std::string& type) {
  const ngsi::TermId term = ngsi::core_context()->find(type);
  constexpr auto kRelationship = 1u << static_cast<unsigned>(ngsi::AttrKind::kRelationship);
  return term != ngsi::kNoTerm && std::ranges::any_of(store.attribute_uses(tenant), [&](const auto& use) {
           return use.type == term && (use.kinds & kRelationship) != 0;
         });
}

double rounded(double value, double unit) {
  return std::round(value / unit) * unit;
}

}  // namespace

int stars_of(const Dataset& dataset, const std::vector<Distribution>& distributions, const store::Store& store,
             store::TenantId tenant) {
  const License* license = find_license(dataset.license);
  if (license == nullptr || !license->open) return 1;
  int stars = 1;
  for (const Distribution& each : distributions) {
    if (const auto* query = std::get_if<QueryContent>(&each.content)) {
      stars = std::max(stars, has_links(store, tenant, query->type) ? 5 : 4);
    } else if (std::holds_alternative<FileContent>(each.content)) {
      stars = std::max(stars, 3);
    } else if (const FileFormat* format = find_format(each.format)) {
      stars = std::max(stars, format->stars);
    }
  }
  return stars;
}

double freshness_of(const Dataset& dataset, const std::vector<Distribution>& distributions, Instant now) {
  if (std::ranges::any_of(distributions, is_live)) return 1;
  const Frequency* frequency = find_frequency(dataset.accrual_periodicity);
  const double days = frequency == nullptr ? 365 : frequency->days;
  if (days == 0 || dataset.modified == kNoInstant) return 1;
  const double age = static_cast<double>(now.us - dataset.modified.us) / kDay / days;
  return std::clamp((kLateFactor - age) / (kLateFactor - 1), 0.0, 1.0);
}

double score_of(const Quality& quality) {
  return rounded(8.0 * quality.stars + 20 * (quality.completeness + quality.freshness + quality.validity), 0.1);
}

Quality quality_of(const Dataset& dataset, const std::vector<Distribution>& distributions, const store::Store& store,
                   store::TenantId tenant, Instant now) {
  Quality quality;
  quality.completeness = dataset.quality ? dataset.quality->completeness : 1;
  quality.validity = dataset.quality ? dataset.quality->validity : 1;
  quality.stars = stars_of(dataset, distributions, store, tenant);
  quality.freshness = rounded(freshness_of(dataset, distributions, now), 0.001);
  quality.score = score_of(quality);
  return quality;
}

}  // namespace tsunagu::catalog
