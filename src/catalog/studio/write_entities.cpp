#include <fmt/format.h>

#include <future>
#include <unordered_map>
#include <unordered_set>

#include "base/hash.h"
#include "base/json.h"
#include "broker/entities.h"
#include "catalog/import/importer.h"
#include "catalog/studio/publication.h"
#include "catalog/studio/shipped.h"
#include "ngsi/body.h"
#include "ngsi/core_context.h"

namespace tsunagu::catalog {
namespace {

constexpr std::size_t kBatch = 500;
constexpr std::size_t kRead = 256 << 10;

Result<Mapping> mapping_of(const std::string& standard) {
  const Standard* found = find_standard(standard);
  if (found == nullptr) return bad("there is no standard " + standard);
  return read_mapping(
      shipped_file("mappings/" + found->mapping), found->mapping, [](const std::string& path) -> Result<std::string> {
        const std::string_view text = shipped_file(path.starts_with("../") ? path.substr(3) : "mappings/" + path);
        if (text.empty()) return bad(path + ": is not part of the program");
        return std::string(text);
      });
}

/// What is told of a row besides its entity.
struct RowHandlers {
  std::function<Result<void>(Entity)> entity;
  std::function<void(const Fault&)> left_out;  ///< no entity
  std::function<void(const Fault&)> cell;      ///< the entity goes without this cell, which means nothing
};

/// Gives the entities of a file. Unlike a load, where people wait for what is wrong, a cell that cannot be read costs
/// only itself: its finding was shown before, and accepted.
Result<void> read_entities(const Files& files, const EntitySource& source, const Mapping& mapping,
                           const RowHandlers& to) {
  auto reader = files.open(source.file);
  if (!reader) return tl::unexpected(reader.error());
  Result<void> result{};
  std::unordered_set<std::string> seen;
  const auto take = [&](const Row& given) {
    if (!result) return;
    Row row = given;
    auto entity = make_entity(mapping, row);
    while (!entity) {
      const std::size_t at = entity.error().column.empty() ? Columns::kNone : row.columns->find(entity.error().column);
      if (at >= row.cells.size() || row.cells[at].kind == Cell::Kind::kAbsent || row.cells[at].text.empty()) break;
      to.cell(entity.error());
      row.cells[at] = {};
      entity = make_entity(mapping, row);
    }
    if (!entity) return to.left_out(entity.error());
    if (!seen.insert(entity->id).second)
      return to.left_out({given.line, "", "the same id as an earlier row: " + entity->id});
    result = to.entity(std::move(*entity));
  };
  RowReader rows(mapping.source,
                 {take, {}, [&to](const Fault& fault) { to.left_out(fault); }, [](const std::string&) {}});
  while (result) {
    auto bytes = reader->read(kRead);
    if (!bytes) return tl::unexpected(bytes.error());
    if (bytes->empty()) break;
    rows.feed(*bytes);
  }
  if (result) rows.finish();
  return result;
}

Result<void> submit(store::Store& store, std::vector<store::Write> writes) {
  if (writes.empty()) return {};
  std::promise<std::vector<store::Outcome>> promise;
  auto future = promise.get_future();
  store.submit(std::move(writes),
               [&promise](std::vector<store::Outcome> outcomes) { promise.set_value(std::move(outcomes)); });
  for (const store::Outcome& outcome : future.get()) {
    if (!outcome.result && outcome.result.error().code != ErrorCode::kResourceNotFound) return outcome.result;
  }
  return {};
}

/// Collects entities and writes them, a batch at a time.
class Writer {
 public:
  Writer(broker::Broker& broker, store::TenantId tenant, const Mapping& mapping)
      : broker_(broker), tenant_(tenant), mapping_(mapping) {}

  Result<void> add(const Entity& entity) {
    ids_.push_back(entity.id);
    const char* comma = whole_.empty() ? "[" : ",";
    const std::string json = to_json(entity);
    whole_ += comma + json;
    fragment_ += comma + json;
    if (const ngsi::RecordPtr record = broker_.store.find(tenant_, entity.id)) {
      // What the mapping makes and this row has not is taken away; what others wrote stays.
      fragment_.pop_back();
      for (const AttributeSpec& spec : mapping_.attributes) {
        const bool has = std::any_of(entity.attributes.begin(), entity.attributes.end(),
                                     [&spec](const auto& a) { return a.first == spec.name; });
        if (has || record->find(ngsi::core_context()->intern(spec.name)).data() == nullptr) continue;
        fragment_ += ',';
        append_json_string(fragment_, spec.name);
        fragment_ += R"(:"urn:ngsi-ld:null")";
      }
      fragment_ += '}';
    }
    return ids_.size() < kBatch ? Result<void>{} : flush();
  }

  Result<void> flush() {
    if (ids_.empty()) return {};
    auto whole = ngsi::Body::parse(whole_ + "]"), fragment = ngsi::Body::parse(fragment_ + "]");
    if (!whole) return tl::unexpected(whole.error());
    if (!fragment) return tl::unexpected(fragment.error());
    std::vector<store::Write> writes;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      auto made = whole->entity(i, *ngsi::core_context(), ngsi::BodyRule::kWhole);
      auto change = fragment->entity(i, *ngsi::core_context(), ngsi::BodyRule::kFragment);
      if (!made) return tl::unexpected(made.error());
      if (!change) return tl::unexpected(change.error());
      writes.emplace_back(
          store::EntityWrite{tenant_, ids_[i], broker::create_or_update_entity(std::move(made), std::move(*change))});
    }
    ids_.clear();
    whole_.clear();
    fragment_.clear();
    return submit(broker_.store, std::move(writes));
  }

 private:
  broker::Broker& broker_;
  store::TenantId tenant_;
  const Mapping& mapping_;
  std::vector<std::string> ids_;
  std::string whole_, fragment_;
};

}  // namespace

Result<EntityCounts> write_entities(broker::Broker& broker, const Files& files, store::TenantId tenant,
                                    const std::optional<EntitySource>& before, const std::optional<EntitySource>& after,
                                    PublicationProgress& progress) {
  EntityCounts counts;
  std::unordered_map<std::string, std::uint64_t> old;  // id → hash of what it was
  if (before) {
    const auto mapping = mapping_of(before->standard);
    if (!mapping) return tl::unexpected(mapping.error());
    auto read = read_entities(files, *before, *mapping,
                              {[&old](const Entity& entity) -> Result<void> {
                                 old.emplace(entity.id, hash64(to_json(entity)));
                                 return {};
                               },
                               [](const Fault&) {}, [](const Fault&) {}});
    if (!read) return tl::unexpected(read.error());
  }
  if (after) {
    const auto mapping = mapping_of(after->standard);
    if (!mapping) return tl::unexpected(mapping.error());
    Writer writer(broker, tenant, *mapping);
    const auto tell = [&counts](const Fault& fault) {
      if (counts.first_reason.empty()) counts.first_reason = fmt::format("line {}: {}", fault.line, to_string(fault));
    };
    auto read =
        read_entities(files, *after, *mapping,
                      {[&](const Entity& entity) -> Result<void> {
                         if (progress.stop)
                           return fail(ErrorCode::kUnavailable, "publishing was stopped: it goes on at the next start");
                         ++progress.done;
                         const auto known = old.find(entity.id);
                         const bool same = known != old.end() && known->second == hash64(to_json(entity)) &&
                                           static_cast<bool>(broker.store.find(tenant, entity.id));
                         if (known != old.end()) old.erase(known);
                         if (same) {
                           ++counts.unchanged;
                           return {};
                         }
                         ++counts.written;
                         return writer.add(entity);
                       },
                       [&](const Fault& fault) {
                         ++progress.done;
                         if (counts.left_out++ == 0) tell(fault);
                       },
                       [&](const Fault& fault) {
                         if (counts.cells_left_out++ == 0) tell(fault);
                       }});
    if (read) read = writer.flush();
    if (!read) return tl::unexpected(read.error());
  }
  std::vector<store::Write> removals;
  for (const auto& [id, hash] : old) {
    if (!broker.store.find(tenant, id)) continue;
    ++counts.removed;
    auto target = std::make_shared<const broker::Target>(broker::Target{id, std::nullopt});
    removals.emplace_back(store::EntityWrite{tenant, id, broker::delete_entity(std::move(target))});
    if (removals.size() < kBatch) continue;
    if (auto done = submit(broker.store, std::exchange(removals, {})); !done) return tl::unexpected(done.error());
  }
  if (auto done = submit(broker.store, std::move(removals)); !done) return tl::unexpected(done.error());
  return counts;
}

}  // namespace tsunagu::catalog
