// Cases that a policy has to decide as expected: `tsunagu policy test FILE`. Pure but for the files that a case file
// names.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"

namespace tsunagu::trust {

struct CaseReport {
  std::size_t cases = 0;
  std::vector<std::string> failures;  ///< "FILE:LINE: what was expected and what came", with what is missing
};

/// Reads a file of cases (TOML) and asks them:
///   policies = ["region.toml"]              # beside the file; each is named after its file
///   entities = ["people.jsonl"]             # NGSI-LD, one entity a line: what relations, consents and questions are about
///   at = "2026-11-24T10:00:00+09:00"        # when; without it now
///   [[case]]
///   subject = "urn:ngsi-ld:Staff:1"         # without it nobody; kind = "staff" where the URN does not say it
///   action = "read"
///   entity = "urn:ngsi-ld:Resident:1"
///   purpose = "care"                        # acts_for, scopes, tenant, assurance ("single", "strong", "card") likewise
///   expect = "allow"                        # or "deny"
///   rule = "region/own-data"                # may be left out, as
///   attributes = ["name"]                   # exactly these are shown
/// The error is that of a file that cannot be read, with its line.
Result<CaseReport> run_cases(const std::filesystem::path& file);

}  // namespace tsunagu::trust
