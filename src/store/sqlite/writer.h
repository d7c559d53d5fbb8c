// The one thread that changes a store: takes what is queued as one group, decides, writes one transaction, applies it
// to memory, answers.
#pragma once
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/embedded.h"
#include "store/history/reader.h"
#include "store/memory/state.h"
#include "store/sqlite/change.h"
#include "store/sqlite/checkpoint.h"
#include "store/sqlite/database.h"
#include "store/sqlite/folding.h"
#include "store/sqlite/wal_keeper.h"
#include "store/store.h"

namespace tsunagu::store {

class Writer {
 public:
  struct Start {
    std::uint64_t last_sequence = 0, next_number = 1, checkpoint_sequence = 0, folded_sequence = 0;
    std::uint64_t first_sequence = 0;  ///< of the journal's oldest row
    std::uint32_t terms = 0;           ///< that are in the file
    std::uint64_t last_outbox_row = 0;
    Instant last_instant;
  };
  Writer(State& state, HistoryShared& history, Database db, std::unique_ptr<WalKeeper> wal,
         const EmbeddedOptions& options, const Start& start);
  ~Writer();
  Result<void> prepare();
  /// What the replay of the journal changed since the last checkpoint. Before run().
  Checkpoint& checkpoint() { return checkpoint_; }
  void run();

  void submit(std::vector<Write> writes, Done done);
  void make_tenant(std::string name, std::function<void(Result<TenantId>)> done);
  void stop();
  Stats stats() const;  ///< only what the writer counts
  void watch(Watcher& watcher);
  void unwatch(Watcher& watcher);

 private:
  struct Job {
    std::vector<Write> writes;
    Done done;
    std::string tenant;  ///< with tenant_done: to be made
    std::function<void(Result<TenantId>)> tenant_done;
    std::vector<Outcome> outcomes;
    Result<TenantId> made = TenantId{};
  };
  /// An entity that this group looked at or changed.
  struct Touched {
    TenantId tenant;
    std::string_view id;
    std::uint32_t slot = kNoSlot;      ///< before the group
    std::uint32_t new_slot = kNoSlot;  ///< after it, of an entity that it created
    std::uint64_t number_before = 0, number = 0;
    ngsi::RecordPtr before, current;
  };

  void loop();
  bool wait_for_work(std::vector<Job>& jobs);                        ///< false: stopping, and nothing is left
  std::size_t run_group(std::vector<Job>& jobs, std::size_t first);  ///< how many jobs it took
  void decide(Job& job);
  Outcome write_entity(const EntityWrite& write);
  Outcome write_history(const HistoryWrite& write);
  Result<std::vector<std::uint64_t>> past_numbers(TenantId tenant, std::string_view id);
  Outcome write_document(const DocumentWrite& write);
  void add_tenant(Job& job);
  void expire();
  std::size_t touch(TenantId tenant, std::string_view id);
  Outcome write_outbox(const OutboxWrite& write);
  void ask_watchers();
  void tell_watchers(bool committed);
  void tell_changes(bool committed);
  void note_change(const Touched& touched, ngsi::RecordPtr after, Instant at);
  void put(Touched& touched, ngsi::RecordPtr record, Instant at);
  void remove(Touched& touched, Instant at);
  void journal(ChangeOp op, const Touched& touched, Instant at, const ngsi::Record* after);
  void count_change(std::size_t size_before);
  Result<void> commit();
  Result<void> write_transaction();
  void apply();
  void apply_entities(std::size_t first, std::size_t last);
  void keep_house();
  Result<void> make_room();
  void write_folded_slice();
  Result<void> write_folded(const FoldSlice& slice);
  std::uint64_t trimmable() const;  ///< journal rows that nobody needs
  Result<void> trim_journal();
  void note_result(const Result<void>& result, std::size_t writes, double ms);
  std::chrono::steady_clock::time_point next_alarm() const;
  Instant next_instant();
  Instant next_expiry() const;

  State& state_;
  HistoryShared& history_;
  const EmbeddedOptions options_;
  Database db_;
  std::unique_ptr<WalKeeper> wal_;
  Checkpoint checkpoint_;
  Folding folding_;
  Statement put_leaf_, remove_leaf_, put_life_, remove_life_, note_folded_, trim_journal_;
  Statement begin_, commit_, put_journal_, put_term_, put_tenant_, put_document_, remove_document_, put_outbox_,
      remove_outbox_;

  // Shared with those who submit.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Job> queue_;
  std::size_t queued_writes_ = 0;
  bool stopping_ = false;
  Stats stats_;

  struct Watching {
    Watcher* watcher;
    std::size_t first_row;  ///< in outbox_rows_, of its own
  };
  std::mutex watcher_mutex_;  ///< held by the writer from due() to committed() or failed()
  std::vector<Watching> watchers_;

  // The writer thread's own.
  std::uint64_t sequence_, next_number_;
  std::uint32_t terms_written_;
  Instant last_instant_;
  std::vector<Touched> touched_;
  IdTable touched_table_;
  std::vector<EndedNumber> ended_;  ///< in this group
  std::vector<const DocumentWrite*> documents_;
  std::vector<const OutboxWrite*> outbox_writes_;
  std::vector<EntityChange> changes_;  ///< of this group
  std::vector<PastChange> past_changes_;
  std::vector<std::string> outbox_rows_;  ///< that the watchers made of them
  std::uint64_t last_outbox_row_;
  Result<void> room_;                               ///< may this group add to history?
  std::uint64_t folded_sequence_, first_sequence_;  ///< history is folded up to; oldest row of the journal
  std::vector<Job*> new_tenants_;
  RowBuilder row_;
  std::vector<std::string> full_rows_;  ///< of this group, before row_
  std::size_t group_bytes_ = 0;
  std::uint64_t group_first_number_ = 0;
  std::uint64_t journal_since_checkpoint_ = 0;
  std::chrono::steady_clock::time_point last_checkpoint_, retry_after_;
  GraphBatch batch_;
  std::thread thread_;
};

/// `record` without the attributes (at any depth) that expired at `at`.
ngsi::RecordPtr without_expired(const ngsi::Record& record, Instant at);

}  // namespace tsunagu::store
