#include "store/sqlite/writer.h"

#include <sqlite3.h>

#include <algorithm>
#include <exception>
#include <shared_mutex>

#include "base/log.h"

namespace tsunagu::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kGroupWrites = 4096;
constexpr std::size_t kGroupBytes = 8u << 20;
constexpr std::size_t kRowBytes = 16u << 20;  // a larger group becomes several journal rows of one transaction
constexpr std::size_t kSliceRows = 500;
constexpr std::size_t kApplyAtOnce = 64;
constexpr auto kWriteRetry = std::chrono::seconds(1);

Outcome failed(Error error) {
  Outcome outcome;
  outcome.result = tl::unexpected(std::move(error));
  return outcome;
}

}  // namespace

Writer::Writer(State& state, HistoryShared& history, Database db, std::unique_ptr<WalKeeper> wal,
               const EmbeddedOptions& options, const Start& start)
    : state_(state),
      history_(history),
      options_(options),
      db_(std::move(db)),
      wal_(std::move(wal)),
      checkpoint_(db_, state),
      folding_(history, options, start.folded_sequence,
               [&state](TenantId tenant) {
                 std::shared_lock lock(state.mutex);
                 return state.tenants[tenant.value]->name;
               }),
      sequence_(start.last_sequence),
      next_number_(start.next_number),
      terms_written_(start.terms),
      last_instant_(start.last_instant),
      last_outbox_row_(start.last_outbox_row),
      folded_sequence_(start.folded_sequence),
      first_sequence_(std::max<std::uint64_t>(start.first_sequence, 1)),
      last_checkpoint_(Clock::now()) {
  checkpoint_.set_sequence(start.checkpoint_sequence);
}

Writer::~Writer() {
  stop();
}

Result<void> Writer::prepare() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&begin_, "BEGIN IMMEDIATE"},
      {&commit_, "COMMIT"},
      {&put_journal_, "INSERT INTO journal(sequence, at, data) VALUES(?,?,?)"},
      {&put_term_, "INSERT INTO term(id, text) VALUES(?,?)"},
      {&put_tenant_, "INSERT INTO tenant(id, name) VALUES(?,?)"},
      {&put_document_, "INSERT OR REPLACE INTO document(tenant, collection, key, body) VALUES(?,?,?,?)"},
      {&remove_document_, "DELETE FROM document WHERE tenant=? AND collection=? AND key=?"},
      {&put_outbox_, "INSERT OR REPLACE INTO outbox(number, body) VALUES(?,?)"},
      {&remove_outbox_, "DELETE FROM outbox WHERE number=?"},
      {&put_leaf_,
       "INSERT INTO leaf(number, from_time, from_written, to_time, first_written, last_written, first_modified, "
       "last_modified, first_created, "
       "last_created, points, hash, data) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"},
      {&remove_leaf_, "DELETE FROM leaf WHERE id=?"},
      {&put_life_,
       "INSERT OR REPLACE INTO life(number, sequence, tenant, id, created, modified, deleted, data) "
       "VALUES(?,?,?,nullif(?,''),?,?,?,?)"},
      {&remove_life_, "DELETE FROM life WHERE number=?"},
      {&note_folded_, "UPDATE meta SET value=? WHERE key='folded_sequence'"},
      {&trim_journal_, "DELETE FROM journal WHERE sequence BETWEEN ? AND ?"},
  };
  for (const auto& [to, sql] : statements) {
    auto statement = db_.prepare(sql);
    if (!statement) return tl::unexpected(statement.error());
    *to = std::move(*statement);
  }
  sqlite3_wal_hook(
      db_.handle(),
      [](void* keeper, sqlite3*, const char*, int pages) {
        static_cast<WalKeeper*>(keeper)->grown(pages);
        return SQLITE_OK;
      },
      wal_.get());
  return checkpoint_.prepare();
}

void Writer::run() {
  thread_ = std::thread([this] { loop(); });
  folding_.start([this] {
    { std::lock_guard lock(mutex_); }  // the writer is waiting, or will look before it does
    wake_.notify_one();
  });
}

void Writer::submit(std::vector<Write> writes, Done done) {
  Error refusal{ErrorCode::kUnavailable, "The store is stopping"};
  {
    std::unique_lock lock(mutex_);
    if (!stopping_ && queued_writes_ + writes.size() > options_.max_queue && queued_writes_ > 0) {
      refusal.detail = "Too many writes are waiting (" + std::to_string(queued_writes_) + "); try again later";
    } else if (!stopping_) {
      queued_writes_ += writes.size();
      Job& job = queue_.emplace_back();
      job.writes = std::move(writes);
      job.done = std::move(done);
      lock.unlock();
      wake_.notify_one();
      return;
    }
  }
  std::vector<Outcome> outcomes(writes.size());
  for (Outcome& outcome : outcomes) outcome = failed(refusal);
  if (done) done(std::move(outcomes));
}

void Writer::make_tenant(std::string name, std::function<void(Result<TenantId>)> done) {
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) {
      Job& job = queue_.emplace_back();
      job.tenant = std::move(name);
      job.tenant_done = std::move(done);
      wake_.notify_one();
      return;
    }
  }
  done(fail(ErrorCode::kUnavailable, "The store is stopping"));
}

void Writer::stop() {
  folding_.stop();
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Stats Writer::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

void Writer::watch(Watcher& watcher) {
  std::lock_guard lock(watcher_mutex_);
  watchers_.push_back({&watcher, 0});
}

void Writer::unwatch(Watcher& watcher) {
  std::lock_guard lock(watcher_mutex_);
  std::erase_if(watchers_, [&](const Watching& one) { return one.watcher == &watcher; });
}

Clock::time_point Writer::next_alarm() const {
  auto alarm = Clock::now() + std::chrono::hours(1);
  if (checkpoint_.active()) alarm = Clock::now();
  if (checkpoint_.needed(sequence_)) alarm = std::min(alarm, last_checkpoint_ + options_.checkpoint_interval);
  if (const Instant expiry = next_expiry(); expiry != kNoInstant) {
    const std::int64_t us = std::clamp<std::int64_t>(expiry.us - now().us, 0, 3'600'000'000);
    alarm = std::min(alarm, Clock::now() + std::chrono::microseconds(us));
  }
  return std::max(alarm, retry_after_);
}

bool Writer::wait_for_work(std::vector<Job>& jobs) {
  const bool busy = (checkpoint_.active() || trimmable() > 0) && Clock::now() >= retry_after_;
  const auto alarm = busy ? Clock::time_point::min() : next_alarm();
  std::unique_lock lock(mutex_);
  if (!busy) wake_.wait_until(lock, alarm, [this] { return stopping_ || !queue_.empty() || folding_.has_slice(); });
  jobs.swap(queue_);
  queued_writes_ = 0;
  return !(stopping_ && jobs.empty());
}

void Writer::loop() {
  std::vector<Job> jobs;
  while (wait_for_work(jobs)) {
    for (std::size_t first = 0; first < jobs.size();) {
      first += run_group(jobs, first);
      keep_house();
    }
    if (jobs.empty()) {
      const Instant expiry = next_expiry();
      if (expiry != kNoInstant && expiry <= now() && Clock::now() >= retry_after_) run_group(jobs, 0);
      keep_house();
    }
    jobs.clear();
  }
  // Everything accepted is in the journal; a complete checkpoint makes the next start quick.
  while (checkpoint_.active() || checkpoint_.needed(sequence_)) {
    if (!checkpoint_.active()) checkpoint_.start(sequence_);
    if (const auto done = checkpoint_.slice(kSliceRows * 20, sequence_, next_number_); !done) {
      log::warn("The last checkpoint failed, the next start takes longer: {}", done.error().detail);
      break;
    }
  }
  wal_.reset();
}

std::size_t Writer::run_group(std::vector<Job>& jobs, std::size_t first) {
  const auto begin = Clock::now();
  touched_.clear();
  touched_table_.clear();
  ended_.clear();
  documents_.clear();
  outbox_writes_.clear();
  changes_.clear();
  past_changes_.clear();
  outbox_rows_.clear();
  new_tenants_.clear();
  full_rows_.clear();
  row_.start();
  group_bytes_ = 0;
  group_first_number_ = next_number_;
  room_ = make_room();

  std::size_t count = 0, writes = 0;
  while (first + count < jobs.size() && writes < kGroupWrites && group_bytes_ < kGroupBytes) {
    Job& job = jobs[first + count++];
    writes += job.writes.size();
    decide(job);
  }
  if (room_) expire();

  const bool changes = group_bytes_ > 0 || !documents_.empty() || !new_tenants_.empty() || !outbox_writes_.empty();
  Result<void> result;
  if (changes) {
    std::lock_guard watching(watcher_mutex_);
    ask_watchers();
    result = commit();
    if (result) apply();
    tell_watchers(result.has_value());
    if (!result) {
      next_number_ = group_first_number_;
      retry_after_ = Clock::now() + kWriteRetry;
    }
    note_result(result, writes, std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
  }
  for (std::size_t i = first; i < first + count; ++i) {
    Job& job = jobs[i];
    if (!result)
      for (Outcome& outcome : job.outcomes) outcome = failed(result.error());
    if (job.done) job.done(std::move(job.outcomes));
    if (job.tenant_done) job.tenant_done(result || !job.made ? job.made : tl::unexpected(result.error()));
  }
  return count;
}

void Writer::decide(Job& job) {
  if (job.tenant_done) add_tenant(job);
  job.outcomes.reserve(job.writes.size());
  for (const Write& write : job.writes) {
    if (const auto* entity = std::get_if<EntityWrite>(&write)) {
      job.outcomes.push_back(write_entity(*entity));
    } else if (const auto* document = std::get_if<DocumentWrite>(&write)) {
      job.outcomes.push_back(write_document(*document));
    } else if (const auto* row = std::get_if<OutboxWrite>(&write)) {
      job.outcomes.push_back(write_outbox(*row));
    } else {
      job.outcomes.push_back(write_history(std::get<HistoryWrite>(write)));
    }
  }
}

void Writer::add_tenant(Job& job) {
  for (std::size_t i = 0; i < state_.tenants.size(); ++i)
    if (state_.tenants[i]->name == job.tenant) return job.made = TenantId{static_cast<std::uint16_t>(i)}, void();
  for (const Job* other : new_tenants_)
    if (other->tenant == job.tenant) return job.made = other->made, void();
  const std::size_t id = state_.tenants.size() + new_tenants_.size();
  if (id > 65535) return job.made = fail(ErrorCode::kUnavailable, "There are 65,536 tenants already"), void();
  job.made = TenantId{static_cast<std::uint16_t>(id)};
  new_tenants_.push_back(&job);
}

Instant Writer::next_instant() {
  last_instant_ = std::max(now(), Instant{last_instant_ == kNoInstant ? 0 : last_instant_.us + 1});
  return last_instant_;
}

std::size_t Writer::touch(TenantId tenant, std::string_view id) {
  const std::uint64_t hash = Graph::id_hash(id);
  const std::uint64_t key = hash + tenant.value * 0x9e3779b9u;
  const std::uint32_t known =
      touched_table_.find(key, [&](std::uint32_t i) { return touched_[i].tenant == tenant && touched_[i].id == id; });
  if (known != kNoSlot) return known;
  Touched touched;
  touched.tenant = tenant;
  touched.id = id;
  const Graph& graph = state_.tenant(tenant)->graph;
  touched.slot = graph.find(id, hash);
  if (touched.slot != kNoSlot) {
    touched.before = touched.current = graph.slot(touched.slot).record;
    touched.number_before = touched.number = graph.slot(touched.slot).number;
  }
  touched_table_.insert(key, static_cast<std::uint32_t>(touched_.size()));
  touched_.push_back(std::move(touched));
  return touched_.size() - 1;
}

void Writer::journal(ChangeOp op, const Touched& touched, Instant at, const ngsi::Record* after) {
  const std::size_t size = row_.size();
  row_.append(op, touched.tenant, touched.number, at, op == ChangeOp::kCreate ? nullptr : touched.current.get(), after);
  count_change(size);
}

void Writer::count_change(std::size_t size_before) {
  group_bytes_ += row_.size() - size_before;
  if (row_.size() < kRowBytes) return;
  full_rows_.emplace_back(row_.finish(sequence_ + full_rows_.size() + 1));
  row_.start();
}

void Writer::ask_watchers() {
  if (changes_.empty()) return;
  for (Watching& one : watchers_) {
    one.first_row = outbox_rows_.size();
    one.watcher->due(changes_, outbox_rows_);
  }
}

void Writer::tell_watchers(bool committed) {
  if (!changes_.empty()) tell_changes(committed);
  if (!committed || past_changes_.empty()) return;
  for (const Watching& one : watchers_) one.watcher->past_committed(past_changes_);
}

void Writer::tell_changes(bool committed) {
  const std::uint64_t before = last_outbox_row_ - outbox_rows_.size();
  for (const Watching& one : watchers_) {
    if (committed) {
      one.watcher->committed(sequence_, changes_, before + one.first_row + 1);
    } else {
      one.watcher->failed();
    }
  }
}

void Writer::note_change(const Touched& touched, ngsi::RecordPtr after, Instant at) {
  changes_.push_back({touched.tenant, touched.current, std::move(after), at});
}

void Writer::put(Touched& touched, ngsi::RecordPtr record, Instant at) {
  if (touched.current && touched.current->bytes() == record->bytes()) return;
  note_change(touched, record, at);
  if (touched.current) {
    journal(ChangeOp::kUpdate, touched, at, record.get());
  } else {
    touched.number = next_number_++;
    journal(ChangeOp::kCreate, touched, at, record.get());
  }
  touched.current = std::move(record);
}

void Writer::remove(Touched& touched, Instant at) {
  note_change(touched, nullptr, at);
  journal(ChangeOp::kDelete, touched, at, nullptr);
  ended_.push_back({touched.tenant, touched.id, touched.number});
  touched.current = nullptr;
}

Outcome Writer::write_entity(const EntityWrite& write) {
  if (!state_.tenant(write.tenant)) return failed({ErrorCode::kNonexistentTenant, "Unknown tenant"});
  if (!room_) return failed(room_.error());
  Touched& touched = touched_[touch(write.tenant, write.id)];
  Instant at = next_instant();
  const Instant expired_at = at;
  const bool expired = touched.current && touched.current->expired(at);
  if (expired) at = next_instant();  // two writes: instants are unique within an id
  Outcome outcome;
  if (!expired) outcome.before = touched.current;
  outcome.after = outcome.before;

  Result<Decision> decision;
  try {
    decision = write.decide(outcome.before.get(), at);
  } catch (const std::exception& e) {
    decision = fail(ErrorCode::kInternalError, std::string("The decision on a write failed: ") + e.what());
  }
  if (!decision) {
    outcome.result = tl::unexpected(std::move(decision.error()));
    return outcome;
  }
  if (auto* to_put = std::get_if<Put>(&*decision)) {
    if (!to_put->record || to_put->record->id() != write.id) {
      outcome.result = fail(ErrorCode::kInternalError, "A write of " + write.id + " gave another entity");
      return outcome;
    }
    if (expired) remove(touched, expired_at);  // what comes now is a new entity
    outcome.after = to_put->record;
    put(touched, std::move(to_put->record), at);
  } else if (std::holds_alternative<Remove>(*decision) && touched.current) {
    outcome.after = nullptr;
    remove(touched, at);
  }
  return outcome;
}

Outcome Writer::write_document(const DocumentWrite& write) {
  if (!state_.tenant(write.tenant)) return failed({ErrorCode::kNonexistentTenant, "Unknown tenant"});
  documents_.push_back(&write);
  return {};
}

Outcome Writer::write_outbox(const OutboxWrite& write) {
  outbox_writes_.push_back(&write);
  return {};
}

Result<void> Writer::commit() {
  const auto done = write_transaction();
  if (done) return done;
  if (db_.in_transaction()) (void)db_.exec("ROLLBACK");
  return done;
}

Result<void> Writer::write_transaction() {
  if (auto done = begin_.run(); !done) return done;
  const std::uint32_t terms = ngsi::terms().size();
  for (std::uint32_t id = terms_written_ + 1; id <= terms; ++id)
    if (auto done = put_term_.bind(1, id).bind_text(2, ngsi::terms().text(ngsi::TermId{id})).run(); !done) return done;
  for (const Job* job : new_tenants_)
    if (auto done = put_tenant_.bind(1, job->made->value).bind_text(2, job->tenant).run(); !done) return done;
  for (const DocumentWrite* document : documents_) {
    Statement& statement = document->body ? put_document_ : remove_document_;
    statement.bind(1, document->tenant.value).bind_text(2, document->collection).bind_text(3, document->key);
    if (document->body) statement.bind_text(4, *document->body);
    if (auto done = statement.run(); !done) return done;
  }
  for (const OutboxWrite* row : outbox_writes_) {
    Statement& statement = row->body ? put_outbox_ : remove_outbox_;
    statement.bind(1, static_cast<std::int64_t>(row->number));
    if (row->body) statement.bind_blob(2, *row->body);
    if (auto done = statement.run(); !done) return done;
  }
  std::uint64_t outbox_row = last_outbox_row_;
  for (const std::string& body : outbox_rows_)
    if (auto done = put_outbox_.bind(1, static_cast<std::int64_t>(++outbox_row)).bind_blob(2, body).run(); !done)
      return done;
  std::uint64_t sequence = sequence_;
  const auto put_row = [&](std::string_view data) {
    return put_journal_.bind(1, static_cast<std::int64_t>(sequence)).bind(2, last_instant_.us).bind_blob(3, data).run();
  };
  for (const std::string& row : full_rows_) {
    ++sequence;
    if (auto done = put_row(row); !done) return done;
  }
  if (row_.changes() > 0) {
    ++sequence;
    if (auto done = put_row(row_.finish(sequence)); !done) return done;
  }
  if (auto done = commit_.run(); !done) return done;
  sequence_ = sequence;
  last_outbox_row_ = outbox_row;
  terms_written_ = terms;
  journal_since_checkpoint_ += group_bytes_;
  return {};
}

void Writer::apply() {
  std::uint64_t sequence = sequence_ - full_rows_.size() - (row_.changes() > 0);
  for (std::string& row : full_rows_) history_.tail.append(++sequence, std::move(row));
  if (row_.changes() > 0) history_.tail.append(++sequence, std::string(row_.bytes()));
  folding_.grown();
  if (!new_tenants_.empty() || !documents_.empty()) {
    std::lock_guard lock(state_.mutex);
    for (const Job* job : new_tenants_) {
      auto tenant = std::make_unique<Tenant>();
      tenant->name = job->tenant;
      state_.tenants.push_back(std::move(tenant));
    }
    for (const DocumentWrite* document : documents_) {
      auto& collection = state_.tenant(document->tenant)->documents[document->collection];
      if (document->body) {
        collection[document->key] = *document->body;
      } else {
        collection.erase(document->key);
      }
    }
  }
  // Slots are given in the order of creation.
  std::vector<Touched*> created;
  for (Touched& touched : touched_)
    if (touched.current && !(touched.before && touched.number == touched.number_before)) created.push_back(&touched);
  std::sort(created.begin(), created.end(), [](const Touched* a, const Touched* b) { return a->number < b->number; });
  for (Touched* touched : created) touched->new_slot = state_.tenant(touched->tenant)->graph.take_slot();
  for (std::size_t first = 0; first < touched_.size();) {
    std::size_t last = first + 1;
    while (last < touched_.size() && last - first < kApplyAtOnce && touched_[last].tenant == touched_[first].tenant)
      ++last;
    apply_entities(first, last);
    first = last;
  }
}

void Writer::apply_entities(std::size_t first, std::size_t last) {
  const TenantId tenant = touched_[first].tenant;
  Graph& graph = state_.tenant(tenant)->graph;
  std::vector<GraphChange> changes;
  changes.reserve(last - first);
  batch_.clear();
  for (std::size_t i = first; i < last; ++i) {
    Touched& t = touched_[i];
    if (t.current.get() == t.before.get()) continue;
    if (t.before && t.current && t.new_slot == kNoSlot) {
      changes.push_back({t.slot, t.number, t.before, t.current});
      checkpoint_.changed(tenant, t.slot);
      continue;
    }
    if (t.before) {
      changes.push_back({t.slot, t.number_before, t.before, nullptr});
      checkpoint_.removed(t.number_before);
    }
    if (t.current) {
      changes.push_back({t.new_slot, t.number, nullptr, t.current});
      checkpoint_.changed(tenant, t.new_slot);
    }
  }
  for (const GraphChange& change : changes) Graph::prepare(change, batch_);
  std::lock_guard lock(state_.mutex);
  graph.apply(changes, batch_);
}

void Writer::note_result(const Result<void>& result, std::size_t writes, double ms) {
  std::lock_guard lock(mutex_);
  if (result && !stats_.writable) log::info("The data folder can be written again");
  if (!result && stats_.writable) log::error("A write failed: {}", result.error().detail);
  stats_.writable = result.has_value();
  if (!result) return;
  stats_.commits += writes;
  stats_.groups += 1;
  stats_.journal_bytes += group_bytes_;
  stats_.last_sequence = sequence_;
  stats_.last_group_ms = ms;
}

// Between groups: a slice of the checkpoint or of folded history, the end of a copy of the write-ahead log.
void Writer::keep_house() {
  const auto time = Clock::now();
  // (What is folded is written even when the disk was full a moment ago: the folding thread waits for an answer.)
  write_folded_slice();
  if (time < retry_after_) return;
  if (!checkpoint_.active() && checkpoint_.needed(sequence_) &&
      (journal_since_checkpoint_ >= options_.checkpoint_journal_bytes ||
       time - last_checkpoint_ >= options_.checkpoint_interval)) {
    checkpoint_.start(sequence_);
    journal_since_checkpoint_ = 0;
    last_checkpoint_ = time;
  }
  if (checkpoint_.active()) {
    if (const auto done = checkpoint_.slice(kSliceRows, sequence_, next_number_); !done) {
      log::warn("A checkpoint could not be written and will be tried again: {}", done.error().detail);
      retry_after_ = time + kWriteRetry;
    }
  }
  if (const auto done = trim_journal(); !done) {
    log::warn("Old journal rows could not be removed and will be tried again: {}", done.error().detail);
    retry_after_ = time + kWriteRetry;
  }
  if (wal_->take_finish())
    sqlite3_wal_checkpoint_v2(db_.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace tsunagu::store
