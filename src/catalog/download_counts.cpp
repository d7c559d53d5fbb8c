#include "catalog/download_counts.h"

#include <future>

#include "base/log.h"
#include "ngsi/change.h"
#include "ngsi/context.h"
#include "ngsi/json_walk.h"

namespace tsunagu::catalog {
namespace {

/// Adds to downloadCount of a distribution that is there.
store::Decide adding(std::uint64_t downloads) {
  return [downloads](const ngsi::Record* current, Instant now) -> Result<store::Decision> {
    if (current == nullptr) return store::Keep{};
    const ngsi::TermId name = ngsi::core_context()->intern("downloadCount");
    const ngsi::AttributeView before = current->find(name);
    const double known = before.data() == nullptr ? 0 : ngsi::walk::number(before.value()).value_or(0);
    ngsi::Attribute count;
    count.name = name;
    append_json_number(count.value, known + static_cast<double>(downloads));
    ngsi::Entity fragment;
    fragment.attributes.push_back(std::move(count));
    ngsi::Entity entity = ngsi::decode(*current);
    ngsi::update_attributes(entity, std::move(fragment), now);
    auto record = ngsi::encode(std::move(entity));
    if (!record) return tl::unexpected(record.error());
    return store::Put{std::move(*record)};
  };
}

}  // namespace

DownloadCounts::DownloadCounts(store::Store& store, std::chrono::seconds every) : store_(store), every_(every) {
  thread_ = std::thread([this] { run(); });
}

DownloadCounts::~DownloadCounts() {
  stop();
}

void DownloadCounts::count(store::TenantId tenant, std::string_view distribution) {
  const std::lock_guard lock(mutex_);
  ++waiting_[{tenant, std::string(distribution)}];
}

std::uint64_t DownloadCounts::waiting(store::TenantId tenant, std::string_view distribution) {
  const std::lock_guard lock(mutex_);
  const auto at = waiting_.find({tenant, std::string(distribution)});
  return at == waiting_.end() ? 0 : at->second;
}

void DownloadCounts::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) return;
    stopping_ = true;
  }
  ends_.notify_all();
  thread_.join();
}

void DownloadCounts::run() {
  for (bool last = false; !last;) {
    {
      std::unique_lock lock(mutex_);
      ends_.wait_for(lock, every_, [this] { return stopping_; });
      last = stopping_;
    }
    write();
  }
}

void DownloadCounts::write() {
  decltype(waiting_) written;
  std::vector<store::Write> writes;
  {
    const std::lock_guard lock(mutex_);
    written = waiting_;
  }
  for (const auto& [key, downloads] : written) {
    writes.emplace_back(store::EntityWrite{key.first, key.second, adding(downloads)});
  }
  if (writes.empty()) return;
  std::promise<std::vector<store::Outcome>> promise;
  auto done = promise.get_future();
  store_.submit(std::move(writes),
                [&promise](std::vector<store::Outcome> outcomes) { promise.set_value(std::move(outcomes)); });
  const std::vector<store::Outcome> outcomes = done.get();
  const std::lock_guard lock(mutex_);
  std::size_t i = 0;
  for (const auto& [key, downloads] : written) {
    const Result<void>& result = outcomes[i++].result;
    if (!result) {
      log::warn("downloads of {} are not written yet: {}", key.second, result.error().detail);
      continue;
    }
    const auto at = waiting_.find(key);
    if ((at->second -= downloads) == 0) waiting_.erase(at);
  }
}

}  // namespace tsunagu::catalog
