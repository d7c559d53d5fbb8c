// The graph as the owner of a rule may see and change it. Internal to the engine and to trials.
#pragma once
#include "automation/kept_rule.h"
#include "trust/view.h"

namespace tsunagu::automation {

class RuleView final : public ngsi::Linked {
 public:
  /// With `change` its entity is as it was after that, whatever has happened since: every change is looked at, in order.
  RuleView(store::Store& store, const trust::Authority& authority, const KeptRule& kept,
           const store::EntityChange* change = nullptr)
      : tenant_(kept.tenant),
        change_(change),
        behind_(store, kept.tenant),
        access_(authority.access(kept.owner.subject, kept.tenant, kept.owner.purpose)),
        view_(store, authority, kept.owner.subject, kept.owner.purpose) {}
  ngsi::RecordPtr find(std::string_view id) const override {
    if (change_ != nullptr && change_->tenant == tenant_) {
      const ngsi::RecordPtr& some = change_->after ? change_->after : change_->before;
      if (some->id() == id) return show(change_->after);
    }
    return view_.find(tenant_, id);
  }
  ngsi::RecordPtr show(const ngsi::RecordPtr& record) const {
    return access_->all() ? record : trust::show(*access_, trust::kRead, record, behind_);
  }
  void submit(std::vector<store::Write> writes, store::Done done) { view_.submit(std::move(writes), std::move(done)); }

 private:
  const store::TenantId tenant_;
  const store::EntityChange* change_;
  const trust::LinkedBehind behind_;
  const trust::AccessPtr access_;
  trust::View view_;
};

}  // namespace tsunagu::automation
