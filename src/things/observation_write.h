// Judged observations → writes of the store.
#pragma once
#include <functional>
#include <vector>

#include "store/store.h"
#include "things/judge.h"

namespace tsunagu::things {

/// What one batch writes of one device into one entity.
struct Observations {
  DevicePtr device;
  bool own = false;                      ///< into the device's entity, else into what it observes
  std::vector<ngsi::Attribute> current;  ///< the newest, one of each attribute
  std::vector<ngsi::Attribute> past;     ///< that were newest for a moment
  struct Late {
    ngsi::Attribute attribute;
    std::size_t part;  ///< of the batch
  };
  std::vector<Late> late;  ///< older than what was there; drop_known() moves those that are new to `past`
  ngsi::RecordPtr before;  ///< the entity when it was looked for
  bool looked = false;

  const std::string& target() const { return own ? device->id : device->target(); }
  void add(Point&& point, Verdict verdict, std::size_t part);
};

/// The attribute that a point becomes: with its unit, observedAt, and `quality`, `rawValue`, `reportedAt` where they
/// say something.
ngsi::Attribute attribute_of(Point&& point);

/// Moves what is late and not remembered yet, by instant and value, to `past`; calls `known` with the part of each
/// other one. ~30 µs for each attribute and ~150 ns for each instance remembered in the time that they span.
Result<void> drop_known(Observations& observations, store::HistoryReader& history,
                        const std::function<void(std::size_t part)>& known);

/// Appends the writes for `observations`, which is used up: first what is now, then what was. An entity that is not
/// there is made, of the type that its id names, with `simulated` when the device is.
void append_writes(std::vector<store::Write>& writes, Observations&& observations);

/// The write that keeps what a device is doing: `deviceState`, `dateLastValueReported`; it makes the entity of a device
/// that is `fresh`, and does nothing to one that is gone.
store::Write status_write(const Device& device, Status status, Instant last_reported);

}  // namespace tsunagu::things
