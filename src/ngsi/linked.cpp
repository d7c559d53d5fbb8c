// What a flat join adds to an answer (clause 4.5.23).
#include <algorithm>
#include <unordered_set>

#include "ngsi/json_walk.h"
#include "ngsi/projection.h"
#include "ngsi/representation.h"

namespace tsunagu::ngsi {
namespace {

// Calls f(JSON string) for each id that a Relationship or ListRelationship points to until it answers false; says
// whether it never did.
template <class F>
bool every_target(AttributeView a, F&& f) {
  if (a.kind() != AttrKind::kRelationship && a.kind() != AttrKind::kListRelationship) return true;
  const std::string_view value = a.value();
  if (!walk::is_array(value)) return f(value);
  return !walk::any_element(value, [&f](std::string_view uri) { return !f(uri); });
}

class Gatherer {
 public:
  Gatherer(const Representation& how, const Linked& linked) : how_(how), linked_(linked) {
    for (const std::string& id : how.contained_by) seen_.insert(id);
  }

  Result<std::vector<LinkedEntity>> gather(const std::vector<RecordPtr>& records) {
    const auto how = std::make_shared<const Representation>(how_);
    for (const RecordPtr& record : records) seen_.insert(record->id());
    for (const RecordPtr& record : records) {
      if (levels_of(how_) > 0 && !follow({record, how})) return too_many();
    }
    std::size_t begin = 0;
    for (int level = 1; level < levels_of(how_); ++level) {
      const std::size_t end = found_.size();
      for (; begin != end; ++begin) {
        const LinkedEntity from = found_[begin];
        if (!follow(from)) return too_many();
      }
    }
    return std::move(found_);
  }

 private:
  static tl::unexpected<Error> too_many() {
    return fail(ErrorCode::kTooManyResults, "join=flat: more than " + std::to_string(Representation::kMaxLinked) +
                                                " linked entities: use a smaller joinLevel or limit");
  }

  // Adds what `from` points to. False when there is no room.
  bool follow(const LinkedEntity& from) {
    const Projection shown(*from.how);
    for (const AttributeView a : from.record->attributes()) {
      if (!shown.shows(a.name()) || !has_wanted_dataset(how_, a) || has_expired(how_, a)) continue;
      std::shared_ptr<const Representation> how;
      const bool fits = every_target(a, [&](std::string_view uri) {
        std::string scratch;
        const std::string_view id = walk::string_text(uri, scratch);
        if (seen_.contains(id)) return true;
        RecordPtr record = linked_.find(id);
        if (!record) return true;
        if (found_.size() == Representation::kMaxLinked) return false;
        if (!how) how = seen_through(from.how, shown, a.name());
        seen_.insert(record->id());
        found_.push_back({std::move(record), how});
        return true;
      });
      if (!fits) return false;
    }
    return true;
  }

  static std::shared_ptr<const Representation> seen_through(const std::shared_ptr<const Representation>& how,
                                                            const Projection& shown, TermId name) {
    const Projection inner = shown.through(name);
    if (inner == shown) return how;
    auto narrowed = std::make_shared<Representation>(*how);
    narrowed->attrs = inner.attrs();
    narrowed->attrs_of_linked = true;
    narrowed->pick = inner.pick();
    narrowed->omit = inner.omit();
    return narrowed;
  }

  const Representation& how_;
  const Linked& linked_;
  std::vector<LinkedEntity> found_;
  std::unordered_set<std::string_view> seen_;  // ids in `contained_by` and in records that are kept
};

}  // namespace

Result<std::vector<LinkedEntity>> linked_entities(const std::vector<RecordPtr>& records, const Representation& how,
                                                  const Linked& linked) {
  return Gatherer(how, linked).gather(records);
}

}  // namespace tsunagu::ngsi
