#include "app/load_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <unordered_set>

#include "app/load_calls.h"
#include "base/json.h"
#include "base/uri.h"
#include "catalog/import/json_walk.h"

namespace tsunagu::app {
namespace {

using catalog::Entity;
using catalog::for_each_element;
using catalog::for_each_member;
using catalog::text_member;

constexpr auto kFirstPause = std::chrono::milliseconds(200), kLongestPause = std::chrono::milliseconds(5'000);
constexpr const char* kNull = "\"urn:ngsi-ld:null\"";

}  // namespace

Uploader::Uploader(UploadSettings settings, Handlers handlers)
    : settings_(std::move(settings)), handlers_(std::move(handlers)) {
  while (settings_.url.ends_with('/')) settings_.url.pop_back();
  if (settings_.url.ends_with("/ngsi-ld/v1"))
    settings_.url.resize(settings_.url.size() - std::string_view("/ngsi-ld/v1").size());
  for (std::size_t i = 0; i < std::max<std::size_t>(1, settings_.parallel); ++i)
    threads_.emplace_back([this] { work(); });
}

Uploader::~Uploader() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Uploader::submit(std::vector<Sending> batch) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < threads_.size() || !error_.empty(); });
  if (!error_.empty()) return false;
  waiting_.push_back(std::move(batch));
  lock.unlock();
  changed_.notify_all();
  return true;
}

bool Uploader::drain() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return (waiting_.empty() && under_way_ == 0) || (!error_.empty() && under_way_ == 0); });
  return error_.empty();
}

bool Uploader::send_past() {
  if (!drain()) return false;
  for (auto& [id, values] : past_) {
    auto pause = kFirstPause;
    for (int attempt = 1;; ++attempt) {
      const auto sent = app::send_past(settings_, id, values);
      if (sent) {
        counts_.past_added += sent->added;
        counts_.past_known += sent->known;
        break;
      }
      if (sent.error().code != ErrorCode::kUnavailable || attempt == settings_.attempts) {
        give_up(sent.error().detail);
        return false;
      }
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
  }
  past_.clear();
  return true;
}

UploadCounts Uploader::counts() {
  std::lock_guard lock(mutex_);
  return counts_;
}

std::string Uploader::error() {
  std::lock_guard lock(mutex_);
  return error_;
}

void Uploader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || (!waiting_.empty() && error_.empty()); });
    if (stopping_) return;
    std::vector<Sending> batch = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    lock.unlock();
    changed_.notify_all();
    upload(std::move(batch));
    lock.lock();
    --under_way_;
    changed_.notify_all();
  }
}

void Uploader::give_up(const std::string& reason) {
  std::lock_guard lock(mutex_);
  if (error_.empty()) error_ = reason;
}

void Uploader::upload(std::vector<Sending> batch) {
  Outcome outcome;
  auto pause = kFirstPause;
  for (int attempt = 1;; ++attempt) {
    outcome = {};
    const auto done = try_upload(batch, outcome);
    if (done) break;
    if (done.error().code != ErrorCode::kUnavailable || attempt == settings_.attempts)
      return give_up(done.error().detail);
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  for (const auto& [place, reason] : outcome.rejected) handlers_.rejected(place, reason);
  {
    std::lock_guard lock(mutex_);
    counts_.created += outcome.counts.created;
    counts_.updated += outcome.counts.updated;
    counts_.unchanged += outcome.counts.unchanged;
    for (auto& [id, values] : outcome.past) {
      auto& into = past_[id];
      into.insert(into.end(), std::make_move_iterator(values.begin()), std::make_move_iterator(values.end()));
    }
  }
  handlers_.sent(batch.size());
}

// The broker is asked anew each time: of a request that broke off it may have taken everything.
Result<void> Uploader::try_upload(const std::vector<Sending>& batch, Outcome& outcome) const {
  const auto changed = news(batch, outcome);
  if (!changed) return tl::unexpected(changed.error());
  // An element with its own @context and one without cannot be in the same request.
  for (const bool own_context : {false, true}) {
    std::vector<Sending> part;
    for (const Sending& each : *changed) {
      if (each.entity.context.empty() != own_context) part.push_back(each);
    }
    if (part.empty()) continue;
    if (auto sent = send(part, outcome); !sent) return sent;
  }
  return {};
}

Result<std::vector<Sending>> Uploader::news(std::vector<Sending> batch, Outcome& outcome) const {
  if (settings_.force) return batch;
  std::string body = R"({"type":"Query","entities":[{"type":"*","id":[)";
  bool any = false;
  for (const Sending& each : batch) {
    if (!each.entity.context.empty()) continue;      // its names mean something only in its own @context
    if (!is_absolute_uri(each.entity.id)) continue;  // the upsert will say so
    if (any) body += ',';
    append_json_string(body, each.entity.id);
    any = true;
  }
  if (!any) return batch;
  body += "]}]}";
  const auto answer = Calls(settings_).post(fmt::format("/ngsi-ld/v1/entityOperations/query?limit={}", batch.size()),
                                            std::move(body), false);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 404) return batch;  // a tenant that does not exist yet
  if (answer->status != 200)
    return fail(ErrorCode::kInternalError,
                "the broker cannot be asked what it has: " + problem_text(answer->status, answer->body));
  const std::string json = canonical(answer->body);
  if (!json.starts_with('[')) return fail(ErrorCode::kInternalError, "the broker's answer is not a list of entities");
  std::unordered_map<std::string, Entity> known;
  for_each_element(json, [&known](std::string_view item) {
    auto entity = catalog::entity_of_json(item);
    if (entity) known.emplace(entity->id, *std::move(entity));
  });

  std::vector<Sending> changed;
  for (Sending& each : batch) {
    const auto found = each.entity.context.empty() ? known.find(each.entity.id) : known.end();
    if (found == known.end()) {
      changed.push_back(std::move(each));
      continue;
    }
    const Entity& has = found->second;
    std::unordered_map<std::string_view, std::string_view> theirs;
    for (const auto& [name, value] : has.attributes) theirs.emplace(name, value);
    std::unordered_set<std::string_view> ours;
    std::vector<std::pair<std::string, std::string>> different;
    for (const auto& [name, value] : each.entity.attributes) {
      ours.insert(name);
      const auto their = theirs.find(name);
      if (their != theirs.end()) {
        const std::string our_time = text_member(value, "observedAt"),
                          their_time = text_member(their->second, "observedAt");
        if (!our_time.empty() && our_time < their_time) {
          outcome.past[each.entity.id].push_back({name, value});
          continue;
        }
        if (catalog::comparable_attribute(value) == catalog::comparable_attribute(their->second)) continue;
      }
      different.emplace_back(name, value);
    }
    if (each.entity.order == kNoInstant) {
      for (const std::string& name : settings_.owned) {
        const auto their = theirs.find(name);
        if (their == theirs.end() || ours.count(name) != 0) continue;
        if (text_member(their->second, "observedAt").empty()) different.emplace_back(name, kNull);
      }
    }
    const bool same_frame = catalog::sorted_json(each.entity.type) == catalog::sorted_json(has.type) &&
                            (each.entity.scope.empty() || each.entity.scope == has.scope);
    if (different.empty() && same_frame) {
      ++outcome.counts.unchanged;
      continue;
    }
    each.entity.attributes = std::move(different);
    changed.push_back(std::move(each));
  }
  return changed;
}

Result<void> Uploader::send(const std::vector<Sending>& batch, Outcome& outcome) const {
  UploadCounts& counts = outcome.counts;
  std::string body = "[";
  for (const Sending& each : batch) {
    if (body.size() > 1) body += ',';
    body += catalog::to_json(each.entity);
  }
  body += ']';
  const bool own_contexts = !batch[0].entity.context.empty();
  const auto answer =
      Calls(settings_).post("/ngsi-ld/v1/entityOperations/upsert?options=update", std::move(body), own_contexts);
  if (!answer) return tl::unexpected(answer.error());
  const std::string json = canonical(answer->body);
  switch (answer->status) {
    case 204:
      counts.updated += batch.size();
      return {};
    case 201: {
      std::size_t created = 0;
      if (json.starts_with('[')) for_each_element(json, [&created](std::string_view) { ++created; });
      counts.created += created;
      counts.updated += batch.size() - std::min(created, batch.size());
      return {};
    }
    case 207: {
      std::unordered_map<std::string, std::string> reasons;
      for_each_member(json, [&reasons](const std::string& name, std::string_view list) {
        if (name != "errors" || !list.starts_with('[')) return;
        for_each_element(list, [&reasons](std::string_view item) {
          std::string reason = "rejected";
          for_each_member(item, [&reason](const std::string& member, std::string_view problem) {
            if (member == "error") reason = problem_text(0, std::string(problem));
          });
          reasons.emplace(text_member(item, "entityId"), reason);
        });
      });
      for (const Sending& each : batch) {
        const auto reason = reasons.find(each.entity.id);
        if (reason == reasons.end()) {
          ++counts.updated;
          continue;
        }
        outcome.rejected.emplace_back(each.place, fmt::format("{}: {}", each.entity.id, reason->second));
      }
      return {};
    }
    default:
      break;
  }
  const std::string reason = problem_text(answer->status, answer->body);
  if (answer->status >= 500 || answer->status == 401 || answer->status == 403 || answer->status == 404) {
    return fail(ErrorCode::kInternalError, fmt::format("the broker refuses the upload: {}", reason));
  }
  if (batch.size() == 1) {
    outcome.rejected.emplace_back(batch[0].place, fmt::format("{}: {}", batch[0].entity.id, reason));
    return {};
  }
  // The whole request was refused: find the culprits by halving.
  const auto middle = batch.begin() + static_cast<std::ptrdiff_t>(batch.size() / 2);
  if (auto first = send({batch.begin(), middle}, outcome); !first) return first;
  return send({middle, batch.end()}, outcome);
}

}  // namespace tsunagu::app
