#include "catalog/studio/counts.h"

#include "catalog/disclosure/suppression.h"

namespace tsunagu::catalog {

Result<std::string> counts_csv(const UploadView& view, std::vector<std::string> by) {
  if (by.empty()) by = view.analysis.disclosure.quasi;
  if (by.empty()) {
    return bad(
        "no column of this table was found to tell who somebody is: say by which to count / "
        "集計する列を選んでください");
  }
  std::vector<std::size_t> columns;
  for (const std::string& name : by) {
    columns.push_back(view.table->find(name));
    if (columns.back() == WorkColumn::kNone) return bad("there is no column " + name);
  }
  FrequencyCounter counter(by);
  view.table->for_each(0, [&](const WorkRow& row) {
    if (row.dropped) return true;
    std::vector<std::string_view> values;
    for (const std::size_t column : columns) values.emplace_back(row.cells[column]);
    counter.add(values);
    return true;
  });
  const SuppressionRule rule{Disclosure::kSmallest, Disclosure::kSmallest};
  const auto table = counter.finish();
  if (!table) return tl::unexpected(table.error());
  const auto suppression = suppress(*table, rule);
  if (!suppression) return tl::unexpected(suppression.error());
  if (auto proof = check_suppression(*table, *suppression, rule); !proof) return tl::unexpected(proof.error());
  return suppressed_csv(*table, *suppression);
}

}  // namespace tsunagu::catalog
