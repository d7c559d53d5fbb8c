// instanceId (clauses 4.5.7, 5.2.4): names one instance of one attribute for good. It is made of the entity, the
// attribute, the datasetId and the instant of the write, so that nothing is stored for it and every store gives the
// same one: urn:ngsi-ld:Instance:<hash of the series, 16 hexadecimal digits>-<microseconds since 1970, the same>.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "ngsi/term.h"

namespace tsunagu::ngsi {

struct InstanceId {
  std::uint64_t series = 0;
  Instant written;
  bool operator==(const InstanceId&) const = default;
};

/// The part that all instances of a series share.
std::uint64_t series_hash(std::string_view entity, TermId attribute, std::string_view dataset_id);

void append_instance_id(std::string& out, const InstanceId& id);
/// Empty for what no series ever made: such an instance does not exist.
std::optional<InstanceId> parse_instance_id(std::string_view text);

}  // namespace tsunagu::ngsi
