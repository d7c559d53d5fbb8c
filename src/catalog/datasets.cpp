#include "catalog/datasets.h"

#include <algorithm>
#include <future>

#include "base/text.h"
#include "broker/entities.h"

namespace tsunagu::catalog {
namespace {

std::size_t number_of(std::string_view id) {
  return parse_number<std::uint32_t>(id.substr(id.rfind(':') + 1)).value_or(0);
}

tl::unexpected<Error> no_dataset(std::string_view name) {
  return fail(ErrorCode::kResourceNotFound, "there is no data set " + std::string(name));
}

/// Would both be written alike?
template <class Value>
bool same(const Value& a, const Value& b) {
  const auto first = to_json(a), second = to_json(b);
  return first && second && *first == *second;
}

/// Gathers the versions of a file from the values that `content` had, newest first.
class VersionVisitor final : public store::SeriesVisitor {
 public:
  bool point(const store::HistoryPoint& point) override {
    const auto content = read_content(point.instance.value());
    const auto* file = content ? std::get_if<FileContent>(&*content) : nullptr;
    if (file == nullptr) return true;
    // What was written again stays the same version, of the time when it was first written.
    const auto same = std::ranges::find(found, file->version, [](const Version& v) { return v.content.version; });
    if (same != found.end()) {
      if (same->content.file == file->file) same->modified = point.written;
      return true;
    }
    found.push_back({*file, point.written, 0});
    return true;
  }
  std::vector<Version> found;
};

}  // namespace

Result<Dataset> Datasets::find(store::TenantId tenant, std::string_view name) const {
  if (!valid_name(name)) return no_dataset(name);
  const ngsi::RecordPtr record = broker_.store.find(tenant, dataset_id(name));
  auto dataset = record ? read_dataset(*record) : std::nullopt;
  if (!dataset) return no_dataset(name);
  return std::move(*dataset);
}

Result<Distribution> Datasets::distribution(store::TenantId tenant, std::string_view id) const {
  const ngsi::RecordPtr record = name_in(id).empty() ? nullptr : broker_.store.find(tenant, id);
  auto distribution = record ? read_distribution(*record) : std::nullopt;
  if (!distribution) return fail(ErrorCode::kResourceNotFound, "there is no distribution " + std::string(id));
  return std::move(*distribution);
}

Result<std::vector<Distribution>> Datasets::distributions(store::TenantId tenant, const Dataset& dataset) const {
  std::vector<Distribution> all;
  for (const std::string& id : dataset.distribution) {
    if (auto each = distribution(tenant, id)) all.push_back(std::move(*each));
  }
  return all;
}

Result<std::vector<Version>> Datasets::versions(store::TenantId tenant, std::string_view id) const {
  auto history = broker_.store.history(tenant);
  if (!history) return tl::unexpected(history.error());
  VersionVisitor visitor;
  store::TimeWindow window;
  window.everything = true;
  const store::SeriesKey series{ngsi::core_context()->intern("content"), ""};
  if (auto done = (*history)->scan(id, series, window, true, visitor); !done) return tl::unexpected(done.error());
  std::ranges::sort(visitor.found, std::greater(), [](const Version& v) { return v.content.version; });
  for (Version& version : visitor.found) {
    if (const auto file = files_.open(version.content.file)) version.byte_size = file->size();
  }
  return std::move(visitor.found);
}

Result<void> Datasets::prepare(store::TenantId tenant, const Dataset& dataset, std::vector<Distribution>& all) const {
  std::size_t number = 0;
  const auto old = find(tenant, dataset.name);
  const auto count = [&](std::string_view id) { number = std::max(number, number_of(id)); };
  if (old) std::ranges::for_each(old->distribution, count);
  for (const Distribution& each : all) {
    if (!each.id.empty()) count(each.id);
  }
  for (Distribution& each : all) {
    if (each.id.empty()) each.id = distribution_id(dataset.name, ++number);
    if (name_in(each.id) != dataset.name) return bad(each.id + " is no distribution of " + dataset.name);
    if (const auto before = distribution(tenant, each.id)) each.download_count = before->download_count;
    if (const auto* query = std::get_if<QueryContent>(&each.content)) {
      if (auto publishable = check_publishable(tenant, *query); !publishable) return publishable;
    }
    auto* file = std::get_if<FileContent>(&each.content);
    if (file == nullptr) continue;
    const auto opened = files_.open(file->file);
    if (!opened) return tl::unexpected(opened.error());
    if (each.byte_size == 0) each.byte_size = opened->size();
    const auto remembered = versions(tenant, each.id);
    if (!remembered) return tl::unexpected(remembered.error());
    file->version = 1;
    if (!remembered->empty()) {
      const FileContent& last = remembered->front().content;
      file->version = last.version + (last.file == file->file ? 0 : 1);
    }
  }
  return {};
}

Result<void> Datasets::check_publishable(store::TenantId tenant, const QueryContent& query) const {
  if (!personal_ || !personal_(tenant, ngsi::core_context()->find(query.type))) return {};
  return fail(ErrorCode::kForbidden,
              "entities of type " + query.type +
                  " are about persons: they are not published by a query. Publish counts of them, in which nobody can "
                  "be found / 個人に関するデータは公開できません。集計表を公開してください");
}

Result<void> Datasets::write(std::vector<store::Write> writes) const {
  if (writes.empty()) return {};
  std::promise<std::vector<store::Outcome>> promise;
  auto done = promise.get_future();
  broker_.store.submit(std::move(writes),
                       [&promise](std::vector<store::Outcome> outcomes) { promise.set_value(std::move(outcomes)); });
  for (store::Outcome& outcome : done.get()) {
    if (!outcome.result) return std::move(outcome.result);
  }
  return {};
}

Result<void> Datasets::save(store::TenantId tenant, const Dataset& given,
                            const std::vector<Distribution>& distributions) {
  const std::lock_guard lock(saving_);
  std::vector<Distribution> all = distributions;
  if (auto done = prepare(tenant, given, all); !done) return done;
  Dataset dataset = given;
  dataset.distribution.clear();
  std::vector<store::Write> writes;
  for (const Distribution& each : all) {
    auto entity = to_entity(each);
    if (!entity) return tl::unexpected(entity.error());
    const auto before = distribution(tenant, each.id);
    dataset.distribution.push_back(each.id);
    if (!before || !same(*before, each))
      writes.emplace_back(store::EntityWrite{tenant, each.id, broker::upsert_entity(std::move(*entity))});
  }
  const auto old = find(tenant, dataset.name);
  if (old) dataset.issued = old->issued;
  if (dataset.issued == kNoInstant) dataset.issued = now();
  if (dataset.modified == kNoInstant) dataset.modified = now();
  auto entity = to_entity(dataset);
  if (!entity) return tl::unexpected(entity.error());
  if (!old || !same(*old, dataset)) {
    writes.emplace_back(store::EntityWrite{tenant, entity->id, broker::upsert_entity(std::move(*entity))});
  }
  if (old) {
    for (const std::string& id : old->distribution) {
      const bool gone = std::ranges::find(dataset.distribution, id) == dataset.distribution.end();
      if (!gone || name_in(id) != dataset.name || !broker_.store.find(tenant, id)) continue;
      auto target = std::make_shared<const broker::Target>(broker::Target{id, std::nullopt});
      writes.emplace_back(store::EntityWrite{tenant, id, broker::delete_entity(std::move(target))});
    }
  }
  return write(std::move(writes));
}

Result<void> Datasets::remove(store::TenantId tenant, std::string_view name) {
  const std::lock_guard lock(saving_);
  const auto old = find(tenant, name);
  if (!old) return tl::unexpected(old.error());
  std::vector<std::string> ids{dataset_id(name)};
  for (const std::string& id : old->distribution) {
    if (name_in(id) == name && broker_.store.find(tenant, id)) ids.push_back(id);
  }
  std::vector<store::Write> writes;
  for (const std::string& id : ids) {
    auto target = std::make_shared<const broker::Target>(broker::Target{id, std::nullopt});
    writes.emplace_back(store::EntityWrite{tenant, id, broker::delete_entity(std::move(target))});
  }
  return write(std::move(writes));
}

}  // namespace tsunagu::catalog
