// Rooms with one number "n": the small world of the folder's tests.
#pragma once
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "ngsi/context.h"
#include "store/store.h"

namespace tsunagu::store {

inline ngsi::RecordPtr room(const std::string& id, int n) {
  ngsi::Entity e;
  e.id = id;
  e.types = {ngsi::core_context()->intern("Room")};
  ngsi::Attribute a;
  a.name = ngsi::core_context()->intern("n");
  a.value = std::to_string(n);
  e.attributes.push_back(a);
  return *ngsi::encode(std::move(e));
}

/// Writes a room and waits for the outcome.
inline Result<void> put(Store& store, const std::string& id, int n) {
  std::promise<Result<void>> written;
  std::vector<Write> writes;
  writes.push_back(
      EntityWrite{{}, id, [&](const ngsi::Record*, Instant) -> Result<Decision> { return Put{room(id, n)}; }});
  store.submit(std::move(writes),
               [&](std::vector<Outcome> outcomes) { written.set_value(std::move(outcomes[0].result)); });
  return written.get_future().get();
}

}  // namespace tsunagu::store
