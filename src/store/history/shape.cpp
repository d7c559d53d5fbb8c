#include "store/history/shape.h"

#include "store/history/bytes.h"
#include "store/history/texts.h"

namespace tsunagu::store::leaf {

namespace {

using ngsi::AttributeView;

constexpr std::size_t kFixed = AttributeView::kFixedSize;
constexpr std::size_t kLongestShort = 65535;
constexpr int kMostNested = 64;

// What a time is told by; two bits each in one byte: createdAt, modifiedAt, observedAt, expiresAt from the lowest.
enum Tag : unsigned { kAsCreated, kAsModified, kFromObserved, kItself };

struct Told {
  Tag tag;
  std::int64_t rest;  // kFromObserved: the difference; kItself: the instant
};

Told tell_written(Instant t, const OwnTimes& own, Tag first) {
  if (first == kAsCreated && t == own.created) return {kAsCreated, 0};
  if (t == own.modified) return {kAsModified, 0};
  if (t == own.created) return {kAsCreated, 0};
  return {kItself, t.us};
}
Told tell_meant(Instant t, const OwnTimes& own) {
  if (own.observed == kNoInstant) return {kItself, t.us};
  return {kFromObserved, minus(t.us, own.observed.us)};
}
void put_rest(std::string& out, const Told& told) {
  if (told.tag == kFromObserved) put_signed(out, told.rest);
  if (told.tag == kItself) put(out, told.rest);
}

void put_extras(std::string& out, const AttributeView::Parts& parts) {
  if (!parts.unit_code.empty()) put_text(out, parts.unit_code);
  if (!parts.value_type.empty()) put_text(out, parts.value_type);
  if (!parts.object_types.empty()) {
    out += static_cast<char>(parts.object_types.size() / 4);
    for (std::size_t i = 0; i < parts.object_types.size(); i += 4)
      put_varint(out, ngsi::detail::load<std::uint32_t>(parts.object_types.data() + i));
  }
}

void put_subs(std::string& out, const char* first, std::uint16_t count, const OwnTimes& own) {
  for (AttributeView sub : ngsi::Record::AttributeRange{first, count}) {
    const AttributeView::Parts parts = sub.parts();
    const Told created = tell_written(sub.created_at(), own, kAsCreated);
    const Told modified = tell_written(sub.modified_at(), own, kAsModified);
    const Told observed =
        sub.flags() & AttributeView::kObservedAt ? tell_meant(parts.observed_at, own) : Told{kAsCreated, 0};
    const Told expires =
        sub.flags() & AttributeView::kExpiresAt ? tell_meant(parts.expires_at, own) : Told{kAsCreated, 0};
    put_varint(out, sub.name().value);
    out += static_cast<char>(sub.kind());
    out += static_cast<char>(sub.flags());
    put_varint(out, sub.sub_count());
    out += static_cast<char>(created.tag | modified.tag << 2 | observed.tag << 4 | expires.tag << 6);
    for (const Told& told : {created, modified, observed, expires}) put_rest(out, told);
    if (!parts.dataset_id.empty()) put_text(out, parts.dataset_id);
    put_extras(out, parts);
    put_text(out, parts.value);
    put_subs(out, parts.subs, sub.sub_count(), own);
  }
}

}  // namespace

void put_shape(std::string& out, const AttributeView& instance) {
  const AttributeView::Parts parts = instance.parts();
  const OwnTimes own{instance.created_at(), instance.modified_at(), parts.observed_at};
  out += static_cast<char>(instance.kind());
  out += static_cast<char>(instance.flags() & ~(AttributeView::kObservedAt | AttributeView::kDataset));
  put_varint(out, instance.sub_count());
  if (instance.flags() & AttributeView::kExpiresAt) {
    const Told expires = tell_meant(parts.expires_at, own);
    out += static_cast<char>(expires.tag);
    put_rest(out, expires);
  }
  put_extras(out, parts);
  put_subs(out, parts.subs, instance.sub_count(), own);
}

// Turns the bytes of a shape into those of an instance, checking all that makes an instance well formed.
struct Shape::Reader {
  Input in;

  // Appends the instant, or room for it.
  bool time(std::string& out, std::vector<Gap>& gaps, unsigned tag, bool written) {
    const auto place = static_cast<std::uint32_t>(out.size());
    std::int64_t us = 0;
    switch (tag & 3) {
      case kItself:
        us = in.number<std::int64_t>();
        if (!written && us == kNoInstant.us) return false;
        break;
      case kFromObserved:
        if (written) return false;
        gaps.push_back({place, TimeOf::kObserved, true, in.signed_varint()});
        break;
      default:
        if (!written) return false;
        gaps.push_back({place, (tag & 3) == kAsCreated ? TimeOf::kCreated : TimeOf::kModified, false, 0});
    }
    put(out, us);
    return in.ok;
  }
  bool text(std::string& out) {
    const std::string_view s = in.text();
    if (!in.ok || s.empty() || s.size() > kLongestShort) return false;
    put_short(out, s);
    return true;
  }
  bool extras(std::string& out, unsigned flags) {
    if (flags & AttributeView::kUnit && !text(out)) return false;
    if (flags & AttributeView::kValueType && !text(out)) return false;
    if (flags & AttributeView::kObjectType) {
      const auto count = in.number<unsigned char>();
      if (count == 0) return false;
      out += static_cast<char>(count);
      for (unsigned i = 0; i < count; ++i) {
        const std::uint64_t type = in.varint();
        if (type == 0 || type > UINT32_MAX) return false;
        put(out, static_cast<std::uint32_t>(type));
      }
    }
    return in.ok;
  }
  bool head(std::string& out, std::uint64_t name, unsigned& flags, std::uint64_t& subs) {
    const auto kind = in.number<unsigned char>();
    flags = in.number<unsigned char>();
    subs = in.varint();
    if (!in.ok || name == 0 || name > UINT32_MAX || kind < 1 || kind > 8 || flags > 63 || subs > kLongestShort)
      return false;
    put(out, std::uint32_t{0});
    put(out, static_cast<std::uint32_t>(name));
    out += static_cast<char>(kind);
    out += static_cast<char>(flags);
    put(out, static_cast<std::uint16_t>(subs));
    return true;
  }
  bool sub_attributes(Shape& shape, std::uint64_t count, int depth) {
    if (count > 0 && depth > kMostNested) return false;
    std::string& out = shape.back_;
    std::uint64_t last_name = 0;
    std::string last_dataset;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t begin = out.size();
      const std::uint64_t name = in.varint();
      unsigned flags = 0;
      std::uint64_t subs = 0;
      if (!head(out, name, flags, subs)) return false;
      const unsigned tags = in.number<unsigned char>();
      if (!time(out, shape.back_gaps_, tags, true) || !time(out, shape.back_gaps_, tags >> 2, true)) return false;
      const std::size_t length_place = out.size();
      put(out, std::uint32_t{0});
      if (flags & AttributeView::kObservedAt && !time(out, shape.back_gaps_, tags >> 4, false)) return false;
      if (flags & AttributeView::kExpiresAt && !time(out, shape.back_gaps_, tags >> 6, false)) return false;
      std::string dataset;
      if (flags & AttributeView::kDataset) {
        const std::size_t place = out.size();
        if (!text(out)) return false;
        dataset = out.substr(place + 2);
      }
      if (i > 0 && !(last_name < name || (last_name == name && last_dataset < dataset))) return false;
      last_name = name;
      last_dataset = std::move(dataset);
      if (!extras(out, flags)) return false;
      const std::string_view value = in.text();
      if (!in.ok || value.empty() || value.size() > kMaxUnpacked) return false;
      const auto length = static_cast<std::uint32_t>(value.size());
      std::memcpy(out.data() + length_place, &length, sizeof length);
      out += value;
      if (out.size() > kMaxUnpacked || !sub_attributes(shape, subs, depth + 1)) return false;
      const auto size = static_cast<std::uint32_t>(out.size() - begin);
      std::memcpy(out.data() + begin, &size, sizeof size);
    }
    return in.ok;
  }
};

bool Shape::read(std::string_view bytes, ngsi::TermId name, std::string_view dataset_id) {
  front_.clear();
  back_.clear();
  front_gaps_.clear();
  back_gaps_.clear();
  Reader reader{Input(bytes)};
  unsigned flags = 0;
  std::uint64_t subs = 0;
  if (!reader.head(front_, name.value, flags, subs)) return false;
  if (flags & (AttributeView::kObservedAt | AttributeView::kDataset) || dataset_id.size() > kLongestShort) return false;
  if (!dataset_id.empty()) front_[9] = static_cast<char>(flags | AttributeView::kDataset);
  front_.resize(kFixed);
  if (flags & AttributeView::kExpiresAt) {
    const unsigned tag = reader.in.number<unsigned char>();
    if (tag > 3 || !reader.time(front_, front_gaps_, tag, false)) return false;
  }
  if (!dataset_id.empty()) put_short(front_, dataset_id);
  return reader.extras(front_, flags) && reader.sub_attributes(*this, subs, 1) && reader.in.p == reader.in.end;
}

bool Shape::append_instance(std::string& out, const OwnTimes& times, std::string_view value) const {
  const bool observed = times.observed != kNoInstant;
  const std::size_t size = front_.size() + (observed ? 8 : 0) + value.size() + back_.size();
  if (value.empty() || size > kMaxUnpacked) return false;
  const std::size_t begin = out.size();
  out.resize(begin + size);
  char* p = out.data() + begin;
  std::memcpy(p, front_.data(), kFixed);
  const auto size32 = static_cast<std::uint32_t>(size), length = static_cast<std::uint32_t>(value.size());
  std::memcpy(p, &size32, 4);
  std::memcpy(p + 12, &times.created.us, 8);
  std::memcpy(p + 20, &times.modified.us, 8);
  std::memcpy(p + 28, &length, 4);
  std::size_t at = kFixed;
  if (observed) {
    p[9] = static_cast<char>(p[9] | AttributeView::kObservedAt);
    std::memcpy(p + at, &times.observed.us, 8);
    at += 8;
  }
  std::memcpy(p + at, front_.data() + kFixed, front_.size() - kFixed);
  const std::size_t front = at - kFixed;
  at += front_.size() - kFixed;
  std::memcpy(p + at, value.data(), value.size());
  at += value.size();
  if (!back_.empty()) std::memcpy(p + at, back_.data(), back_.size());

  const auto fill = [&](const std::vector<Gap>& gaps, std::size_t from) {
    for (const Gap& gap : gaps) {
      if (gap.time == TimeOf::kObserved && !observed) return false;
      const Instant t = gap.time == TimeOf::kCreated    ? times.created
                        : gap.time == TimeOf::kModified ? times.modified
                                                        : times.observed;
      const std::int64_t us = plus(t.us, gap.difference);
      if (gap.there && us == kNoInstant.us) return false;
      std::memcpy(p + from + gap.place, &us, 8);
    }
    return true;
  };
  return fill(front_gaps_, front) && fill(back_gaps_, at);
}

}  // namespace tsunagu::store::leaf
