// The names in an expression (q, type selection, pick …): expanded by one @context, and either looked up, for a query
// that is used at once, or made, for one that is kept and must know names that appear later.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ngsi/context.h"

namespace tsunagu::ngsi {

class Names {
 public:
  /// One place of an expression where a name, or with expandValues a value, stands.
  struct Use {
    std::string_view where;  ///< a part of the text that was parsed
    std::string iri;
    bool is_value = false;
  };

  /// Looks up: names that nobody uses are kNoTerm. A context stands for this wherever Names are asked for.
  Names(const Context& context) : context_(context) {}  // NOLINT(google-explicit-constructor)
  /// Makes numbers for new names, and notes every use in `uses`, in the order of the text.
  Names(const Context& context, std::vector<Use>& uses) : context_(context), uses_(&uses) {}

  const Context& context() const { return context_; }
  /// Does anybody use it? Makes and notes nothing.
  bool known(std::string_view name) const { return context_.find(name) != kNoTerm; }
  TermId term(std::string_view name) const {
    if (uses_ == nullptr) return context_.find(name);
    uses_->push_back({name, context_.expand(name)});
    return context_.intern(name);
  }
  void note_value(std::string_view where, std::string iri) const {
    if (uses_ != nullptr) uses_->push_back({where, std::move(iri), true});
  }

 private:
  const Context& context_;
  std::vector<Use>* uses_ = nullptr;
};

}  // namespace tsunagu::ngsi
