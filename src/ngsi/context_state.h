// What a compiled @context holds; shared by its reader (context.cpp) and its maker (context_compile.cpp).
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ngsi/context.h"

namespace tsunagu::ngsi {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class Value>
using TextMap = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;

/// A hash map that only grows and is read without a lock. When it is full, `add` keeps nothing: names come from users,
/// memory must not follow them without end. Thread-safe.
template <class Value>
class Memo {
 public:
  Memo() : buckets_(std::make_unique<std::atomic<Node*>[]>(kBuckets)) {}
  ~Memo() {
    for (std::size_t i = 0; i != kBuckets; ++i) {
      for (Node* n = buckets_[i].load(std::memory_order_relaxed); n;) delete std::exchange(n, n->next);
    }
  }
  Memo(const Memo&) = delete;
  Memo& operator=(const Memo&) = delete;

  const Value* find(std::string_view key) const {
    for (const Node* n = bucket(key).load(std::memory_order_acquire); n; n = n->next) {
      if (n->key == key) return &n->value;
    }
    return nullptr;
  }

  /// The kept value, or null if there is no room. Two threads may both add the same key: the values are then equal by
  /// nature.
  const Value* add(std::string_view key, Value value) {
    if (size_.fetch_add(1, std::memory_order_relaxed) >= kMaxSize) {
      size_.store(kMaxSize, std::memory_order_relaxed);
      return nullptr;
    }
    auto& head = bucket(key);
    Node* node = new Node{std::string(key), std::move(value), head.load(std::memory_order_relaxed)};
    while (!head.compare_exchange_weak(node->next, node, std::memory_order_release, std::memory_order_relaxed)) {
    }
    return &node->value;
  }

 private:
  struct Node {
    std::string key;
    Value value;
    Node* next;
  };
  static constexpr std::size_t kBuckets = 1024;
  static constexpr std::size_t kMaxSize = 16 * kBuckets;

  std::atomic<Node*>& bucket(std::string_view key) const { return buckets_[TextHash{}(key) % kBuckets]; }

  std::unique_ptr<std::atomic<Node*>[]> buckets_;
  std::atomic<std::size_t> size_{0};
};

/// Names by term number: two levels of arrays made when needed, read without a lock. Thread-safe.
class CompactNames {
 public:
  struct Name {
    std::string text;
    std::string json;
  };

  CompactNames() : chunks_(std::make_unique<std::atomic<Chunk*>[]>(kChunks)) {}
  ~CompactNames();
  CompactNames(const CompactNames&) = delete;
  CompactNames& operator=(const CompactNames&) = delete;

  const Name* find(TermId term) const {
    const Chunk* chunk = chunks_[term.value / kChunkSize].load(std::memory_order_acquire);
    return chunk ? chunk->names[term.value % kChunkSize].load(std::memory_order_acquire) : nullptr;
  }
  /// The first name added for a term stays.
  const Name& add(TermId term, Name name);

 private:
  static constexpr std::size_t kChunkSize = 4096;
  static constexpr std::size_t kChunks = TermTable::kMaxTerms / kChunkSize + 1;
  struct Chunk {
    std::atomic<Name*> names[kChunkSize] = {};
  };
  std::unique_ptr<std::atomic<Chunk*>[]> chunks_;
};

/// One term of a user @context.
struct TermDefinition {
  std::string iri;
  bool is_prefix = false;
  bool is_protected = false;
  bool operator==(const TermDefinition& o) const { return iri == o.iri && is_prefix == o.is_prefix; }
};

struct Context::State {
  TextMap<TermDefinition> terms;  ///< of the user; none that the core @context defines
  std::unordered_map<std::string_view, std::string_view>
      by_iri;  ///< IRI → the term to write for it; views into `terms`
  std::unordered_map<std::string_view, std::string_view> prefix_by_iri;  ///< the same for terms that may be a prefix
  std::size_t longest_prefix_iri = 0;
  std::string json;
  std::string link_url;

  Memo<TermId> numbers;      // name → number
  Memo<std::string> values;  // IRI → compact form as JSON, for values of VocabProperty
  CompactNames names;        // number → name

  /// To be called when `terms` is complete: drops what the core @context decides and makes the inverse maps.
  void finish();
};

}  // namespace tsunagu::ngsi
