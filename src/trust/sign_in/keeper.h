// Small things that are kept as documents of the store and are all in memory: accounts, keys.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/store.h"

namespace tsunagu::trust {

/// `Item` has to_json(const Item&) → canonical JSON and read_item(std::string_view, Item&) → bool. What is read here is
/// durable. Changes of one item happen one after the other. Thread-safe.
template <class Item>
class Keeper {
 public:
  using Ptr = std::shared_ptr<const Item>;
  /// What it becomes: Ptr() removes it. Gets null when there is none. Quick; called at once.
  using Decide = std::function<Result<Ptr>(const Ptr& current)>;
  /// With the item as it is now (null: removed), when that is durable. On a thread of the store: quick.
  using Done = std::function<void(Result<Ptr>)>;
  /// Before others see a change, on the thread that made it durable: indexes.
  using Changed = std::function<void(const Ptr& before, const Ptr& after)>;

  /// `store` outlives this and is stopped before this ends.
  Keeper(store::Store& store, std::string collection, Changed changed = {})
      : store_(store), collection_(std::move(collection)), changed_(std::move(changed)) {
    for (const auto& [key, body] : store_.documents(store::TenantId(0), collection_)) {
      auto item = std::make_shared<Item>();
      if (!read_item(body, *item)) continue;
      if (changed_) changed_(nullptr, item);
      items_.emplace(key, std::move(item));
    }
  }

  Ptr find(std::string_view key) const {
    const std::shared_lock lock(mutex_);
    const auto found = items_.find(key);
    return found == items_.end() ? nullptr : found->second;
  }
  /// By key.
  std::vector<Ptr> all() const {
    const std::shared_lock lock(mutex_);
    std::vector<Ptr> out;
    for (const auto& [key, item] : items_) out.push_back(item);
    return out;
  }
  bool empty() const {
    const std::shared_lock lock(mutex_);
    return items_.empty();
  }

  void change(const std::string& key, const Decide& decide, Done done) {
    std::unique_lock lock(changing_);
    const auto waiting = pending_.find(key);
    const Ptr current = waiting != pending_.end() ? waiting->second.second : find(key);
    auto next = decide(current);
    if (!next || *next == current) {
      lock.unlock();
      return done(std::move(next));
    }
    auto& [count, latest] = pending_[key];
    ++count;
    latest = *next;
    std::optional<std::string> body;
    if (*next) body = to_json(**next);
    // In the lock: the store takes writes in the order of the decisions.
    store_.submit({store::DocumentWrite{store::TenantId(0), collection_, key, std::move(body)}},
                  [this, key, next = *next, done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
                    finish(key, next, outcomes.front().result, done);
                  });
  }

 private:
  void finish(const std::string& key, const Ptr& next, const Result<void>& written, const Done& done) {
    {
      const std::lock_guard lock(changing_);
      if (--pending_[key].first == 0) pending_.erase(key);
      if (written) {
        const std::unique_lock change(mutex_);
        const auto at = items_.find(key);
        const Ptr before = at == items_.end() ? nullptr : at->second;
        if (changed_) changed_(before, next);
        if (next) {
          items_[key] = next;
        } else if (at != items_.end()) {
          items_.erase(at);
        }
      }
    }
    if (!written) return done(tl::unexpected(written.error()));
    done(next);
  }

  store::Store& store_;
  const std::string collection_;
  const Changed changed_;
  std::recursive_mutex changing_;  // before mutex_; a store that refuses calls back at once
  std::map<std::string, std::pair<std::size_t, Ptr>> pending_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Ptr, std::less<>> items_;
};

}  // namespace tsunagu::trust
