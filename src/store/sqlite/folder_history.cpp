// History out of a folder that is not opened as a store.
#include <algorithm>

#include "store/embedded.h"
#include "store/history/reader.h"
#include "store/sqlite/folder.h"
#include "store/sqlite/load.h"

namespace tsunagu::store {
namespace {

class ReadFolder final : public FolderHistory {
 public:
  ReadFolder(std::shared_ptr<State> state, std::shared_ptr<HistoryShared> shared)
      : state_(std::move(state)), shared_(std::move(shared)) {}

  std::vector<std::pair<TenantId, std::string>> tenants() const override {
    std::vector<std::pair<TenantId, std::string>> out;
    for (std::size_t i = 0; i < state_->tenants.size(); ++i)
      out.emplace_back(TenantId{static_cast<std::uint16_t>(i)}, state_->tenants[i]->name);
    return out;
  }

  Result<std::vector<std::string>> ids(TenantId tenant) const override {
    std::vector<std::string> out;
    const Graph& graph = state_->tenant(tenant)->graph;
    for (std::uint32_t slot = 0; slot < graph.slot_end(); ++slot)
      if (const ngsi::RecordPtr& record = graph.slot(slot).record) out.emplace_back(record->id());
    auto history = reader(tenant);
    if (!history) return tl::unexpected(history.error());
    for (std::string after;;) {
      auto past = (*history)->past_entities(after, 1000);
      if (!past) return tl::unexpected(past.error());
      if (past->empty()) break;
      after = past->back().id;
      for (RememberedEntity& one : *past) out.push_back(std::move(one.id));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  Result<std::unique_ptr<HistoryReader>> reader(TenantId tenant) const override {
    return open_history(state_, shared_, tenant);
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<HistoryShared> shared_;
};

}  // namespace

Result<std::unique_ptr<FolderHistory>> open_folder_history(const std::filesystem::path& folder) {
  auto db = open_readable(folder / kFileName);
  if (!db) return tl::unexpected(db.error());
  // One read transaction: a running store may write meanwhile. Leaves are read later and may hold more, but nothing
  // twice.
  if (auto done = db->exec("BEGIN"); !done) return tl::unexpected(done.error());
  auto state = std::make_shared<State>();
  auto shared = std::make_shared<HistoryShared>(folder / kFileName);
  EmbeddedOptions options;
  options.folder = folder;
  if (auto loaded = load(*db, *state, shared->tail, options); !loaded) return tl::unexpected(loaded.error());
  return std::make_unique<ReadFolder>(std::move(state), std::move(shared));
}

}  // namespace tsunagu::store
