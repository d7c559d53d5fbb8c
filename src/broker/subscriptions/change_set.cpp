#include "broker/subscriptions/change_set.h"

namespace tsunagu::broker {
namespace {

/// Which of two instances comes first in a record: below 0, 0 (the same place), above 0.
int order(ngsi::AttributeView a, ngsi::AttributeView b) {
  if (a.name() != b.name()) return a.name().value < b.name().value ? -1 : 1;
  return a.dataset_id().compare(b.dataset_id());
}

}  // namespace

bool same_content(ngsi::AttributeView a, ngsi::AttributeView b) {
  if (a.bytes() == b.bytes()) return true;
  if (a.size() != b.size() || a.kind() != b.kind() || a.flags() != b.flags() || a.sub_count() != b.sub_count())
    return false;
  const auto p = a.parts(), q = b.parts();
  constexpr std::size_t kAfterTimes = ngsi::AttributeView::kCreatedAtOffset + 16;
  const auto end = static_cast<std::size_t>(p.subs - a.data());
  if (end != static_cast<std::size_t>(q.subs - b.data()) ||
      a.bytes().substr(kAfterTimes, end - kAfterTimes) != b.bytes().substr(kAfterTimes, end - kAfterTimes))
    return false;
  auto other = ngsi::sub_attributes(b).begin();
  for (const ngsi::AttributeView sub : ngsi::sub_attributes(a)) {
    if (order(sub, *other) != 0 || !same_content(sub, *other)) return false;
    ++other;
  }
  return true;
}

ChangeSet::ChangeSet(const store::EntityChange& change) {
  const auto add = [this](ngsi::AttributeView view, Trigger kind) {
    instances.push_back({view.name(), view.dataset_id(), kind});
  };
  if (!change.before || !change.after) {
    const bool created = !change.before;
    entity = created ? kEntityCreated : kEntityDeleted;
    const ngsi::RecordPtr& record = created ? change.after : change.before;
    if (!record) return;
    for (const ngsi::AttributeView view : record->attributes())
      add(view, created ? kAttributeCreated : kAttributeDeleted);
    return;
  }
  const auto before = change.before->attributes(), after = change.after->attributes();
  auto old = before.begin(), next = after.begin();
  while (old != before.end() || next != after.end()) {
    const int which = !(old != before.end()) ? 1 : !(next != after.end()) ? -1 : order(*old, *next);
    if (which < 0) {
      add(*old, kAttributeDeleted);
    } else if (which > 0) {
      add(*next, kAttributeCreated);
    } else if (!same_content(*old, *next)) {
      add(*next, kAttributeUpdated);
    }
    if (which <= 0) ++old;
    if (which >= 0) ++next;
  }
}

}  // namespace tsunagu::broker
