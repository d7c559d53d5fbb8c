#include "store/embedded.h"

#include <algorithm>
#include <atomic>
#include <future>
#include <shared_mutex>
#include <system_error>

#include "store/memory/cursor.h"
#include "store/memory/state.h"
#include "store/sqlite/folder.h"
#include "store/sqlite/load.h"
#include "store/sqlite/writer.h"

namespace tsunagu::store {
namespace {

class EmbeddedStore final : public Store {
 public:
  EmbeddedStore(std::filesystem::path folder, FolderLock lock, std::shared_ptr<State> state,
                std::shared_ptr<HistoryShared> history, std::unique_ptr<Writer> writer)
      : folder_(std::move(folder)),
        lock_(std::move(lock)),
        state_(std::move(state)),
        history_(std::move(history)),
        writer_(std::move(writer)) {}
  ~EmbeddedStore() override { writer_->stop(); }

  std::optional<TenantId> find_tenant(std::string_view name) const override {
    std::shared_lock lock(state_->mutex);
    for (std::size_t i = 0; i < state_->tenants.size(); ++i)
      if (state_->tenants[i]->name == name) return TenantId{static_cast<std::uint16_t>(i)};
    return std::nullopt;
  }

  Result<TenantId> make_tenant(std::string_view name) override {
    if (const auto known = find_tenant(name)) return *known;
    const auto legal = [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' ||
             c == '-';
    };
    if (name.size() > 64 || !std::all_of(name.begin(), name.end(), legal))
      return bad("A tenant's name is 1 to 64 of the characters A-Z a-z 0-9 _ . -");
    std::promise<Result<TenantId>> made;
    writer_->make_tenant(std::string(name), [&made](Result<TenantId> result) { made.set_value(std::move(result)); });
    return made.get_future().get();
  }

  std::vector<std::pair<TenantId, std::string>> tenants() const override {
    std::shared_lock lock(state_->mutex);
    std::vector<std::pair<TenantId, std::string>> out;
    for (std::size_t i = 0; i < state_->tenants.size(); ++i)
      out.emplace_back(TenantId{static_cast<std::uint16_t>(i)}, state_->tenants[i]->name);
    return out;
  }

  TenantUsage usage(TenantId tenant) const override {
    std::shared_lock lock(state_->mutex);
    const Tenant* t = state_->tenant(tenant);
    return t == nullptr ? TenantUsage{} : TenantUsage{t->graph.size(), t->graph.record_bytes()};
  }

  ngsi::RecordPtr find(TenantId tenant, std::string_view id) const override {
    const std::uint64_t hash = Graph::id_hash(id);
    ngsi::RecordPtr record;
    {
      std::shared_lock lock(state_->mutex);
      const Tenant* t = state_->tenant(tenant);
      const std::uint32_t slot = t ? t->graph.find(id, hash) : kNoSlot;
      if (slot != kNoSlot) record = t->graph.slot(slot).record;
    }
    if (record && record->expires_at() != kNoInstant && record->expired(now())) return nullptr;
    return record;
  }

  std::unique_ptr<Cursor> query(TenantId tenant, ngsi::Selection selection) const override {
    return open_cursor(state_, tenant, std::move(selection));
  }

  std::vector<TypeCount> types(TenantId tenant) const override {
    std::shared_lock lock(state_->mutex);
    const Tenant* t = state_->tenant(tenant);
    return t ? t->graph.types() : std::vector<TypeCount>();
  }

  std::vector<AttributeUse> attribute_uses(TenantId tenant) const override {
    std::shared_lock lock(state_->mutex);
    const Tenant* t = state_->tenant(tenant);
    return t ? t->graph.attribute_uses() : std::vector<AttributeUse>();
  }

  std::optional<std::string> document(TenantId tenant, std::string_view collection,
                                      std::string_view key) const override {
    std::shared_lock lock(state_->mutex);
    const auto* found = this->collection(tenant, collection);
    if (!found) return std::nullopt;
    const auto it = found->find(key);
    return it == found->end() ? std::nullopt : std::optional(it->second);
  }

  std::vector<std::pair<std::string, std::string>> documents(TenantId tenant,
                                                             std::string_view collection) const override {
    std::shared_lock lock(state_->mutex);
    const auto* found = this->collection(tenant, collection);
    if (!found) return {};
    return {found->begin(), found->end()};
  }

  Result<std::unique_ptr<HistoryReader>> history(TenantId tenant) const override {
    return open_history(state_, history_, tenant);
  }

  Result<std::vector<OutboxRow>> outbox() const override {
    auto db = open_readable(folder_ / kFileName);
    if (!db) return tl::unexpected(db.error());
    auto rows = db->prepare("SELECT number, body FROM outbox ORDER BY number");
    if (!rows) return tl::unexpected(rows.error());
    std::vector<OutboxRow> out;
    for (;;) {
      const auto more = rows->step();
      if (!more) return tl::unexpected(more.error());
      if (!*more) return out;
      out.push_back({static_cast<std::uint64_t>(rows->integer(0)), std::string(rows->blob(1))});
    }
  }

  void watch(Watcher& watcher) override { writer_->watch(watcher); }
  void unwatch(Watcher& watcher) override { writer_->unwatch(watcher); }

  void submit(std::vector<Write> writes, Done done) override { writer_->submit(std::move(writes), std::move(done)); }

  Stats stats() const override {
    Stats stats = writer_->stats();
    stats.terms = ngsi::terms().size();
    std::shared_lock lock(state_->mutex);
    stats.tenants = state_->tenants.size();
    for (const auto& tenant : state_->tenants) {
      stats.entities += tenant->graph.size();
      stats.record_bytes += tenant->graph.record_bytes();
      for (const auto& [name, documents] : tenant->documents) stats.documents += documents.size();
    }
    return stats;
  }

  void stop() override { writer_->stop(); }

 private:
  const Documents::mapped_type* collection(TenantId tenant, std::string_view name) const {
    const Tenant* t = state_->tenant(tenant);
    if (!t) return nullptr;
    const auto it = t->documents.find(name);
    return it == t->documents.end() ? nullptr : &it->second;
  }

  const std::filesystem::path folder_;
  FolderLock lock_;
  std::shared_ptr<State> state_;
  std::shared_ptr<HistoryShared> history_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace

Result<std::unique_ptr<Store>> open_embedded(EmbeddedOptions options) {
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error)
    return fail(error == std::errc::no_space_on_device ? ErrorCode::kStorageFull : ErrorCode::kReadOnly,
                options.folder.string() + " cannot be created: " + error.message());
  auto lock = FolderLock::take(options.folder);
  if (!lock) return tl::unexpected(lock.error());
  auto db = open_writable(options.folder);
  if (!db) return tl::unexpected(db.error());

  auto state = std::make_shared<State>();
  auto history = std::make_shared<HistoryShared>(options.folder / kFileName);
  auto loading = load(*db, *state, history->tail, options);
  if (!loading) return tl::unexpected(loading.error());

  const bool every_commit = options.durability == Durability::kFsync;
  if (!every_commit)
    if (auto done = db->exec("PRAGMA synchronous=NORMAL"); !done) return tl::unexpected(done.error());
  auto wal =
      WalKeeper::start(options.folder, every_commit ? std::chrono::milliseconds(0)
                                                    : std::max(options.sync_interval, std::chrono::milliseconds(1)));
  if (!wal) return tl::unexpected(wal.error());
  auto writer = std::make_unique<Writer>(*state, *history, std::move(*db), std::move(*wal), options, loading->start);
  if (auto done = writer->prepare(); !done) return tl::unexpected(done.error());
  for (const auto& [tenant, slot] : loading->changed) writer->checkpoint().changed(tenant, slot);
  for (const std::uint64_t number : loading->removed) writer->checkpoint().removed(number);
  writer->run();
  return std::make_unique<EmbeddedStore>(std::move(options.folder), std::move(*lock), std::move(state),
                                         std::move(history), std::move(writer));
}

}  // namespace tsunagu::store
