#include "store/sqlite/load.h"

#include <malloc.h>

#include "store/sqlite/folder.h"

namespace tsunagu::store {
namespace {

Result<void> load_terms(const std::vector<std::string>& terms) {
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const ngsi::TermId id = ngsi::terms().intern(terms[i]);
    if (id.value != i + 1)
      return fail(ErrorCode::kInternalError,
                  "The term " + terms[i] + " has number " + std::to_string(i + 1) + " in the data folder and " +
                      std::to_string(id.value) +
                      " in this process: a folder has to be opened before anything else uses terms");
  }
  return {};
}

}  // namespace

Result<Loading> load(Database& db, State& state, Tail& tail, const EmbeddedOptions& options) {
  const auto say = [&](const std::string& line) {
    if (options.progress) options.progress(line);
  };
  auto head = read_head(db);
  if (!head) return tl::unexpected(head.error());
  if (auto done = load_terms(head->terms); !done) return tl::unexpected(done.error());

  std::string damage;
  const auto report = [&](std::string what) {
    if (damage.empty()) damage = std::move(what);
  };
  Image image;
  auto done =
      read_entities(db, image, report, [&](std::uint64_t rows) { say(std::to_string(rows) + " entities read"); });
  const std::uint64_t rows = image.entities.size();
  const auto use_row = [&](std::string_view data, std::uint64_t sequence) -> Result<void> {
    if (sequence > head->checkpoint_sequence) {
      if (auto applied = image.apply(data, sequence); !applied) return applied;
    }
    if (sequence <= head->folded_sequence) return {};
    if (auto sound = check_row(data, sequence); !sound) return sound;
    tail.append(sequence, std::string(data));
    return {};
  };
  if (done) done = read_journal(db, std::min(head->checkpoint_sequence, head->folded_sequence), use_row, report);
  if (!done) return tl::unexpected(done.error());
  for (std::string& problem : image.leftovers()) report(std::move(problem));
  if (!damage.empty())
    return fail(ErrorCode::kInternalError, "The data folder " + options.folder.string() + " is damaged: " + damage +
                                               "; run `tsunagu check`, or restore a backup");
  if (image.changes > 0)
    say(std::to_string(image.changes) + " changes replayed over " + std::to_string(rows) + " entities");

  Loading out;
  out.start.last_sequence = head->last_sequence;
  out.start.checkpoint_sequence = head->checkpoint_sequence;
  out.start.folded_sequence = head->folded_sequence;
  out.start.first_sequence = head->first_sequence;
  out.start.last_instant = head->last_instant;
  out.start.terms = static_cast<std::uint32_t>(head->terms.size());
  out.start.next_number = head->next_number;
  const auto last_row = db.integer("SELECT max(seq) FROM sqlite_sequence WHERE name='outbox'");
  if (!last_row) return tl::unexpected(last_row.error());
  out.start.last_outbox_row = static_cast<std::uint64_t>(*last_row);
  out.start.next_number = std::max(out.start.next_number, image.highest_number + 1);
  out.removed = std::move(image.removed);
  tail.set_sequence(head->last_sequence);
  for (const std::uint64_t number : out.removed) out.start.next_number = std::max(out.start.next_number, number + 1);

  for (std::string& name : head->tenants) {
    state.tenants.push_back(std::make_unique<Tenant>());
    state.tenants.back()->name = std::move(name);
  }
  for (FolderHead::Document& document : head->documents)
    state.tenants[document.tenant.value]->documents[document.collection][document.key] = std::move(document.body);

  image.finish();
  std::vector<std::vector<Graph::Loaded>> by_tenant(state.tenants.size());
  for (Image::Entity& entity : image.entities) {
    out.start.next_number = std::max(out.start.next_number, entity.number + 1);
    if (entity.tenant.value >= by_tenant.size())
      return fail(ErrorCode::kInternalError,
                  "The data folder is damaged: entity " + std::to_string(entity.number) + " is of an unknown tenant");
    auto& loaded = by_tenant[entity.tenant.value];
    if (entity.changed) out.changed.emplace_back(entity.tenant, static_cast<std::uint32_t>(loaded.size()));
    loaded.push_back({entity.number, std::move(entity.record)});
  }
  if (!image.entities.empty()) say("building indexes of " + std::to_string(image.entities.size()) + " entities");
  image = {};
  for (std::size_t i = 0; i < by_tenant.size(); ++i)
    state.tenants[i]->graph.load(std::move(by_tenant[i]), options.load_threads);
  ::malloc_trim(0);  // what loading needed besides goes back to the system
  return out;
}

}  // namespace tsunagu::store
