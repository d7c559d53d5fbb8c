// The shape of an attribute instance: its packed bytes (ngsi/record.h) without name, datasetId, value and its own
// times; times inside that equal those of the instance, or keep their distance to its observedAt, are told so.
// Instances that differ in nothing else have one shape.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ngsi/record.h"

namespace tsunagu::store::leaf {

/// Appends the shape of `instance`, which must be well formed.
void put_shape(std::string& out, const ngsi::AttributeView& instance);

/// The times of an instance that its shape does not hold. observed: kNoInstant where it has none.
struct OwnTimes {
  Instant created, modified, observed;
};

/// A shape made ready to build instances from.
class Shape {
 public:
  /// False for damaged bytes. Copies what it needs. ~50 ns without sub-attributes.
  bool read(std::string_view bytes, ngsi::TermId name, std::string_view dataset_id);
  /// Appends the packed instance. False where no well-formed instance comes of it. ~20 ns.
  bool append_instance(std::string& out, const OwnTimes& times, std::string_view value) const;

 private:
  enum class TimeOf : unsigned char { kCreated, kModified, kObserved };
  // A time to be filled in: at this place, that time of the instance plus the difference.
  struct Gap {
    std::uint32_t place;
    TimeOf time;
    bool there;  // must not come out as kNoInstant
    std::int64_t difference;
  };
  struct Reader;

  std::string front_;  // fixed part, then all between observedAt and the value
  std::string back_;   // sub-attributes
  std::vector<Gap> front_gaps_, back_gaps_;
};

}  // namespace tsunagu::store::leaf
