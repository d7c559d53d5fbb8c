#include "ngsi/record.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

#include "base/bytes.h"

namespace tsunagu::ngsi {

namespace {

constexpr std::size_t kMaxRecord = 64u << 20;
constexpr std::size_t kMaxShort = 65535;
constexpr int kMaxNesting = 64;  // sub-attributes of sub-attributes

template <class T>
char* store(char* p, T v) {
  std::memcpy(p, &v, sizeof v);
  return p + sizeof v;
}
char* store_bytes(char* p, std::string_view s) {
  if (!s.empty()) std::memcpy(p, s.data(), s.size());
  return p + s.size();
}
char* store_short(char* p, std::string_view s) {
  p = store(p, static_cast<std::uint16_t>(s.size()));
  return store_bytes(p, s);
}

std::uint8_t flags_of(const Attribute& a) {
  unsigned f = 0;
  if (a.observed_at != kNoInstant) f |= AttributeView::kObservedAt;
  if (a.expires_at != kNoInstant) f |= AttributeView::kExpiresAt;
  if (!a.dataset_id.empty()) f |= AttributeView::kDataset;
  if (!a.unit_code.empty()) f |= AttributeView::kUnit;
  if (!a.value_type.empty()) f |= AttributeView::kValueType;
  if (!a.object_types.empty()) f |= AttributeView::kObjectType;
  return static_cast<std::uint8_t>(f);
}

std::size_t packed_size(const Attribute& a) {
  std::size_t n = AttributeView::kFixedSize + a.value.size();
  if (a.observed_at != kNoInstant) n += 8;
  if (a.expires_at != kNoInstant) n += 8;
  if (!a.dataset_id.empty()) n += 2 + a.dataset_id.size();
  if (!a.unit_code.empty()) n += 2 + a.unit_code.size();
  if (!a.value_type.empty()) n += 2 + a.value_type.size();
  if (!a.object_types.empty()) n += 1 + 4 * a.object_types.size();
  for (const Attribute& sub : a.subs) n += packed_size(sub);
  return n;
}

char* pack(char* begin, const Attribute& a) {
  char* p = begin + 4;  // the size is known when all is written
  p = store(p, a.name.value);
  p = store(p, static_cast<std::uint8_t>(a.kind));
  p = store(p, flags_of(a));
  p = store(p, static_cast<std::uint16_t>(a.subs.size()));
  p = store(p, a.created_at.us);
  p = store(p, a.modified_at.us);
  p = store(p, static_cast<std::uint32_t>(a.value.size()));
  if (a.observed_at != kNoInstant) p = store(p, a.observed_at.us);
  if (a.expires_at != kNoInstant) p = store(p, a.expires_at.us);
  if (!a.dataset_id.empty()) p = store_short(p, a.dataset_id);
  if (!a.unit_code.empty()) p = store_short(p, a.unit_code);
  if (!a.value_type.empty()) p = store_short(p, a.value_type);
  if (!a.object_types.empty()) {
    p = store(p, static_cast<std::uint8_t>(a.object_types.size()));
    for (TermId t : a.object_types) p = store(p, t.value);
  }
  p = store_bytes(p, a.value);
  for (const Attribute& sub : a.subs) p = pack(p, sub);
  store(begin, static_cast<std::uint32_t>(p - begin));
  return p;
}

std::string too_long(std::string_view what, std::string_view of) {
  std::string text(what);
  text += " of ";
  text += of.substr(0, 200);
  text += " is too long to be stored (limit 65535)";
  return text;
}

// What is wrong with the sizes of `a`; "" if nothing is.
std::string unfit(const Attribute& a, int depth) {
  std::string_view name = terms().text(a.name);
  if (depth > kMaxNesting) return "Sub-attributes of " + std::string(name) + " nest too deep (limit 64)";
  if (a.dataset_id.size() > kMaxShort) return too_long("datasetId", name);
  if (a.unit_code.size() > kMaxShort) return too_long("unitCode", name);
  if (a.value_type.size() > kMaxShort) return too_long("valueType", name);
  if (a.object_types.size() > 255) return "objectType of " + std::string(name) + " names more than 255 types";
  if (a.subs.size() > kMaxShort) return "Attribute " + std::string(name) + " has more than 65535 sub-attributes";
  for (const Attribute& sub : a.subs)
    if (std::string e = unfit(sub, depth + 1); !e.empty()) return e;
  return {};
}

}  // namespace

/// Makes records: the only place that allocates them.
class RecordBytes {
 public:
  static Record* make(std::size_t size) {
    void* memory = std::malloc(sizeof(Record) + size);
    if (memory == nullptr) throw std::bad_alloc();
    return new (memory) Record(static_cast<std::uint32_t>(size));
  }
  static RecordPtr adopt(const Record* r) { return RecordPtr(r); }
  static char* data(Record* r) { return r->mutable_data(); }
  static void release(const Record* r) {
    if (r->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) std::free(const_cast<Record*>(r));
  }
};

RecordPtr::~RecordPtr() {
  if (r_) RecordBytes::release(r_);
}

RecordPtr RecordPtr::copy(std::string_view bytes) {
  Record* r = RecordBytes::make(bytes.size());
  store_bytes(RecordBytes::data(r), bytes);
  return RecordBytes::adopt(r);
}

AttributeView::Parts AttributeView::parts() const {
  Parts out;
  const unsigned f = flags();
  const char* p = p_ + kFixedSize;
  auto short_text = [&p] {
    std::string_view s(p + 2, detail::load<std::uint16_t>(p));
    p += 2 + s.size();
    return s;
  };
  if (f & kObservedAt) {
    out.observed_at = {detail::load<std::int64_t>(p)};
    p += 8;
  }
  if (f & kExpiresAt) {
    out.expires_at = {detail::load<std::int64_t>(p)};
    p += 8;
  }
  if (f & kDataset) out.dataset_id = short_text();
  if (f & kUnit) out.unit_code = short_text();
  if (f & kValueType) out.value_type = short_text();
  if (f & kObjectType) {
    out.object_types = {p + 1, 4u * static_cast<unsigned char>(*p)};
    p += 1 + out.object_types.size();
  }
  out.value = {p, detail::load<std::uint32_t>(p_ + 28)};
  out.subs = p + out.value.size();
  return out;
}

std::string_view AttributeView::dataset_id() const {
  const unsigned f = flags();
  if (!(f & kDataset)) return {};
  const char* p = p_ + kFixedSize + (f & kObservedAt ? 8 : 0) + (f & kExpiresAt ? 8 : 0);
  return {p + 2, detail::load<std::uint16_t>(p)};
}

bool Record::has_type(TermId t) const {
  for (std::uint16_t i = 0, n = type_count(); i < n; ++i)
    if (type(i) == t) return true;
  return false;
}

Record::ScopeRange Record::scopes() const {
  return {data() + kFixedSize + id().size() + 4u * type_count(), scope_count()};
}

Record::AttributeRange Record::attributes() const {
  const char* p = data() + kFixedSize + id().size() + 4u * type_count();
  for (std::uint16_t i = scope_count(); i > 0; --i) p += 2 + detail::load<std::uint16_t>(p);
  return {p, attribute_count()};
}

AttributeView Record::find(TermId name) const {
  for (AttributeView a : attributes()) {
    if (a.name() == name) return a;
    if (name < a.name()) break;
  }
  return AttributeView(nullptr);
}

AttributeView Record::find(TermId name, std::string_view dataset_id) const {
  for (AttributeView a : attributes()) {
    if (a.name() == name && a.dataset_id() == dataset_id) return a;
    if (name < a.name()) break;
  }
  return AttributeView(nullptr);
}

Record::AttributeRange sub_attributes(const AttributeView& a) {
  return {a.parts().subs, a.sub_count()};
}

Result<RecordPtr> encode(Entity entity) {
  if (entity.id.size() > kMaxShort) return bad(too_long("The id", entity.id));
  if (entity.types.size() > kMaxShort) return bad("Entity " + entity.id + " has more than 65535 types");
  if (entity.scopes.size() > kMaxShort) return bad("Entity " + entity.id + " has more than 65535 scopes");
  std::size_t size = Record::kFixedSize + entity.id.size() + 4 * entity.types.size();
  for (const std::string& scope : entity.scopes) {
    if (scope.size() > kMaxShort) return bad(too_long("A scope", entity.id));
    size += 2 + scope.size();
  }
  for (const Attribute& a : entity.attributes) {
    if (std::string e = unfit(a, 1); !e.empty()) return bad(e);
    size += packed_size(a);
  }
  if (size > kMaxRecord) return bad("Entity " + entity.id + " is too big to be stored (limit 64 MiB)");
  entity.sort_attributes();

  Record* record = RecordBytes::make(size);
  char* p = RecordBytes::data(record);
  p = store(p, static_cast<std::uint32_t>(size));
  p = store(p, static_cast<std::uint16_t>(entity.types.size()));
  p = store(p, static_cast<std::uint16_t>(entity.scopes.size()));
  p = store(p, static_cast<std::uint32_t>(entity.attributes.size()));
  p = store(p, static_cast<std::uint16_t>(entity.id.size()));
  p = store(p, std::uint16_t{0});
  p = store(p, entity.created_at.us);
  p = store(p, entity.modified_at.us);
  p = store(p, entity.expires_at.us);
  p = store_bytes(p, entity.id);
  for (TermId t : entity.types) p = store(p, t.value);
  for (const std::string& scope : entity.scopes) p = store_short(p, scope);
  for (const Attribute& a : entity.attributes) p = pack(p, a);
  return RecordBytes::adopt(record);
}

namespace {

void stamp_instances(char* first, std::uint32_t count, Instant now) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const AttributeView view(first);
    store(store(first + AttributeView::kCreatedAtOffset, now.us), now.us);
    if (view.sub_count() > 0) stamp_instances(first + (view.parts().subs - first), view.sub_count(), now);
    first += view.size();
  }
}

}  // namespace

void stamp_instance(char* instance, Instant now) {
  stamp_instances(instance, 1, now);
}

RecordPtr stamped(const Record& packed, Instant now, Instant created_at) {
  Record* record = RecordBytes::make(packed.bytes().size());
  char* p = RecordBytes::data(record);
  std::memcpy(p, packed.bytes().data(), packed.bytes().size());
  store(store(p + Record::kCreatedAtOffset, (created_at == kNoInstant ? now : created_at).us), now.us);
  const Record::AttributeRange attributes = packed.attributes();
  stamp_instances(p + (attributes.first - packed.bytes().data()), attributes.count, now);
  return RecordBytes::adopt(record);
}

RecordPtr with_attributes(const Record& record, const std::function<bool(TermId)>& keeps) {
  const Record::AttributeRange all = record.attributes();
  const auto head = static_cast<std::size_t>(all.first - record.bytes().data());
  std::size_t size = head;
  std::uint32_t count = 0;
  Instant modified = record.created_at();
  for (const AttributeView a : all) {
    if (!keeps(a.name())) continue;
    size += a.size();
    ++count;
    modified = std::max(modified, a.modified_at());
  }
  Record* copy = RecordBytes::make(size);
  char* const begin = RecordBytes::data(copy);
  char* p = store_bytes(begin, record.bytes().substr(0, head));
  store(begin, static_cast<std::uint32_t>(size));
  store(begin + 8, count);
  store(begin + Record::kCreatedAtOffset + 8, modified.us);
  for (const AttributeView a : all) {
    if (keeps(a.name())) p = store_bytes(p, a.bytes());
  }
  return RecordBytes::adopt(copy);
}

Attribute decode(const AttributeView& view) {
  const AttributeView::Parts parts = view.parts();
  Attribute a;
  a.name = view.name();
  a.kind = view.kind();
  a.value = parts.value;
  a.dataset_id = parts.dataset_id;
  a.unit_code = parts.unit_code;
  a.value_type = parts.value_type;
  for (std::size_t i = 0; i < parts.object_types.size(); i += 4)
    a.object_types.push_back(TermId{detail::load<std::uint32_t>(parts.object_types.data() + i)});
  a.observed_at = parts.observed_at;
  a.expires_at = parts.expires_at;
  a.created_at = view.created_at();
  a.modified_at = view.modified_at();
  if (std::uint16_t count = view.sub_count()) {
    a.subs.reserve(count);
    for (AttributeView sub : Record::AttributeRange{parts.subs, count}) a.subs.push_back(decode(sub));
  }
  return a;
}

Entity decode(const Record& record) {
  Entity e;
  e.id = record.id();
  e.types.reserve(record.type_count());
  for (std::uint16_t i = 0; i < record.type_count(); ++i) e.types.push_back(record.type(i));
  e.scopes.reserve(record.scope_count());
  for (std::string_view scope : record.scopes()) e.scopes.emplace_back(scope);
  e.attributes.reserve(record.attribute_count());
  for (AttributeView a : record.attributes()) e.attributes.push_back(decode(a));
  e.created_at = record.created_at();
  e.modified_at = record.modified_at();
  e.expires_at = record.expires_at();
  return e;
}

Result<void> check_sizes(const Attribute& attribute) {
  if (std::string e = unfit(attribute, 1); !e.empty()) return bad(e);
  if (packed_size(attribute) > kMaxRecord) return bad("An attribute instance is too big to be stored (limit 64 MiB)");
  return {};
}

void append_packed(std::string& out, const Attribute& attribute) {
  std::size_t at = out.size();
  out.resize(at + packed_size(attribute));
  pack(out.data() + at, attribute);
}

namespace {

struct Place {
  std::uint32_t name = 0;
  std::string_view dataset;
};

bool check_instances(ByteReader& in, std::uint64_t count, int depth);

bool check_instance(ByteReader& in, Place& place, int depth) {
  const char* begin = in.p;
  const auto size = in.number<std::uint32_t>();
  if (!in.ok || size < AttributeView::kFixedSize || size > static_cast<std::size_t>(in.end - begin)) return false;
  ByteReader r({in.p, size - sizeof size});
  place.name = r.number<std::uint32_t>();
  const auto kind = r.number<std::uint8_t>();
  const auto flags = r.number<std::uint8_t>();
  const auto subs = r.number<std::uint16_t>();
  r.take(16);
  const auto value_size = r.number<std::uint32_t>();
  if (place.name == 0 || kind < 1 || kind > 8 || flags > 63 || value_size == 0) return false;
  if (flags & AttributeView::kObservedAt && r.number<std::int64_t>() == kNoInstant.us) return false;
  if (flags & AttributeView::kExpiresAt && r.number<std::int64_t>() == kNoInstant.us) return false;
  if (flags & AttributeView::kDataset && (place.dataset = r.short_text()).empty()) return false;
  if (flags & AttributeView::kUnit && r.short_text().empty()) return false;
  if (flags & AttributeView::kValueType && r.short_text().empty()) return false;
  if (flags & AttributeView::kObjectType) {
    const auto count = r.number<std::uint8_t>();
    if (count == 0) return false;
    for (int i = 0; i < count; ++i)
      if (r.number<std::uint32_t>() == 0) return false;
  }
  r.take(value_size);
  if (!r.ok || !check_instances(r, subs, depth + 1) || r.p != r.end) return false;
  in.p = r.end;
  return true;
}

bool check_instances(ByteReader& in, std::uint64_t count, int depth) {
  if (count > 0 && depth > kMaxNesting) return false;
  Place last;
  for (std::uint64_t i = 0; i < count; ++i) {
    Place place;
    if (!check_instance(in, place, depth)) return false;
    if (i > 0 && !(last.name < place.name || (last.name == place.name && last.dataset < place.dataset))) return false;
    last = place;
  }
  return in.ok;
}

}  // namespace

bool check_record(std::string_view bytes) {
  if (bytes.size() < Record::kFixedSize || bytes.size() > kMaxRecord) return false;
  ByteReader r(bytes);
  if (r.number<std::uint32_t>() != bytes.size()) return false;
  const auto types = r.number<std::uint16_t>();
  const auto scopes = r.number<std::uint16_t>();
  const auto attributes = r.number<std::uint32_t>();
  const auto id_size = r.number<std::uint16_t>();
  if (r.number<std::uint16_t>() != 0) return false;
  r.take(24);
  if (r.take(id_size).empty()) return false;
  for (int i = 0; i < types; ++i)
    if (r.number<std::uint32_t>() == 0) return false;
  for (int i = 0; i < scopes; ++i) r.short_text();
  return r.ok && check_instances(r, attributes, 1) && r.p == r.end;
}

bool check_instance(std::string_view bytes) {
  ByteReader r(bytes);
  return check_instances(r, 1, 1) && r.p == r.end;
}

}  // namespace tsunagu::ngsi
