#include "broker/contexts.h"

#include <simdjson.h>
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>

#include "base/json.h"

namespace tsunagu::broker {
namespace {

constexpr std::string_view kCollection = "contexts";
constexpr store::TenantId kSystemTenant{0};

struct Document {
  ContextInfo info;
  std::shared_ptr<const std::string> text;
  Instant fetched_at;
};

struct Compiled {
  ngsi::ContextPtr context;
  std::vector<std::string> urls;  ///< the documents it was made of
  std::atomic<std::uint64_t> uses{0};
  std::atomic<std::int64_t> last_used_us{0};
  Instant stale_at;  ///< kNoInstant: never
};

struct Failure {
  Error error;
  Instant until;
};

std::string_view kind_name(ContextKind kind) {
  switch (kind) {
    case ContextKind::kHosted:
      return "Hosted";
    case ContextKind::kCached:
      return "Cached";
    case ContextKind::kImplicit:
      return "ImplicitlyCreated";
  }
  return "";
}

std::string hex_hash(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::uint64_t h = XXH3_64bits(text.data(), text.size());
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) out += digits[(h >> shift) & 15];
  return out;
}

/// How a document rests in the store.
std::string pack(const Document& d) {
  std::string out = "{\"url\":";
  append_json_string(out, d.info.url);
  out += ",\"kind\":";
  append_json_string(out, kind_name(d.info.kind));
  out += ",\"createdAt\":";
  append_json_string(out, to_string(d.info.created_at));
  out += ",\"text\":";
  append_json_string(out, *d.text);
  out += '}';
  return out;
}

std::optional<Document> unpack(const std::string& key, const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view url, kind, created, text;
  if (parser.parse(body).get(root) || root["url"].get(url) || root["kind"].get(kind) ||
      root["createdAt"].get(created) || root["text"].get(text)) {
    return std::nullopt;
  }
  Document d;
  d.info.url = url;
  d.info.local_id = key;
  d.info.kind = kind == "Hosted"   ? ContextKind::kHosted
                : kind == "Cached" ? ContextKind::kCached
                                   : ContextKind::kImplicit;
  d.info.created_at = parse_instant(created).value_or(now());
  d.text = std::make_shared<const std::string>(text);
  d.fetched_at = d.info.created_at;
  return d;
}

/// The value of "@context" in a document, or why there is none.
Result<std::string> context_member(std::string_view document) {
  simdjson::dom::parser parser;
  simdjson::dom::element root, context;
  if (auto error = parser.parse(document.data(), document.size()).get(root)) {
    return bad(std::string("the @context document is not JSON: ") + simdjson::error_message(error));
  }
  if (!root.is_object()) return bad("the @context document must be a JSON object with a member \"@context\"");
  if (root["@context"].get(context)) return bad("the @context document has no member \"@context\"");
  return simdjson::minify(context);
}

}  // namespace

struct Contexts::State : std::enable_shared_from_this<Contexts::State> {
  State(store::Store& s, Download d, ContextOptions o) : store(s), download(std::move(d)), options(std::move(o)) {}

  store::Store& store;
  Download download;
  ContextOptions options;

  mutable std::shared_mutex mutex;
  std::unordered_map<std::string, std::shared_ptr<Compiled>> compiled;  // by the JSON the client sent
  std::map<std::string, Document, std::less<>> documents;               // by URL
  std::map<std::string, std::string, std::less<>> url_by_id;
  std::unordered_map<std::string, Failure> failures;
  std::unordered_map<std::string, std::vector<std::function<void(Result<void>)>>> in_flight;  // by URL
  std::atomic<std::uint64_t> added{0};

  using Resolved = std::function<void(Result<ngsi::ContextPtr>)>;

  bool ours(std::string_view url) const { return !options.own_url.empty() && url.starts_with(options.own_url); }

  std::shared_ptr<Compiled> find_compiled(const std::string& json) const {
    std::shared_lock lock(mutex);
    auto it = compiled.find(json);
    if (it == compiled.end()) return nullptr;
    it->second->uses.fetch_add(1, std::memory_order_relaxed);
    return it->second;
  }

  void touch(Compiled& c) {
    Instant t = now();
    c.last_used_us.store(t.us, std::memory_order_relaxed);
    if (c.stale_at == kNoInstant || t < c.stale_at) return;
    std::vector<std::string> again;
    {
      std::unique_lock lock(mutex);
      if (c.stale_at == kNoInstant || t < c.stale_at) return;
      c.stale_at = {t.us + std::chrono::microseconds(options.retry_after).count()};
      again = c.urls;
    }
    for (auto& url : again) {
      if (!ours(url)) fetch(url, [](Result<void>) {});
    }
  }

  /// Compiles what is at hand, fetches what is missing, and tries again.
  void attempt(std::string json, Resolved done, std::size_t round) {
    std::vector<std::string> missing, used;
    std::vector<std::shared_ptr<const std::string>> pins;
    auto lookup = [&](std::string_view url) -> const std::string* {
      std::shared_lock lock(mutex);
      auto it = documents.find(url);
      if (it == documents.end()) return nullptr;
      used.push_back(it->first);
      pins.push_back(it->second.text);
      return it->second.text.get();
    };
    auto result = ngsi::compile_context(json, lookup, missing, options.limits);
    if (missing.empty()) {
      if (result) remember(json, *result, std::move(used));
      return done(std::move(result));
    }
    if (round > options.limits.max_depth + 1) return done(bad("the @context names too many further contexts"));
    fetch_all(std::move(missing), [self = shared_from_this(), json = std::move(json), done = std::move(done),
                                   round](Result<void> got) mutable {
      if (!got) return done(tl::unexpected(got.error()));
      self->attempt(std::move(json), std::move(done), round + 1);
    });
  }

  void remember(const std::string& json, const ngsi::ContextPtr& context, std::vector<std::string> urls) {
    auto entry = std::make_shared<Compiled>();
    entry->context = context;
    Instant t = now();
    entry->uses = 1;
    entry->last_used_us = t.us;
    std::sort(urls.begin(), urls.end());
    urls.erase(std::unique(urls.begin(), urls.end()), urls.end());
    std::unique_lock lock(mutex);
    for (auto& url : urls) {
      auto it = documents.find(url);
      if (it == documents.end() || it->second.info.kind != ContextKind::kCached) continue;
      Instant stale{it->second.fetched_at.us + std::chrono::microseconds(options.fresh_for).count()};
      if (entry->stale_at == kNoInstant || stale < entry->stale_at) entry->stale_at = stale;
    }
    entry->urls = std::move(urls);
    if (compiled.size() >= options.max_compiled) {
      auto oldest = std::min_element(compiled.begin(), compiled.end(), [](const auto& a, const auto& b) {
        return a.second->last_used_us.load(std::memory_order_relaxed) <
               b.second->last_used_us.load(std::memory_order_relaxed);
      });
      compiled.erase(oldest);
    }
    compiled[json] = std::move(entry);
  }

  void fetch_all(std::vector<std::string> urls, std::function<void(Result<void>)> done) {
    struct Join {
      std::mutex mutex;
      std::size_t left;
      std::optional<Error> error;
      std::function<void(Result<void>)> done;
    };
    std::sort(urls.begin(), urls.end());
    urls.erase(std::unique(urls.begin(), urls.end()), urls.end());
    auto join = std::make_shared<Join>();
    join->left = urls.size();
    join->done = std::move(done);
    for (auto& url : urls) {
      fetch(url, [join](Result<void> r) {
        std::unique_lock lock(join->mutex);
        if (!r && !join->error) join->error = r.error();
        if (--join->left > 0) return;
        lock.unlock();
        if (join->error) return join->done(tl::unexpected(*join->error));
        join->done({});
      });
    }
  }

  /// Downloads `url` once, however many wait for it.
  void fetch(const std::string& url, std::function<void(Result<void>)> done) {
    if (ours(url)) {
      return done(fail(ErrorCode::kLdContextNotAvailable, "no @context is hosted here under " + url));
    }
    {
      std::unique_lock lock(mutex);
      auto failed = failures.find(url);
      if (failed != failures.end()) {
        if (now() < failed->second.until) {
          Error error = failed->second.error;
          lock.unlock();
          return done(tl::unexpected(std::move(error)));
        }
        failures.erase(failed);
      }
      auto& waiting = in_flight[url];
      waiting.push_back(std::move(done));
      if (waiting.size() > 1) return;
    }
    download(url, [self = shared_from_this(), url](Result<std::string> text) { self->arrived(url, std::move(text)); });
  }

  void arrived(const std::string& url, Result<std::string> text) {
    Result<void> outcome;
    if (!text) {
      outcome =
          fail(ErrorCode::kLdContextNotAvailable, "the @context " + url + " cannot be had: " + text.error().detail);
    } else if (text->size() > options.limits.max_bytes) {
      outcome = bad("the @context " + url + " is larger than " + std::to_string(options.limits.max_bytes) + " bytes");
    } else if (auto member = context_member(*text); !member) {
      outcome = bad("the @context " + url + " is unusable: " + member.error().detail);
    }
    std::vector<std::function<void(Result<void>)>> waiting;
    std::optional<Document> keep;
    {
      std::unique_lock lock(mutex);
      Instant t = now();
      if (outcome) {
        auto it = documents.find(url);
        bool changed = it == documents.end() || *it->second.text != *text;
        if (it == documents.end()) it = insert_locked(url, ContextKind::kCached, t);
        it->second.fetched_at = t;
        if (changed) {
          it->second.text = std::make_shared<const std::string>(std::move(*text));
          forget_compiled_locked(url);
          keep = it->second;
        }
      } else if (failures.size() < 10000) {
        failures[url] = {outcome.error(), {t.us + std::chrono::microseconds(options.retry_after).count()}};
      }
      auto it = in_flight.find(url);
      waiting = std::move(it->second);
      in_flight.erase(it);
    }
    if (keep) persist(*keep);
    for (auto& w : waiting) w(outcome);
  }

  std::map<std::string, Document, std::less<>>::iterator insert_locked(const std::string& url, ContextKind kind,
                                                                       Instant t) {
    evict_document_locked();
    Document d;
    d.info.url = url;
    d.info.kind = kind;
    d.info.created_at = t;
    d.info.local_id = ours(url) ? url.substr(options.own_url.size()) : hex_hash(url);
    d.fetched_at = t;
    url_by_id[d.info.local_id] = url;
    return documents.insert_or_assign(url, std::move(d)).first;
  }

  /// Makes room: the oldest document that can be had or made again goes.
  void evict_document_locked() {
    if (documents.size() < options.max_cached_documents) return;
    auto oldest = documents.end();
    for (auto it = documents.begin(); it != documents.end(); ++it) {
      if (it->second.info.kind != ContextKind::kHosted &&
          (oldest == documents.end() || it->second.fetched_at < oldest->second.fetched_at)) {
        oldest = it;
      }
    }
    if (oldest == documents.end()) return;
    forget_compiled_locked(oldest->first);
    erase_stored(oldest->second.info.local_id, [](const std::vector<store::Outcome>&) {});
    url_by_id.erase(oldest->second.info.local_id);
    documents.erase(oldest);
  }

  void forget_compiled_locked(std::string_view url) {
    std::erase_if(compiled, [&](const auto& item) {
      return std::binary_search(item.second->urls.begin(), item.second->urls.end(), url, std::less<>());
    });
  }

  void persist(const Document& d, std::function<void(Result<void>)> done = {}) {
    store.submit({store::DocumentWrite{kSystemTenant, std::string(kCollection), d.info.local_id, pack(d)}},
                 [done = std::move(done)](std::vector<store::Outcome> outcomes) {
                   if (done) done(outcomes.empty() ? Result<void>() : outcomes.front().result);
                 });
  }

  void erase_stored(const std::string& local_id, store::Done done) {
    store.submit({store::DocumentWrite{kSystemTenant, std::string(kCollection), local_id, std::nullopt}},
                 std::move(done));
  }

  /// URL of a stored document named by its local id or its URL; nullptr if unknown. Needs the lock.
  const Document* find_locked(std::string_view id_or_url) const {
    auto by_id = url_by_id.find(id_or_url);
    auto it = documents.find(by_id == url_by_id.end() ? id_or_url : std::string_view(by_id->second));
    return it == documents.end() ? nullptr : &it->second;
  }

  ContextInfo info_locked(const Document& d) const {
    ContextInfo info = d.info;
    for (auto& [json, entry] : compiled) {
      if (!std::binary_search(entry->urls.begin(), entry->urls.end(), info.url)) continue;
      info.uses += entry->uses.load(std::memory_order_relaxed);
      Instant used{entry->last_used_us.load(std::memory_order_relaxed)};
      if (used > info.last_used) info.last_used = used;
    }
    return info;
  }
};

Contexts::Contexts(store::Store& store, Download download, ContextOptions options)
    : state_(std::make_shared<State>(store, std::move(download), std::move(options))) {
  for (auto& [key, body] : store.documents(kSystemTenant, kCollection)) {
    auto d = unpack(key, body);
    if (!d) continue;
    if (d->info.kind != ContextKind::kCached)
      d->info.url = state_->options.own_url + key;  // the server's address may have changed
    state_->url_by_id[key] = d->info.url;
    state_->documents.insert_or_assign(d->info.url, std::move(*d));
  }
}

Contexts::~Contexts() = default;

ngsi::ContextPtr Contexts::at_hand(std::string_view json) {
  if (json.empty()) return ngsi::core_context();
  auto entry = state_->find_compiled(std::string(json));
  if (!entry) return nullptr;
  state_->touch(*entry);
  return entry->context;
}

void Contexts::resolve(std::string_view json, std::function<void(Result<ngsi::ContextPtr>)> done) {
  if (auto context = at_hand(json)) return done(std::move(context));
  state_->attempt(std::string(json), std::move(done), 0);
}

void Contexts::add(std::string body_json, std::function<void(Result<std::string>)> done) {
  auto member = context_member(body_json);
  if (!member) return done(tl::unexpected(member.error()));
  auto finish = [self = state_, body = std::move(body_json),
                 done = std::move(done)](Result<ngsi::ContextPtr> compiled) mutable {
    if (!compiled) return done(tl::unexpected(compiled.error()));
    Instant t = now();
    Document d;
    d.info.local_id = hex_hash(body + std::to_string(t.us) + "/" + std::to_string(self->added++));
    d.info.url = self->options.own_url + d.info.local_id;
    d.info.kind = ContextKind::kHosted;
    d.info.created_at = d.fetched_at = t;
    d.text = std::make_shared<const std::string>(std::move(body));
    self->persist(d, [self, d, done = std::move(done)](Result<void> written) {
      if (!written) return done(tl::unexpected(written.error()));
      {
        std::unique_lock lock(self->mutex);
        self->url_by_id[d.info.local_id] = d.info.url;
        self->documents.insert_or_assign(d.info.url, d);
      }
      done(d.info.local_id);
    });
  };
  resolve(*member, std::move(finish));
}

std::vector<ContextInfo> Contexts::list(std::optional<ContextKind> kind) const {
  std::shared_lock lock(state_->mutex);
  std::vector<ContextInfo> out;
  for (auto& [url, d] : state_->documents) {
    if (!kind || d.info.kind == *kind) out.push_back(state_->info_locked(d));
  }
  return out;
}

Result<ContextInfo> Contexts::details(std::string_view id_or_url) const {
  std::shared_lock lock(state_->mutex);
  if (auto* d = state_->find_locked(id_or_url)) return state_->info_locked(*d);
  return fail(ErrorCode::kResourceNotFound, "there is no stored @context " + std::string(id_or_url));
}

Result<std::string> Contexts::serve(std::string_view id_or_url) {
  std::shared_lock lock(state_->mutex);
  auto* d = state_->find_locked(id_or_url);
  if (!d) return fail(ErrorCode::kResourceNotFound, "there is no stored @context " + std::string(id_or_url));
  if (d->info.kind == ContextKind::kCached) {
    return fail(ErrorCode::kOperationNotSupported,
                "this @context is a cached copy: ask its own address " + d->info.url);
  }
  return *d->text;
}

void Contexts::remove(std::string id_or_url, bool reload, std::function<void(Result<void>)> done) {
  ContextInfo info;
  {
    std::shared_lock lock(state_->mutex);
    auto* d = state_->find_locked(id_or_url);
    if (!d) {
      lock.unlock();
      return done(fail(ErrorCode::kResourceNotFound, "there is no stored @context " + id_or_url));
    }
    info = d->info;
  }
  if (reload) {
    if (info.kind != ContextKind::kCached) {
      return done(bad("reload is for cached contexts; this one is " + std::string(kind_name(info.kind)) +
                      " and has no other origin"));
    }
    std::unique_lock lock(state_->mutex);
    state_->failures.erase(info.url);
    lock.unlock();
    return state_->fetch(info.url, std::move(done));
  }
  state_->erase_stored(info.local_id,
                       [self = state_, info, done = std::move(done)](const std::vector<store::Outcome>& outcomes) {
                         if (!outcomes.empty() && !outcomes.front().result) return done(outcomes.front().result);
                         {
                           std::unique_lock lock(self->mutex);
                           self->documents.erase(info.url);
                           self->url_by_id.erase(info.local_id);
                           self->forget_compiled_locked(info.url);
                         }
                         done({});
                       });
}

std::string Contexts::implicit_id(const ngsi::Context& context) {
  std::string text = "{\"@context\":" + context.as_json() + "}";
  std::string id = "implicit-" + hex_hash(text);
  {
    std::shared_lock lock(state_->mutex);
    if (state_->url_by_id.contains(id)) return id;
  }
  Document d;
  d.info.local_id = id;
  d.info.url = state_->options.own_url + id;
  d.info.kind = ContextKind::kImplicit;
  d.info.created_at = d.fetched_at = now();
  d.text = std::make_shared<const std::string>(std::move(text));
  {
    std::unique_lock lock(state_->mutex);
    state_->evict_document_locked();
    state_->url_by_id[id] = d.info.url;
    state_->documents.insert_or_assign(d.info.url, d);
  }
  state_->persist(d);
  return id;
}

std::string Contexts::url_of(std::string_view local_id) const {
  return state_->options.own_url + std::string(local_id);
}

}  // namespace tsunagu::broker
