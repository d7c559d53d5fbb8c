#include <re2/re2.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "ngsi/query.h"
#include "ngsi/query_value.h"

namespace tsunagu::ngsi {

namespace {

/// Is there an instance of one of `names`, of the data sets asked for?
bool has_one_of(const Record& record, const std::vector<TermId>& names, const std::optional<std::string>& dataset_id) {
  for (AttributeView a : record.attributes()) {
    if (std::find(names.begin(), names.end(), a.name()) == names.end()) continue;
    if (!dataset_id) return true;
    const auto dataset = a.dataset_id().empty() ? std::string_view("@none") : a.dataset_id();
    for (std::string_view rest = *dataset_id; !rest.empty();) {
      if (trim(take_until(rest, ',')) == dataset) return true;
    }
  }
  return false;
}

}  // namespace

Result<void> set_id_pattern(Selection& selection, std::string_view pattern) {
  if (!valid_utf8(pattern)) return bad("idPattern: not valid UTF-8");
  Cursor cursor("idPattern", pattern);
  if (!compile_pattern(cursor, 0, std::string(pattern), selection.id_regex)) return cursor.error();
  selection.id_pattern = pattern;
  return {};
}

bool matches(const Selection& selection, const Record& record, const Linked* linked) {
  if (selection.at != kNoInstant && record.expired(selection.at)) return false;
  const auto id = record.id();
  if (!selection.ids.empty() && std::find(selection.ids.begin(), selection.ids.end(), id) == selection.ids.end())
    return false;
  if (selection.types && !matches(*selection.types, record)) return false;
  if (selection.id_regex &&
      !RE2::PartialMatch(re2::StringPiece(id.data(), id.size()), *static_cast<const RE2*>(selection.id_regex.get()))) {
    return false;
  }
  if (selection.scope && !matches(*selection.scope, record)) return false;
  if (!selection.attrs.empty() && !has_one_of(record, selection.attrs, selection.dataset_id)) return false;
  for (const QueryExpr& q : selection.q) {
    if (!matches(q, record, linked)) return false;
  }
  if (selection.geo && !selection.geo->matches(record)) return false;
  return !selection.any_of || std::ranges::any_of(*selection.any_of, [&](const std::shared_ptr<const Selection>& one) {
    return matches(*one, record, linked);
  });
}

}  // namespace tsunagu::ngsi
