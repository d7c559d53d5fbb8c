// Which members of an entity are shown under attrs, pick and omit, at any depth of a join (clause 4.21). Only for
// representation*.cpp.
#pragma once
#include <algorithm>
#include <string_view>
#include <vector>

#include "ngsi/representation.h"

namespace tsunagu::ngsi {

/// A view of the lists that hold for one entity; those of an outer entity hold in the linked one, but for what is
/// nested.
class Projection {
 public:
  explicit Projection(const Representation& how)
      : attrs_(&how.attrs),
        inner_attrs_(how.attrs_of_linked ? &how.attrs : &no_names()),
        pick_(&how.pick),
        omit_(&how.omit) {}

  bool everything() const { return attrs_->empty() && pick_->empty() && omit_->empty() && outer_ == nullptr; }
  /// "id", "type", "scope", …
  bool shows_member(std::string_view member) const {
    return (pick_->empty() || find(*pick_, member) != nullptr) &&
           !omits([member](const ProjectionNode& n) { return n.member == member; });
  }
  /// A system member is shown if asked for by sysAttrs (`by_default`) or by name.
  bool shows_system_member(std::string_view member, bool by_default) const {
    return (by_default || find(*pick_, member) != nullptr) &&
           !omits([member](const ProjectionNode& n) { return n.member == member; });
  }
  bool shows(TermId name) const {
    if (!attrs_->empty() && !contains(*attrs_, name)) return false;
    if (!pick_->empty() && find(*pick_, name) == nullptr) return false;
    return !omits([name](const ProjectionNode& n) { return n.member.empty() && n.name == name; });
  }
  /// The projection of what the relationship `name` of this entity points to. Refers to this one.
  Projection through(TermId name) const {
    Projection inner = *this;
    inner.attrs_ = inner_attrs_;
    if (const ProjectionNode* node = find(*pick_, name); node && !node->children.empty()) inner.pick_ = &node->children;
    if (const ProjectionNode* node = find(*omit_, name); node && !node->children.empty()) {
      inner.omit_ = &node->children;
      inner.outer_ = this;
    }
    return inner;
  }

  bool operator==(const Projection&) const = default;

  const std::vector<TermId>& attrs() const { return *attrs_; }
  const std::vector<ProjectionNode>& pick() const { return *pick_; }
  /// The omit lists that hold here as one list.
  std::vector<ProjectionNode> omit() const {
    std::vector<ProjectionNode> all = *omit_;
    for (const Projection* p = outer_; p; p = p->outer_) {
      for (const ProjectionNode& node : *p->omit_) {
        if (node.children.empty()) all.push_back(node);
      }
    }
    return all;
  }

 private:
  static const std::vector<TermId>& no_names() {
    static const std::vector<TermId> none;
    return none;
  }
  static bool contains(const std::vector<TermId>& terms, TermId name) {
    for (const TermId term : terms) {
      if (term == name && term != kNoTerm) return true;
    }
    return false;
  }
  static const ProjectionNode* find(const std::vector<ProjectionNode>& nodes, std::string_view member) {
    for (const ProjectionNode& node : nodes) {
      if (node.member == member) return &node;
    }
    return nullptr;
  }
  static const ProjectionNode* find(const std::vector<ProjectionNode>& nodes, TermId name) {
    for (const ProjectionNode& node : nodes) {
      if (node.member.empty() && node.name == name && name != kNoTerm) return &node;
    }
    return nullptr;
  }
  template <class F>
  bool omits(F&& is) const {
    for (const Projection* p = this; p; p = p->outer_) {
      for (const ProjectionNode& node : *p->omit_) {
        if (node.children.empty() && is(node)) return true;
      }
    }
    return false;
  }

  const std::vector<TermId>* attrs_;
  const std::vector<TermId>* inner_attrs_;  // of linked entities
  const std::vector<ProjectionNode>* pick_;
  const std::vector<ProjectionNode>* omit_;
  const Projection* outer_ = nullptr;  // more omit lists
};

inline int levels_of(const Representation& how) {
  return std::clamp(how.join_level, 0, Representation::kMaxJoinLevel);
}

inline bool has_expired(const Representation& how, AttributeView a) {
  if (!(a.flags() & AttributeView::kExpiresAt)) return false;
  return a.parts().expires_at <= how.at;
}

/// Is the datasetId ("" for the default instance) one of those asked for?
inline bool wants_dataset(const Representation& how, std::string_view dataset_id) {
  if (!how.dataset_id) return true;
  const std::string_view mine = dataset_id.empty() ? "@none" : dataset_id;
  std::string_view wanted = *how.dataset_id;
  for (;;) {
    const std::size_t comma = wanted.find(',');
    if (wanted.substr(0, comma) == mine) return true;
    if (comma == wanted.npos) return false;
    wanted.remove_prefix(comma + 1);
  }
}
inline bool has_wanted_dataset(const Representation& how, AttributeView a) {
  return wants_dataset(how, a.flags() & AttributeView::kDataset ? a.dataset_id() : "");
}

}  // namespace tsunagu::ngsi
