// What an indicator is computed from: an aggregate over entities of the graph, or the ratio of two.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "catalog/plan/decimal.h"

namespace tsunagu::catalog {

enum class Aggregate : unsigned char {
  kCount,     ///< entities
  kDistinct,  ///< different values of an attribute
  kSum,
  kMean,
};

/// {"aggregate":"sum","type":"Municipality","q":"…","attribute":"population"}
struct Term {
  Aggregate aggregate = Aggregate::kCount;
  std::string type;  ///< type selection, as in the API
  std::string q;     ///< as in the API; empty: all of the type
  /// kSum, kMean: one. kDistinct: of several, the first that leads anywhere counts. kCount: none.
  std::vector<std::string> attributes;
  std::string target_type;  ///< kDistinct: only entities of this type, to which the attribute is a relationship
};

/// The value is `of`, or `of` / `by`, times `factor`.
struct Definition {
  Term of;
  std::optional<Term> by;
  Decimal factor{1};
};

/// From canonical JSON: a Term, or {"aggregate":"ratio","numerator":Term,"denominator":Term,"factor":100}.
/// BadRequestData names the member that is wrong.
Result<Definition> read_definition(std::string_view json);

}  // namespace tsunagu::catalog
