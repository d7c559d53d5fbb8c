// An entity as it is stored, journalled and read: one immutable block of bytes, shared by reference count. Little
// endian, not aligned. The same bytes are in memory, in the checkpoint and (per attribute instance) in the journal;
// format in docs/store-format.md.
#pragma once
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "ngsi/entity.h"

namespace tsunagu::ngsi {

namespace detail {
template <class T>
T load(const char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
}  // namespace detail

/// A view of one packed attribute instance. Valid as long as the bytes under it.
/// Layout: u32 size · u32 name · u8 kind · u8 flags · u16 sub count · i64 createdAt · i64 modifiedAt · u32 value length
/// ·
///   [observedAt i64] [expiresAt i64] [datasetId u16+bytes] [unitCode u16+bytes] [valueType u16+bytes] [objectType u8
///   count + u32 each] value bytes · sub instances (same layout, nested).
class AttributeView {
 public:
  enum Flag : std::uint8_t {
    kObservedAt = 1,
    kExpiresAt = 2,
    kDataset = 4,
    kUnit = 8,
    kValueType = 16,
    kObjectType = 32
  };
  static constexpr std::size_t kFixedSize = 32;
  static constexpr std::size_t kCreatedAtOffset = 12;  ///< modifiedAt follows

  explicit AttributeView(const char* p) : p_(p) {}
  std::uint32_t size() const { return detail::load<std::uint32_t>(p_); }
  std::string_view bytes() const { return {p_, size()}; }
  TermId name() const { return TermId{detail::load<std::uint32_t>(p_ + 4)}; }
  AttrKind kind() const { return static_cast<AttrKind>(p_[8]); }
  std::uint8_t flags() const { return static_cast<std::uint8_t>(p_[9]); }
  std::uint16_t sub_count() const { return detail::load<std::uint16_t>(p_ + 10); }
  Instant created_at() const { return {detail::load<std::int64_t>(p_ + 12)}; }
  Instant modified_at() const { return {detail::load<std::int64_t>(p_ + 20)}; }

  /// The members that are there only sometimes, found in one pass.
  struct Parts {
    Instant observed_at, expires_at;  ///< kNoInstant if absent
    std::string_view dataset_id, unit_code, value_type;
    std::string_view object_types;  ///< packed u32 term numbers
    std::string_view value;         ///< canonical JSON
    const char* subs = nullptr;     ///< first sub instance
  };
  Parts parts() const;
  std::string_view value() const { return parts().value; }
  std::string_view dataset_id() const;
  AttributeView next() const { return AttributeView(p_ + size()); }
  const char* data() const { return p_; }

 private:
  const char* p_;
};

/// The packed entity. Layout of the bytes: u32 size · u16 type count · u16 scope count · u32 attribute instance count ·
/// u16 id length ·
///   u16 zero · i64 createdAt · i64 modifiedAt · i64 expiresAt · id · u32 type each · (u16+bytes) scope each ·
///   attribute instances,
/// ordered by (name number, datasetId).
class Record {
 public:
  static constexpr std::size_t kFixedSize = 40;
  static constexpr std::size_t kCreatedAtOffset = 16;  ///< modifiedAt follows

  std::string_view bytes() const { return {data(), size_}; }
  std::string_view id() const { return {data() + kFixedSize, detail::load<std::uint16_t>(data() + 12)}; }
  Instant created_at() const { return {detail::load<std::int64_t>(data() + 16)}; }
  Instant modified_at() const { return {detail::load<std::int64_t>(data() + 24)}; }
  Instant expires_at() const { return {detail::load<std::int64_t>(data() + 32)}; }
  bool expired(Instant at) const { return expires_at() != kNoInstant && expires_at() <= at; }
  std::uint16_t type_count() const { return detail::load<std::uint16_t>(data() + 4); }
  TermId type(std::uint16_t i) const {
    return TermId{detail::load<std::uint32_t>(data() + kFixedSize + id().size() + 4u * i)};
  }
  bool has_type(TermId t) const;
  std::uint16_t scope_count() const { return detail::load<std::uint16_t>(data() + 6); }
  std::uint32_t attribute_count() const { return detail::load<std::uint32_t>(data() + 8); }

  /// for (AttributeView a : record.attributes()); and for (std::string_view s : record.scopes()).
  struct AttributeRange;
  struct ScopeRange;
  AttributeRange attributes() const;
  ScopeRange scopes() const;
  /// First instance named `name` (the default instance if there is one); data() == nullptr when absent.
  AttributeView find(TermId name) const;
  AttributeView find(TermId name, std::string_view dataset_id) const;

 private:
  friend class RecordPtr;
  friend class RecordBytes;
  explicit Record(std::uint32_t size) : size_(size) {}
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  char* mutable_data() { return reinterpret_cast<char*>(this + 1); }

  mutable std::atomic<std::uint32_t> references_{1};
  std::uint32_t size_;
};

/// Shared ownership of a Record; 8 bytes. Thread-safe like std::shared_ptr (the pointee is immutable).
class RecordPtr {
 public:
  RecordPtr() = default;
  RecordPtr(std::nullptr_t) {}
  RecordPtr(const RecordPtr& o) : r_(o.r_) {
    if (r_) r_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  RecordPtr(RecordPtr&& o) noexcept : r_(std::exchange(o.r_, nullptr)) {}
  RecordPtr& operator=(RecordPtr o) noexcept {
    std::swap(r_, o.r_);
    return *this;
  }
  ~RecordPtr();
  const Record* get() const { return r_; }
  const Record* operator->() const { return r_; }
  const Record& operator*() const { return *r_; }
  explicit operator bool() const { return r_ != nullptr; }

  /// Copies packed bytes into a new record. The bytes must be well formed (made by `encode`, or passed `check_record`).
  static RecordPtr copy(std::string_view bytes);

 private:
  friend class RecordBytes;
  explicit RecordPtr(const Record* r) : r_(r) {}
  const Record* r_ = nullptr;
};

struct Record::AttributeRange {
  struct Iterator {
    AttributeView view;
    std::uint32_t left;
    AttributeView operator*() const { return view; }
    Iterator& operator++() {
      if (--left) view = view.next();
      return *this;
    }
    bool operator!=(const Iterator& o) const { return left != o.left; }
  };
  const char* first;
  std::uint32_t count;
  Iterator begin() const { return {AttributeView(first), count}; }
  Iterator end() const { return {AttributeView(nullptr), 0}; }
};
struct Record::ScopeRange {
  struct Iterator {
    const char* p;
    std::uint32_t left;
    std::string_view operator*() const { return {p + 2, detail::load<std::uint16_t>(p)}; }
    Iterator& operator++() {
      p += 2 + detail::load<std::uint16_t>(p);
      --left;
      return *this;
    }
    bool operator!=(const Iterator& o) const { return left != o.left; }
  };
  const char* first;
  std::uint32_t count;
  Iterator begin() const { return {first, count}; }
  Iterator end() const { return {nullptr, 0}; }
};
/// The sub-attribute instances of `a`.
Record::AttributeRange sub_attributes(const AttributeView& a);

/// Packs `entity` (attributes sorted on the way). BadRequestData when a part is too long for the format (id, datasetId,
/// scope, unitCode, valueType > 65,535 bytes; more than 65,535 sub-attributes, types or scopes; whole record > 64 MiB).
Result<RecordPtr> encode(Entity entity);
/// A copy of `packed` in which everything was written at `now`: modifiedAt and createdAt of the entity and of every
/// instance, sub-attributes too; createdAt of the entity is `created_at` unless that is kNoInstant. ~100 ns: what costs
/// is done once, by `encode`.
RecordPtr stamped(const Record& packed, Instant now, Instant created_at = kNoInstant);
/// A copy with only those attributes that `keeps` is true for; modifiedAt of the entity becomes the latest that is left
/// to see. ~100 ns.
RecordPtr with_attributes(const Record& record, const std::function<bool(TermId)>& keeps);
/// Sets createdAt and modifiedAt of the packed instance at `instance`, and of its sub-attributes.
void stamp_instance(char* instance, Instant now);
/// Unpacks; the opposite of encode. ~1 µs for ten attributes.
Entity decode(const Record& record);
Attribute decode(const AttributeView& view);
/// Appends the packed form of one instance, whose parts must not be too long (check_sizes).
void append_packed(std::string& out, const Attribute& attribute);
/// BadRequestData when a part is too long for the packed form; see encode.
Result<void> check_sizes(const Attribute& attribute);
/// Are these bytes a well-formed record (every length inside, canonical order)? For bytes read from a file.
bool check_record(std::string_view bytes);
/// The same for one packed instance.
bool check_instance(std::string_view bytes);

}  // namespace tsunagu::ngsi
