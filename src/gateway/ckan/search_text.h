// The query language of package_search (the part of Solr's that clients use).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tsunagu::gateway::opendata {

struct SearchClause {
  std::string field;  ///< "" for words
  bool negative = false;
  std::vector<std::string> values;  ///< one of these
  std::string from, to;             ///< of a range [from TO to]; "" or "*": open
  bool range = false;
};

/// `+organization:hokkaido tags:("a b" OR c) -res_format:PDF metadata_modified:[2020-01-01T00:00:00Z TO *] 避難所`:
/// clauses with AND or nothing between; all must hold. "*:*" and "" are none. BadRequestData when it cannot be read,
/// has more than 1,000 values, or OR between clauses of different fields.
Result<std::vector<SearchClause>> parse_search(std::string_view text);

}  // namespace tsunagu::gateway::opendata
