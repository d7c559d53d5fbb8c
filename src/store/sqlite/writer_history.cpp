// The writer's side of HistoryWrite.
#include <algorithm>

#include "store/sqlite/writer.h"

namespace tsunagu::store {
namespace {

Outcome refused(Error error) {
  Outcome outcome;
  outcome.result = tl::unexpected(std::move(error));
  return outcome;
}

}  // namespace

Result<std::vector<std::uint64_t>> Writer::past_numbers(TenantId tenant, std::string_view id) {
  std::vector<std::uint64_t> out;
  for (const EndedNumber& one : ended_)
    if (one.tenant == tenant && one.id == id) out.push_back(one.number);
  for (const auto& part : history_.tail.snapshot().parts) part->numbers(tenant, id, out);
  auto tables = history_.pool.take();
  if (!tables) return tl::unexpected(tables.error());
  if (auto done = (*tables)->past_numbers(tenant, id, out); !done) return tl::unexpected(done.error());
  history_.pool.give_back(std::move(*tables));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Outcome Writer::write_history(const HistoryWrite& write) {
  if (!state_.tenant(write.tenant)) return refused({ErrorCode::kNonexistentTenant, "Unknown tenant"});
  for (const ngsi::Attribute& attribute : write.add)
    if (auto fits = ngsi::check_sizes(attribute); !fits) return refused(fits.error());
  for (const HistoryWrite::Replacement& one : write.replace)
    if (auto fits = ngsi::check_sizes(one.by); !fits) return refused(fits.error());
  auto numbers = past_numbers(write.tenant, write.id);
  if (!numbers) return refused(numbers.error());
  const Touched& touched = touched_[touch(write.tenant, write.id)];
  const Instant at = next_instant();
  Outcome outcome;
  outcome.before = outcome.after = touched.current;

  std::erase(*numbers, touched.current ? touched.number : 0);  // a HistoryWrite made it known while the entity exists
  const bool adds = !write.add.empty() || !write.types.empty() || !write.scopes.empty();
  const bool removes = write.forget || !write.forget_series.empty() || !write.forget_instances.empty() || !write.replace.empty();
  std::uint64_t target = touched.current ? touched.number : numbers->empty() ? 0 : numbers->back();
  if (adds && target == 0) {
    if (write.types.empty()) return refused({ErrorCode::kBadRequestData, "Nothing is remembered of " + write.id + ", and no type is given"});
    target = next_number_++;
    numbers->push_back(target);
    ended_.push_back({write.tenant, write.id, target});
  }
  if (touched.current) numbers->push_back(touched.number);
  for (const std::uint64_t number : *numbers) {
    const bool adding = adds && number == target;
    if (!removes && !adding) continue;
    const std::size_t size = row_.size();
    row_.append_history(write.tenant, number, at, write, !touched.current || number != touched.number, adding);
    count_change(size);
  }
  last_instant_.us += static_cast<std::int64_t>(write.add.size());
  return outcome;
}

}  // namespace tsunagu::store
