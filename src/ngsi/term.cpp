#include "ngsi/term.h"

#include <array>
#include <cstring>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace tsunagu::ngsi {

namespace {
constexpr std::uint32_t kChunkBits = 12;
constexpr std::uint32_t kChunkSize = 1u << kChunkBits;
constexpr std::size_t kBlockSize = 64u << 10;
using Chunk = std::array<std::string_view, kChunkSize>;
}  // namespace

// Number n lives in chunk n >> 12. Chunks and texts never move, so a reader that was handed a number needs no lock:
// whoever handed it over did so after the entry was written.
struct TermTable::State {
  mutable std::shared_mutex mutex;
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  std::vector<std::unique_ptr<char[]>> blocks;
  char* free_begin = nullptr;
  std::size_t free_size = 0;
  std::atomic<std::uint32_t> size{0};
  std::array<std::atomic<Chunk*>, (kMaxTerms >> kChunkBits) + 1> chunks{};

  ~State() {
    for (auto& chunk : chunks) delete chunk.load(std::memory_order_relaxed);
  }

  std::string_view keep(std::string_view text) {
    char* to;
    if (text.size() > kBlockSize / 8) {  // its own block, so that little of a shared one is wasted
      to = blocks.emplace_back(new char[text.size()]).get();
    } else {
      if (text.size() > free_size) {
        free_begin = blocks.emplace_back(new char[kBlockSize]).get();
        free_size = kBlockSize;
      }
      to = free_begin;
      free_begin += text.size();
      free_size -= text.size();
    }
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }
};

TermTable::TermTable() : state_(std::make_unique<State>()) {}
TermTable::~TermTable() = default;

TermId TermTable::find(std::string_view text) const {
  std::shared_lock lock(state_->mutex);
  auto it = state_->numbers.find(text);
  return it == state_->numbers.end() ? kNoTerm : TermId{it->second};
}

TermId TermTable::intern(std::string_view text) {
  if (TermId known = find(text); known != kNoTerm) return known;
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  if (auto it = s.numbers.find(text); it != s.numbers.end()) return TermId{it->second};
  std::uint32_t number = s.size.load(std::memory_order_relaxed) + 1;
  if (number > kMaxTerms) return kNoTerm;
  auto& slot = s.chunks[number >> kChunkBits];
  Chunk* chunk = slot.load(std::memory_order_relaxed);
  if (chunk == nullptr) {
    chunk = new Chunk;
    slot.store(chunk, std::memory_order_release);
  }
  std::string_view kept = s.keep(text);
  (*chunk)[number & (kChunkSize - 1)] = kept;
  s.numbers.emplace(kept, number);
  s.size.store(number, std::memory_order_release);
  return TermId{number};
}

std::string_view TermTable::text(TermId id) const {
  if (id.value > kMaxTerms) return {};
  const Chunk* chunk = state_->chunks[id.value >> kChunkBits].load(std::memory_order_acquire);
  return chunk ? (*chunk)[id.value & (kChunkSize - 1)] : std::string_view{};
}

std::uint32_t TermTable::size() const {
  return state_->size.load(std::memory_order_acquire);
}

TermTable& terms() {
  static TermTable* table = new TermTable;
  return *table;
}

}  // namespace tsunagu::ngsi
