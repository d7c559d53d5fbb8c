#include "catalog/plan/gather.h"

#include <set>

#include "broker/query.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace {

namespace walk = ngsi::walk;
constexpr std::size_t kStep = 512;

/// All matches of type and q, as they are now.
Result<std::vector<ngsi::RecordPtr>> select(const store::Store& store, store::TenantId tenant, const Term& term) {
  ngsi::Selection selection;
  selection.at = now();
  auto types = ngsi::parse_types(term.type, *ngsi::core_context());
  if (!types) return tl::unexpected(types.error());
  selection.types = std::move(*types);
  if (!term.q.empty()) {
    auto q = ngsi::parse_q(term.q, *ngsi::core_context());
    if (!q) return tl::unexpected(q.error());
    selection.q.push_back(std::move(*q));
  }
  std::vector<ngsi::RecordPtr> out;
  const auto cursor = store.query(tenant, std::move(selection));
  while (cursor->step(kStep, kStep, out)) {
  }
  return out;
}

class Samples final : public store::SeriesVisitor {
 public:
  bool point(const store::HistoryPoint& p) override {
    if (p.deleted != kNoInstant) return true;
    const auto value = Decimal::parse(ngsi::plain_value(p.instance.value()));
    if (!value) return true;
    if (!series.empty() && series.back().at == p.at) {  // corrected: what was written last holds
      if (p.written >= written_) {
        series.back().value = *value;
        written_ = p.written;
      }
      return true;
    }
    series.push_back({p.at, *value});
    written_ = p.written;
    return true;
  }
  std::vector<Sample> series;

 private:
  Instant written_;
};

Result<void> read_numbers(const store::Store& store, store::TenantId tenant, const Term& term,
                          const std::vector<ngsi::RecordPtr>& records, Inputs& out) {
  const ngsi::TermId name = ngsi::core_context()->find(term.attributes.front());
  if (name == ngsi::kNoTerm) return {};
  auto reader = store.history(tenant);
  if (!reader) return tl::unexpected(reader.error());
  Decimal sum;
  std::uint64_t undated = 0;
  for (const ngsi::RecordPtr& record : records) {
    const ngsi::AttributeView current = record->find(name, "");
    if (current.data() == nullptr) continue;
    if (current.parts().observed_at != kNoInstant) {
      Samples samples;
      if (auto done = (*reader)->scan(record->id(), {name, ""}, {}, false, samples); !done)
        return tl::unexpected(done.error());
      if (!samples.series.empty()) out.dated.emplace(record->id(), std::move(samples.series));
    } else if (const auto value = Decimal::parse(ngsi::plain_value(current.value()))) {
      const auto more = Decimal::sum(sum, *value);
      if (!more) return bad("the sum of " + term.attributes.front() + " has too many digits");
      sum = *more;
      ++undated;
    }
  }
  out.entities = out.dated.empty() ? undated : out.dated.size();
  if (undated == 0 || !out.dated.empty()) return {};
  out.now = term.aggregate == Aggregate::kSum ? sum
                                              : Decimal::quotient(sum, Decimal(static_cast<std::int64_t>(undated)),
                                                                  Decimal::kMaxScale / 2, Rounding::kHalfUp);
  return {};
}

void count_distinct(const store::Store& store, store::TenantId tenant, const Term& term,
                    const std::vector<ngsi::RecordPtr>& records, Inputs& out) {
  const ngsi::TermId target_type =
      term.target_type.empty() ? ngsi::kNoTerm : ngsi::core_context()->find(term.target_type);
  std::set<std::string, std::less<>> seen;
  const auto take = [&](std::string_view value) {
    if (!term.target_type.empty()) {
      if (!walk::is_string(value) || target_type == ngsi::kNoTerm) return false;
      const ngsi::RecordPtr target = store.find(tenant, json_string_text(value));
      if (!target || !target->has_type(target_type)) return false;
    }
    seen.emplace(value);
    return true;
  };
  for (const ngsi::RecordPtr& record : records) {
    for (const std::string& attribute : term.attributes) {
      const ngsi::TermId name = ngsi::core_context()->find(attribute);
      if (name == ngsi::kNoTerm) continue;
      bool any = false;
      for (const ngsi::AttributeView instance : record->attributes()) {
        if (instance.name() != name) continue;
        const std::string_view value = ngsi::plain_value(instance.value());
        if (walk::is_array(value)) {
          walk::any_element(value, [&](std::string_view each) {
            any = take(each) || any;
            return false;
          });
        } else {
          any = take(value) || any;
        }
      }
      if (any) break;
    }
  }
  out.now = Decimal(static_cast<std::int64_t>(seen.size()));
}

}  // namespace

Result<Inputs> gather(const store::Store& store, store::TenantId tenant, const Term& term) {
  auto records = select(store, tenant, term);
  if (!records) return tl::unexpected(records.error());
  Inputs out;
  out.entities = records->size();
  if (records->empty()) {
    // None of the type: nothing can be said. None that fits: none is the answer.
    const bool counts = term.aggregate == Aggregate::kCount || term.aggregate == Aggregate::kDistinct;
    if (term.q.empty() || !counts) return out;
    Term all = term;
    all.q.clear();
    records = select(store, tenant, all);
    if (!records) return tl::unexpected(records.error());
    out.entities = records->size();
    if (out.entities > 0) out.now = Decimal();
    return out;
  }
  switch (term.aggregate) {
    case Aggregate::kCount:
      out.now = Decimal(static_cast<std::int64_t>(records->size()));
      break;
    case Aggregate::kDistinct:
      count_distinct(store, tenant, term, *records, out);
      break;
    case Aggregate::kSum:
    case Aggregate::kMean:
      if (auto read = read_numbers(store, tenant, term, *records, out); !read) return tl::unexpected(read.error());
      break;
  }
  return out;
}

}  // namespace tsunagu::catalog
