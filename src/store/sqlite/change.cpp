#include "store/sqlite/change.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace tsunagu::store {
namespace {

using ngsi::AttributeView;
using ngsi::Record;

constexpr std::uint32_t kMagic = 0x4a4e5354;  // "TSNJ"
constexpr std::uint16_t kVersion = 2;         // 1 is read too: to bring a folder of format 1 up to date
constexpr std::size_t kRowHeader = 24;        // magic u32, version u16, zero u16, changes u32, bytes u32, checksum u64
constexpr std::size_t kChangeHeader = 24;     // size u32, op u8, flags u8, tenant u16, number u64, at i64

enum Flag : std::uint8_t { kTypes = 1, kScopes = 2, kExpiry = 4, kCreated = 8 };
constexpr std::uint8_t kPast = 1;  // the only flag of kHistory

// Types, then scopes, then the first instance: the parts of a record as bytes.
std::string_view types_of(const Record& r) {
  return {r.bytes().data() + Record::kFixedSize + r.id().size(), 4u * r.type_count()};
}
std::string_view scopes_of(const Record& r) {
  const std::string_view types = types_of(r);
  const char* from = types.data() + types.size();
  return {from, static_cast<std::size_t>(r.attributes().first - from)};
}
int compare(const AttributeView& a, const AttributeView& b) {
  if (a.name() != b.name()) return a.name() < b.name() ? -1 : 1;
  return a.dataset_id().compare(b.dataset_id());
}

// Over everything but itself; the sequence tells that the row is in its own place.
std::uint64_t row_checksum(std::string_view row, std::uint64_t sequence) {
  return hash64(row.substr(kRowHeader), hash64(row.substr(0, 16), sequence));
}

Error damaged(std::string what) {
  return {ErrorCode::kInternalError, std::move(what)};
}

// Reads what follows the size of a change. With `strict`, instances are looked into as well.
bool parse(ByteReader& in, ChangeView& change, bool keys_only, bool strict) {
  change = {};
  change.keys_only = keys_only;
  const auto op = in.number<std::uint8_t>();
  const auto flags = in.number<std::uint8_t>();
  change.tenant.value = in.number<std::uint16_t>();
  change.number = in.number<std::uint64_t>();
  change.at.us = in.number<std::int64_t>();
  change.op = static_cast<ChangeOp>(op);
  if (op < 1 || op > (keys_only ? 3 : 4) || flags > 15) return false;
  if (keys_only && change.op == ChangeOp::kDelete) return in.done();
  if (change.op != ChangeOp::kUpdate) change.id = in.short_text();
  if (change.op == ChangeOp::kHistory) {
    change.past = flags & kPast;
    change.history = in.rest();
    if (!strict) return true;
    const auto history = read_history(change);
    if (!history) return false;
    for (const auto* list : {&history->replaced, &history->added})
      for (const HistoryChange::Stamped& one : *list)
        if (!ngsi::check_instance(one.instance)) return false;
    return in.ok;
  }
  change.modified_at.us = in.number<std::int64_t>();
  if (flags & kCreated) change.created_at.us = in.number<std::int64_t>();
  if ((change.has_expiry = flags & kExpiry)) change.expires_at.us = in.number<std::int64_t>();
  if ((change.has_types = flags & kTypes)) {
    change.type_count = in.number<std::uint16_t>();
    change.types = in.take(4u * change.type_count);
  }
  if ((change.has_scopes = flags & kScopes)) {
    change.scope_count = in.number<std::uint16_t>();
    const char* const from = in.p;
    for (int i = 0; i < change.scope_count; ++i) in.short_text();
    if (in.ok) change.scopes = in.since(from);
  }
  change.removed_count = in.number<std::uint32_t>();
  change.set_count = in.number<std::uint32_t>();
  // Instances end where the change ends; apply_change has the whole record checked.
  const auto take_instances = [&](std::uint32_t count) {
    const char* const from = in.p;
    for (std::uint32_t i = 0; in.ok && i < count; ++i) {
      const auto length = in.left() < 4 ? 0 : ngsi::detail::load<std::uint32_t>(in.p);
      if (length < AttributeView::kFixedSize) in.ok = false;
      const std::string_view instance = in.take(length);
      if (strict && in.ok && !ngsi::check_instance(instance)) in.ok = false;
    }
    return in.ok ? in.since(from) : std::string_view();
  };
  if (keys_only) {
    const char* const from = in.p;
    for (std::uint32_t i = 0; in.ok && i < change.removed_count; ++i) in.take(4), in.short_text();
    if (in.ok) change.removed = in.since(from);
  } else {
    change.removed = take_instances(change.removed_count);
  }
  change.set = take_instances(change.set_count);
  return in.done();
}

}  // namespace

void RowBuilder::start() {
  if (bytes_.capacity() > 1u << 24) bytes_ = {};
  bytes_.assign(kRowHeader, '\0');
  changes_ = 0;
}

void RowBuilder::append_instances(const Record* before, const Record* after, Instant at) {
  const std::size_t counts = bytes_.size();
  put(bytes_, std::uint32_t{0});
  put(bytes_, std::uint32_t{0});
  std::uint32_t removed = 0, set = 0;
  const auto instances_of = [](const Record* r) { return r ? r->attributes() : Record::AttributeRange{nullptr, 0}; };

  // First what is removed, then what is set: two walks over the same two ordered lists.
  const auto old_range = instances_of(before), new_range = instances_of(after);
  auto o = old_range.begin();
  auto n = new_range.begin();
  while (o != old_range.end()) {
    const int order = n != new_range.end() ? compare(*o, *n) : -1;
    if (order < 0) {
      append_tombstone(bytes_, *o, at);
      ++removed;
    }
    if (order <= 0) ++o;
    if (order >= 0) ++n;
  }
  o = old_range.begin();
  for (n = new_range.begin(); n != new_range.end(); ++n) {
    while (o != old_range.end() && compare(*o, *n) < 0) ++o;
    if (o != old_range.end() && compare(*o, *n) == 0 && (*o).bytes() == (*n).bytes()) continue;
    bytes_ += (*n).bytes();
    ++set;
  }
  put_at(bytes_, counts, removed);
  put_at(bytes_, counts + 4, set);
}

std::size_t RowBuilder::begin_change(ChangeOp op, std::uint8_t flags, TenantId tenant, std::uint64_t number,
                                     Instant at) {
  const std::size_t start = bytes_.size();
  put(bytes_, std::uint32_t{0});
  put(bytes_, static_cast<std::uint8_t>(op));
  put(bytes_, flags);
  put(bytes_, tenant.value);
  put(bytes_, number);
  put(bytes_, at.us);
  return start;
}

void RowBuilder::end_change(std::size_t start) {
  put_at(bytes_, start, static_cast<std::uint32_t>(bytes_.size() - start));
  ++changes_;
}

void RowBuilder::append(ChangeOp op, TenantId tenant, std::uint64_t number, Instant at, const Record* before,
                        const Record* after) {
  const Record& state = after ? *after : *before;  // a deletion repeats what the entity was
  const bool whole = op != ChangeOp::kUpdate;
  unsigned flags = 0;
  if (whole || types_of(*before) != types_of(state) || scopes_of(*before) != scopes_of(state))
    flags |= kTypes | kScopes;
  if (op == ChangeOp::kUpdate ? before->expires_at() != state.expires_at() : after && state.expires_at() != kNoInstant)
    flags |= kExpiry;
  if (whole || before->created_at() != state.created_at()) flags |= kCreated;
  const std::size_t start = begin_change(op, static_cast<std::uint8_t>(flags), tenant, number, at);
  if (whole) put_short(bytes_, state.id());
  put(bytes_, state.modified_at().us);
  if (flags & kCreated) put(bytes_, state.created_at().us);
  if (flags & kExpiry) put(bytes_, state.expires_at().us);
  if (flags & kTypes) {
    put(bytes_, state.type_count());
    bytes_ += types_of(state);
    put(bytes_, state.scope_count());
    bytes_ += scopes_of(state);
  }
  append_instances(op == ChangeOp::kCreate ? nullptr : before, after, at);
  end_change(start);
}

void RowBuilder::append_history(TenantId tenant, std::uint64_t number, Instant at, const HistoryWrite& write, bool past,
                                bool adding) {
  const std::size_t start = begin_change(ChangeOp::kHistory, past ? kPast : 0, tenant, number, at);
  put_short(bytes_, write.id);
  put(bytes_, static_cast<std::uint8_t>(write.forget));
  const auto put_place = [&](const SeriesKey& series, Instant written) {
    put(bytes_, series.name.value);
    put_short(bytes_, series.dataset_id);
    put(bytes_, written.us);
  };
  put(bytes_, static_cast<std::uint32_t>(write.forget_series.size() + write.forget_instances.size()));
  for (const SeriesKey& series : write.forget_series) put_place(series, kNoInstant);
  for (const HistoryWrite::Instance& one : write.forget_instances) put_place(one.series, one.written);
  put(bytes_, static_cast<std::uint32_t>(write.replace.size()));
  for (const HistoryWrite::Replacement& one : write.replace) {
    ngsi::Attribute by = one.by;
    by.name = one.which.series.name;
    by.dataset_id = one.which.series.dataset_id;
    by.modified_at = at;
    put(bytes_, one.which.written.us);
    ngsi::append_packed(bytes_, by);
  }
  put(bytes_, static_cast<std::uint16_t>(adding ? write.types.size() : 0));
  if (adding)
    for (const ngsi::TermId type : write.types) put(bytes_, type.value);
  put(bytes_, static_cast<std::uint16_t>(adding ? write.scopes.size() : 0));
  if (adding) {
    for (const ngsi::ScopesInTime& one : write.scopes) {
      put(bytes_, one.from == kNoInstant ? at.us : std::min(one.from, at).us);
      put(bytes_, static_cast<std::uint16_t>(one.scopes.size()));
      for (const std::string& scope : one.scopes) put_short(bytes_, scope);
    }
  }
  put(bytes_, static_cast<std::uint32_t>(adding ? write.add.size() : 0));
  if (adding) {
    Instant stamp = at;
    for (const ngsi::Attribute& attribute : write.add) {
      ++stamp.us;
      const std::size_t place = bytes_.size();
      ngsi::append_packed(bytes_, attribute);
      if (attribute.is_null()) {
        removed_.assign(bytes_, place);
        bytes_.resize(place);
        append_tombstone(bytes_, AttributeView(removed_.data()), stamp);
      }
      ngsi::stamp_instance(bytes_.data() + place, stamp);
    }
  }
  end_change(start);
}

std::string_view RowBuilder::finish(std::uint64_t sequence) {
  put_at(bytes_, 0, kMagic);
  put_at(bytes_, 4, kVersion);
  put_at(bytes_, 8, changes_);
  put_at(bytes_, 12, static_cast<std::uint32_t>(bytes_.size() - kRowHeader));
  reseal(bytes_, sequence);
  return bytes_;
}

void reseal(std::string& row, std::uint64_t sequence) {
  put_at(row, 16, row_checksum(row, sequence));
}

void append_tombstone(std::string& out, const AttributeView& last, Instant at) {
  const std::string_view value = ngsi::null_json(last.kind()), dataset = last.dataset_id();
  const std::size_t start = out.size();
  put(out, std::uint32_t{0});
  put(out, last.name().value);
  put(out, static_cast<std::uint8_t>(last.kind()));
  put(out, static_cast<std::uint8_t>(dataset.empty() ? 0 : AttributeView::kDataset));
  put(out, std::uint16_t{0});
  put(out, last.created_at().us);
  put(out, at.us);
  put(out, static_cast<std::uint32_t>(value.size()));
  if (!dataset.empty()) put_short(out, dataset);
  out += value;
  put_at(out, start, static_cast<std::uint32_t>(out.size() - start));
}

bool is_tombstone(const AttributeView& instance) {
  return (instance.flags() & ~unsigned{AttributeView::kDataset}) == 0 &&
         instance.value() == ngsi::null_json(instance.kind());
}

Result<RowReader> RowReader::open(std::string_view data, std::uint64_t sequence) {
  ByteReader in(data);
  const auto magic = in.number<std::uint32_t>();
  const auto version = in.number<std::uint16_t>();
  in.number<std::uint16_t>();
  const auto changes = in.number<std::uint32_t>();
  const auto bytes = in.number<std::uint32_t>();
  const auto checksum = in.number<std::uint64_t>();
  if (!in.ok || magic != kMagic) return tl::unexpected(damaged("is no journal row"));
  if (version < 1 || version > kVersion)
    return tl::unexpected(damaged("has format " + std::to_string(version) + ", which this program does not know"));
  if (bytes != in.left()) return tl::unexpected(damaged("is cut short or too long"));
  if (checksum != row_checksum(data, sequence)) return tl::unexpected(damaged("has a wrong checksum"));
  RowReader reader;
  reader.rest_ = in.rest();
  reader.total_ = reader.left_ = changes;
  reader.keys_only_ = version == 1;
  return reader;
}

Result<bool> RowReader::next(ChangeView& change) {
  if (left_ == 0) {
    if (!rest_.empty()) return tl::unexpected(damaged("has bytes after its last change"));
    return false;
  }
  ByteReader head(rest_);
  const auto size = head.number<std::uint32_t>();
  if (!head.ok || size < kChangeHeader || size > rest_.size())
    return tl::unexpected(damaged("has a change of impossible size"));
  ByteReader in(rest_.substr(4, size - 4));
  rest_.remove_prefix(size);
  --left_;

  if (!parse(in, change, keys_only_, true)) {
    if (change.op > ChangeOp::kHistory || change.op < ChangeOp::kCreate)
      return tl::unexpected(damaged("has a change of unknown kind"));
    return tl::unexpected(damaged("has a damaged change of entity " + std::to_string(change.number)));
  }
  return true;
}

Result<void> check_row(std::string_view data, std::uint64_t sequence) {
  auto reader = RowReader::open(data, sequence);
  if (!reader) return tl::unexpected(reader.error());
  for (ChangeView change;;) {
    const auto more = reader->next(change);
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
  }
}

ChangeView read_change(std::string_view bytes) {
  ChangeView change;
  ByteReader in(bytes.substr(4));
  parse(in, change, false, false);
  return change;
}

std::optional<HistoryChange> read_history(const ChangeView& change) {
  HistoryChange out;
  ByteReader in(change.history);
  const auto instance = [&in] {
    const auto size = in.left() < 4 ? 0 : ngsi::detail::load<std::uint32_t>(in.p);
    return in.take(size == 0 ? ~std::size_t{0} : size);
  };
  out.forget = in.number<std::uint8_t>() != 0;
  for (auto n = in.number<std::uint32_t>(); in.ok && n > 0; --n) {
    HistoryChange::Place& place = out.forgotten.emplace_back();
    place.name.value = in.number<std::uint32_t>();
    place.dataset_id = in.short_text();
    place.written.us = in.number<std::int64_t>();
  }
  for (auto n = in.number<std::uint32_t>(); in.ok && n > 0; --n) {
    const Instant written{in.number<std::int64_t>()};
    out.replaced.push_back({written, instance()});
  }
  for (auto n = in.number<std::uint16_t>(); in.ok && n > 0; --n)
    out.types.push_back(ngsi::TermId{in.number<std::uint32_t>()});
  for (auto n = in.number<std::uint16_t>(); in.ok && n > 0; --n) {
    HistoryChange::Scopes& one = out.scopes.emplace_back();
    one.from.us = in.number<std::int64_t>();
    for (auto m = in.number<std::uint16_t>(); in.ok && m > 0; --m) one.names.push_back(in.short_text());
  }
  Instant stamp = change.at;
  auto added = in.number<std::uint32_t>();
  out.added.reserve(std::min<std::size_t>(added, in.left() / AttributeView::kFixedSize));
  for (; in.ok && added > 0; --added) {
    ++stamp.us;
    out.added.push_back({stamp, instance()});
  }
  if (!in.done()) return std::nullopt;
  return out;
}

Result<ngsi::RecordPtr> apply_change(const ChangeView& change, const Record* before) {
  const auto mismatch = [&](const char* what) {
    return tl::unexpected(damaged("change of entity " + std::to_string(change.number) + " " + what));
  };
  if ((change.op == ChangeOp::kCreate) != (before == nullptr)) return mismatch("does not fit the entity's state");
  thread_local std::string bytes;
  bytes.clear();
  const std::string_view id = before ? before->id() : change.id;
  const std::string_view types = change.has_types || !before ? change.types : types_of(*before);
  const std::string_view scopes = change.has_scopes || !before ? change.scopes : scopes_of(*before);
  const Instant created = change.created_at != kNoInstant || !before ? change.created_at : before->created_at();
  const Instant expires = change.has_expiry || !before ? change.expires_at : before->expires_at();
  put(bytes, std::uint32_t{0});
  put(bytes, static_cast<std::uint16_t>(types.size() / 4));
  put(bytes, change.has_scopes || !before ? change.scope_count : before->scope_count());
  put(bytes, std::uint32_t{0});
  put(bytes, static_cast<std::uint16_t>(id.size()));
  put(bytes, std::uint16_t{0});
  put(bytes, created.us);
  put(bytes, change.modified_at.us);
  put(bytes, expires.us);
  bytes += id;
  bytes += types;
  bytes += scopes;

  // Before they are compared, the instances to set must be sound.
  const auto sound = [](std::string_view instance) {
    if (instance.size() < AttributeView::kFixedSize) return false;
    const auto flags = static_cast<std::uint8_t>(instance[9]);
    std::size_t at = AttributeView::kFixedSize + (flags & AttributeView::kObservedAt ? 8 : 0) +
                     (flags & AttributeView::kExpiresAt ? 8 : 0);
    if (!(flags & AttributeView::kDataset)) return at <= instance.size();
    if (at + 2 > instance.size()) return false;
    return at + 2 + ngsi::detail::load<std::uint16_t>(instance.data() + at) <= instance.size();
  };
  std::uint32_t count = 0;
  ByteReader removed(change.removed), set(change.set);
  std::uint32_t removed_left = change.removed_count, set_left = change.set_count;
  std::uint32_t gone_name = 0;
  std::string_view gone_dataset;
  const auto next_gone = [&] {
    if (removed_left == 0) return gone_name = 0, void();
    --removed_left;
    if (change.keys_only) {
      gone_name = removed.number<std::uint32_t>();
      gone_dataset = removed.short_text();
    } else {
      const AttributeView gone(removed.take(ngsi::detail::load<std::uint32_t>(removed.p)).data());
      gone_name = gone.name().value;
      gone_dataset = gone.dataset_id();
    }
  };
  std::string_view instance;
  bool all_sound = true;
  const auto next_set = [&] {
    instance = {};
    if (set_left == 0) return;
    --set_left;
    instance = set.take(ngsi::detail::load<std::uint32_t>(set.p));
    if (!sound(instance)) all_sound = false, instance = {};
  };
  const auto keep = [&](std::string_view kept) {
    bytes += kept;
    ++count;
  };
  next_gone();
  next_set();
  if (before) {
    for (const AttributeView old : before->attributes()) {
      while (!instance.empty() && compare(AttributeView(instance.data()), old) < 0) keep(instance), next_set();
      if (!instance.empty() && compare(AttributeView(instance.data()), old) == 0) {
        keep(instance);
        next_set();
      } else if (gone_name == old.name().value && gone_dataset == old.dataset_id()) {
        next_gone();
      } else {
        keep(old.bytes());
      }
    }
  }
  while (!instance.empty()) keep(instance), next_set();
  if (!all_sound) return mismatch("has a damaged attribute");
  if (gone_name != 0) return mismatch("removes an attribute that is not there");
  put_at(bytes, 0, static_cast<std::uint32_t>(bytes.size()));
  put_at(bytes, 8, count);
  if (!ngsi::check_record(bytes)) return mismatch("gives no well-formed entity");
  return ngsi::RecordPtr::copy(bytes);
}

}  // namespace tsunagu::store
