// Which retention rule holds for a series, and what it says at an instant.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/embedded.h"
#include "store/history.h"
#include "store/store.h"

namespace tsunagu::store {

/// What a rule says now of one series.
struct Horizon {
  Instant forget_before;  ///< points before this are forgotten; kNoInstant: none
  Instant
      thin_before;  ///< of points before this (the start of a period) the last of each period stays; kNoInstant: all
  std::int64_t thin_to = 0;  ///< the period
  // Not worth writing a leaf anew for what is later than this.
  Instant forget_due, thin_due;
};

/// Start of the period of `length` that `t` lies in.
constexpr Instant period_start(Instant t, std::int64_t length) {
  const std::int64_t in_period = t.us % length;
  return {t.us - in_period - (in_period < 0 ? length : 0)};
}

/// Thread-safe.
class Retention {
 public:
  /// Interns the names of the rules. `tenant_name` may be called from any thread.
  Retention(RetentionOptions options, std::function<std::string(TenantId)> tenant_name);

  bool any() const { return !rules_.empty(); }
  const RetentionOptions& options() const { return options_; }
  Instant now() const { return options_.clock ? options_.clock() : tsunagu::now(); }
  /// None: everything stays. So does what a rule for a type might fit while the types are unknown (empty).
  std::optional<Horizon> horizon(TenantId tenant, const std::vector<ngsi::TermId>& types, ngsi::TermId attribute,
                                 Instant now) const;

 private:
  struct Rule {
    std::optional<std::string> tenant;
    ngsi::TermId type, attribute;  ///< kNoTerm: all
    std::int64_t keep, thin_after, thin_to;
  };
  const RetentionOptions options_;
  const std::function<std::string(TenantId)> tenant_name_;
  std::vector<Rule> rules_;
};

/// Rules as they stand in a file (TOML; docs/operations.md). Names are IRIs, or short ones of the core @context.
/// BadRequestData says in which line of `file` what is wrong: unknown keys, durations that are none, months and years,
/// a period longer than the age from which it is thinned, rules that no series can come to.
Result<std::vector<RetentionRule>> read_retention(std::string_view toml, const std::string& file);

}  // namespace tsunagu::store
