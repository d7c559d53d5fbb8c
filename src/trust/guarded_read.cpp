// Queries and the past of a View.
#include <utility>

#include "store/history/last_state.h"
#include "trust/guarded.h"
#include "trust/view.h"

namespace tsunagu::trust {
namespace {

/// Finds linked entities as they may be read.
class LinkedShown final : public ngsi::Linked {
 public:
  LinkedShown(const Access& access, const LinkedBehind& behind) : access_(access), behind_(behind) {}
  ngsi::RecordPtr find(std::string_view id) const override { return show(access_, kRead, behind_.find(id), behind_); }

 private:
  const Access& access_;
  const LinkedBehind& behind_;
};

/// The store finds what the selection and the permission both let through. An entity of which only a part is to be seen
/// must meet the selection by that part alone; else a query could be used to ask what is hidden. (No condition of the
/// query language is met by an attribute's absence, so nothing that meets it by its part is missed.)
class GuardedCursor final : public store::Cursor {
 public:
  GuardedCursor(const store::Store& behind, store::TenantId tenant, AccessPtr access, ngsi::Selection selection)
      : access_(std::move(access)), linked_(behind, tenant), shown_(*access_, linked_) {
    ngsi::Selection wanted = selection;
    wanted.any_of = access_->where(kRead);
    selection_ = std::move(selection);
    selection_.order.clear();
    inner_ = behind.query(tenant, std::move(wanted));
    follows_ = [&] {
      for (const ngsi::QueryExpr& q : selection_.q) {
        if (ngsi::linked_depth(q) > 0) return true;
      }
      return false;
    }();
  }

  bool step(std::size_t budget, std::size_t want, std::vector<ngsi::RecordPtr>& out) override {
    found_.clear();
    const bool more = inner_->step(budget, want, found_);
    for (ngsi::RecordPtr& record : found_) {
      const Decision decision = access_->decide(kRead, *record, &linked_);
      if (!decision.allowed()) continue;
      if (!decision.whole()) {
        record = ngsi::with_attributes(*record, [&](ngsi::TermId name) { return decision.allows(name); });
      }
      if ((!decision.whole() || follows_) && !ngsi::matches(selection_, *record, &shown_)) continue;
      out.push_back(std::move(record));
    }
    return more;
  }
  std::optional<std::uint64_t> known_count() const override { return std::nullopt; }
  std::uint64_t skip_cheaply(std::uint64_t) override { return 0; }
  const store::Plan& plan() const override { return inner_->plan(); }

 private:
  AccessPtr access_;
  LinkedBehind linked_;
  LinkedShown shown_;
  ngsi::Selection selection_;
  bool follows_ = false;  // a condition goes through relationships: what they lead to has to be visible, too
  std::unique_ptr<store::Cursor> inner_;
  std::vector<ngsi::RecordPtr> found_;
};

class GuardedHistory final : public store::HistoryReader {
 public:
  GuardedHistory(const store::Store& behind, store::TenantId tenant, AccessPtr access,
                 std::unique_ptr<store::HistoryReader> inner)
      : behind_(behind),
        tenant_(tenant),
        access_(std::move(access)),
        linked_(behind, tenant),
        inner_(std::move(inner)) {}

  Result<std::optional<store::RememberedEntity>> entity(std::string_view id) override {
    const auto allowed = look(id);
    if (!allowed) return tl::unexpected(allowed.error());
    if (!*allowed) return std::optional<store::RememberedEntity>();
    return inner_->entity(id);
  }

  Result<std::vector<store::EntityState>> states(std::string_view id) override {
    const auto allowed = look(id);
    if (!allowed) return tl::unexpected(allowed.error());
    if (!*allowed) return std::vector<store::EntityState>();
    return inner_->states(id);
  }

  Result<std::vector<store::SeriesKey>> series(std::string_view id) override {
    const auto allowed = look(id);
    if (!allowed) return tl::unexpected(allowed.error());
    if (!*allowed) return std::vector<store::SeriesKey>();
    auto all = inner_->series(id);
    if (all) std::erase_if(*all, [this](const store::SeriesKey& key) { return !decision_.allows(key.name); });
    return all;
  }

  Result<void> scan(std::string_view id, const store::SeriesKey& series, const store::TimeWindow& window,
                    bool newest_first, store::SeriesVisitor& visitor) override {
    const auto allowed = look(id);
    if (!allowed) return tl::unexpected(allowed.error());
    if (!*allowed || !decision_.allows(series.name)) return {};
    return inner_->scan(id, series, window, newest_first, visitor);
  }

  Result<std::vector<store::RememberedEntity>> past_entities(std::string_view after, std::size_t limit) override {
    std::vector<store::RememberedEntity> visible;
    std::string place(after);
    while (visible.size() < limit) {
      auto page = inner_->past_entities(place, limit);
      if (!page) return page;
      if (page->empty()) break;
      place = page->back().id;
      const bool last = page->size() < limit;
      for (store::RememberedEntity& each : *page) {
        if (visible.size() == limit) break;
        const auto allowed = look(each.id);
        if (!allowed) return tl::unexpected(allowed.error());
        if (*allowed) visible.push_back(std::move(each));
      }
      if (last) break;
    }
    return visible;
  }

 private:
  /// Decides on the entity as it is, or as it was at last; keeps the decision for the calls that follow.
  Result<bool> look(std::string_view id) {
    if (id == id_ && looked_) return decision_.allowed();
    looked_ = false;
    id_ = id;
    decision_ = Decision();
    ngsi::RecordPtr record = behind_.find(tenant_, id);
    if (!record) {
      const auto remembered = inner_->entity(id);
      if (!remembered) return tl::unexpected(remembered.error());
      if (*remembered) {
        auto last = store::last_state(*inner_, **remembered);
        if (!last) return tl::unexpected(last.error());
        record = std::move(*last);
      }
    }
    if (record) decision_ = access_->decide(kHistory, *record, &linked_);
    looked_ = true;
    return decision_.allowed();
  }

  const store::Store& behind_;
  store::TenantId tenant_;
  AccessPtr access_;
  LinkedBehind linked_;
  std::unique_ptr<store::HistoryReader> inner_;
  std::string id_;
  bool looked_ = false;
  Decision decision_;
};

}  // namespace

std::unique_ptr<store::Cursor> guarded_query(const store::Store& behind, store::TenantId tenant, AccessPtr access,
                                             ngsi::Selection selection) {
  return std::make_unique<GuardedCursor>(behind, tenant, std::move(access), std::move(selection));
}

std::unique_ptr<store::HistoryReader> guarded_history(const store::Store& behind, store::TenantId tenant,
                                                      AccessPtr access, std::unique_ptr<store::HistoryReader> inner) {
  return std::make_unique<GuardedHistory>(behind, tenant, std::move(access), std::move(inner));
}

}  // namespace tsunagu::trust
