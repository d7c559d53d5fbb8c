#include "ngsi/context.h"

#include <algorithm>

#include "base/json.h"
#include "base/uri.h"
#include "ngsi/body.h"
#include "ngsi/context_state.h"
#include "ngsi/core_context.h"

namespace tsunagu::ngsi {
namespace {

bool shorter(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

std::string json_of(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

CompactNames::~CompactNames() {
  for (std::size_t i = 0; i != kChunks; ++i) {
    const std::unique_ptr<Chunk> chunk(chunks_[i].load(std::memory_order_relaxed));
    if (!chunk) continue;
    for (const auto& name : chunk->names) delete name.load(std::memory_order_relaxed);
  }
}

const CompactNames::Name& CompactNames::add(TermId term, Name name) {
  auto& slot = chunks_[term.value / kChunkSize];
  Chunk* chunk = slot.load(std::memory_order_acquire);
  if (!chunk) {
    auto fresh = std::make_unique<Chunk>();
    if (slot.compare_exchange_strong(chunk, fresh.get(), std::memory_order_acq_rel)) chunk = fresh.release();
  }
  auto fresh = std::make_unique<Name>(std::move(name));
  Name* kept = nullptr;
  auto& entry = chunk->names[term.value % kChunkSize];
  if (entry.compare_exchange_strong(kept, fresh.get(), std::memory_order_acq_rel)) kept = fresh.release();
  return *kept;
}

void Context::State::finish() {
  std::erase_if(terms,
                [](const auto& entry) { return !core_iri(entry.first).empty() || entry.second.iri.starts_with('@'); });
  const auto prefer = [](auto& map, std::string_view iri, std::string_view term) {
    const auto [it, added] = map.emplace(iri, term);
    if (!added && shorter(term, it->second)) it->second = term;
  };
  for (const auto& [term, definition] : terms) {
    prefer(by_iri, definition.iri, term);
    if (!definition.is_prefix) continue;
    prefer(prefix_by_iri, definition.iri, term);
    longest_prefix_iri = std::max(longest_prefix_iri, definition.iri.size());
  }
  for (const std::string_view prefix : {"ngsi-ld", "geojson"}) prefer(prefix_by_iri, core_prefix(prefix), prefix);
  longest_prefix_iri = std::max({longest_prefix_iri, kNgsiLd.size(), kGeoJson.size()});
}

Context::Context() : state_(std::make_unique<State>()) {
  state_->finish();
  state_->json = json_of(kCoreContextUrl);
  state_->link_url = kCoreContextUrl;
}
Context::~Context() = default;

std::string Context::expand(std::string_view name) const {
  if (name.starts_with('@')) return std::string(name);
  if (const std::string_view iri = core_iri(name); !iri.empty()) return std::string(iri);
  if (const auto it = state_->terms.find(name); it != state_->terms.end()) return it->second.iri;
  if (const std::size_t colon = name.find(':', 1); colon != name.npos) {
    const std::string_view prefix = name.substr(0, colon);
    const std::string_view suffix = name.substr(colon + 1);
    if (prefix == "_" || suffix.starts_with("//")) return std::string(name);
    if (const std::string_view iri = core_prefix(prefix); !iri.empty()) return std::string(iri).append(suffix);
    const auto it = state_->terms.find(prefix);
    if (it != state_->terms.end() && it->second.is_prefix) return it->second.iri + std::string(suffix);
    if (has_scheme(name)) return std::string(name);
  }
  return std::string(kDefaultVocab).append(name);
}

TermId Context::intern(std::string_view name) const {
  if (const TermId* known = state_->numbers.find(name)) return *known;
  const TermId term = terms().intern(expand(name));
  if (term != kNoTerm) state_->numbers.add(name, term);
  return term;
}

TermId Context::find(std::string_view name) const {
  if (const TermId* known = state_->numbers.find(name)) return *known;
  const TermId term = terms().find(expand(name));
  if (term != kNoTerm) state_->numbers.add(name, term);
  return term;
}

std::string Context::compact_iri(std::string_view iri) const {
  if (const auto it = state_->by_iri.find(iri); it != state_->by_iri.end()) return std::string(it->second);
  if (const std::string_view term = core_term(iri); !term.empty()) return std::string(term);
  if (iri.starts_with(kDefaultVocab) && iri.size() > kDefaultVocab.size()) {
    const std::string_view name = iri.substr(kDefaultVocab.size());
    if (expand(name) == iri) return std::string(name);
  }
  std::string best;
  for (std::size_t n = std::min(iri.size(), state_->longest_prefix_iri + 1); n-- > 1;) {
    const auto it = state_->prefix_by_iri.find(iri.substr(0, n));
    if (it == state_->prefix_by_iri.end()) continue;
    std::string name = std::string(it->second).append(":").append(iri.substr(n));
    if ((best.empty() || shorter(name, best)) && expand(name) == iri) best = std::move(name);
  }
  if (!best.empty() || expand(iri) == iri) return best.empty() ? std::string(iri) : best;
  // The IRI reads as a compact one: any prefix at all will do.
  for (const auto& [term, definition] : state_->terms) {
    if (!definition.is_prefix || !iri.starts_with(definition.iri)) continue;
    std::string name = term + ":" + std::string(iri.substr(definition.iri.size()));
    if (expand(name) == iri) return name;
  }
  return std::string(iri);
}

namespace {
const CompactNames::Name& make_name(const Context& context, CompactNames& names, TermId term) {
  std::string text = term == kNoTerm ? std::string() : context.compact_iri(terms().text(term));
  // A @context may call a name what no attribute or type may be called (clause 4.6.2); such a name is only good for
  // values.
  if (term != kNoTerm && !valid_name(text)) text = terms().text(term);
  std::string json = json_of(text);
  return names.add(term, {std::move(text), std::move(json)});
}
}  // namespace

std::string_view Context::compact(TermId term) const {
  const CompactNames::Name* name = state_->names.find(term);
  return name ? name->text : make_name(*this, state_->names, term).text;
}

std::string_view Context::compact_json(TermId term) const {
  const CompactNames::Name* name = state_->names.find(term);
  return name ? name->json : make_name(*this, state_->names, term).json;
}

void Context::append_compact_iri(std::string& out, std::string_view iri_json) const {
  if (const std::string* known = state_->values.find(iri_json)) {
    out += *known;
    return;
  }
  std::string name = json_of(compact_iri(json_string_text(iri_json)));
  out += name;
  state_->values.add(iri_json, std::move(name));
}

const std::string& Context::as_json() const {
  return state_->json;
}
const std::string& Context::link_url() const {
  return state_->link_url;
}

ContextPtr core_context() {
  static const ContextPtr core = std::make_shared<Context>();
  return core;
}

}  // namespace tsunagu::ngsi
