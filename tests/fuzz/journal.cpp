// Journal rows: any bytes under a right header are refused with an error or give well-formed entities. The first byte
// says whether the changes meet an entity that is there.
#include <cstdlib>
#include <string>

#include "ngsi/entity.h"
#include "store/sqlite/change.h"

using namespace tsunagu;

namespace {

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

ngsi::RecordPtr base() {
  ngsi::Entity e;
  e.id = "urn:a";
  e.types = {ngsi::TermId{1}};
  for (unsigned name = 1; name < 4; ++name) {
    ngsi::Attribute a;
    a.name = ngsi::TermId{name};
    a.value = "1";
    e.attributes.push_back(a);
    a.dataset_id = "urn:d";
    e.attributes.push_back(a);
  }
  return *ngsi::encode(std::move(e));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ngsi::RecordPtr known = base();
  if (size < 2) return 0;
  std::string row;
  put(row, std::uint32_t{0x4a4e5354});
  put(row, std::uint16_t{1});
  put(row, std::uint16_t{0});
  put(row, std::uint32_t{data[1]});
  put(row, static_cast<std::uint32_t>(size - 2));
  put(row, std::uint64_t{0});
  row.append(reinterpret_cast<const char*>(data + 2), size - 2);
  store::reseal(row, 1);
  auto reader = store::RowReader::open(row, 1);
  if (!reader) std::abort();
  store::ChangeView change;
  for (;;) {
    const auto more = reader->next(change);
    if (!more || !*more) return 0;
    const auto after = store::apply_change(change, data[0] & 1 ? known.get() : nullptr);
    if (after && !ngsi::check_record((*after)->bytes())) std::abort();
  }
}
