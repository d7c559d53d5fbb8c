// From a JSON @context to a compiled one: the context processing and term creation of JSON-LD 1.1 (sections 4.1
// and 4.2), as far as names go.
#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/json.h"
#include "base/uri.h"
#include "ngsi/context.h"
#include "ngsi/context_definition.h"
#include "ngsi/context_state.h"
#include "ngsi/core_context.h"

namespace tsunagu::ngsi {

namespace dom = simdjson::dom;

struct ContextCompiler {
  using Document = std::function<const std::string*(std::string_view)>;

  const Document& document;
  std::vector<std::string>& missing;
  const ContextLimits& limits;

  TextMap<TermDefinition> terms;  // the active context
  std::optional<std::string> vocab;
  std::vector<std::string> open;  // URLs of the documents being read, outermost first
  std::size_t documents = 0;
  std::size_t definitions = 0;

  // The members of one context object while its terms are being defined.
  struct Object {
    std::unordered_map<std::string_view, dom::element> members;
    enum class Progress : unsigned char { kOpen, kDone };
    std::unordered_map<std::string_view, Progress> progress;
    bool is_protected = false;
    std::size_t depth = 0;
  };
  static constexpr std::size_t kMaxTermDepth = 200;  // terms whose IRIs are written with other terms

  Result<ContextPtr> compile(std::string_view json);

 private:
  Result<void> apply(dom::element context, const std::string& base);
  Result<void> apply_one(dom::element context, const std::string& base);
  Result<void> apply_url(std::string_view url, const std::string& base);
  Result<void> apply_object(dom::object object, const std::string& base);
  Result<void> apply_keywords(Object& object, const std::string& base);
  Result<void> collect(Object& object, dom::object json);
  Result<void> import(Object& object, dom::element url, const std::string& base, dom::parser& parser);
  Result<std::optional<dom::element>> load(std::string_view url, dom::parser& parser);

  Result<void> define(Object& object, std::string_view term);
  Result<std::string> expand(Object& object, std::string_view value);
  Result<std::string> iri_of(Object& object, std::string_view term, std::optional<std::string_view> id);
  Result<std::string> own_iri(Object& object, std::string_view term);
  void install(Context::State& state, std::span<const dom::element> items);
};

Result<void> ContextCompiler::apply(dom::element context, const std::string& base) {
  dom::array array;
  if (context.get(array) != simdjson::SUCCESS) return apply_one(context, base);
  for (const dom::element item : array) {
    if (auto done = apply_one(item, base); !done) return done;
  }
  return {};
}

Result<void> ContextCompiler::apply_one(dom::element context, const std::string& base) {
  switch (context.type()) {
    case dom::element_type::STRING:
      return apply_url(*text_of(context), base);
    case dom::element_type::OBJECT:
      return apply_object(context.get_object().value_unsafe(), base);
    case dom::element_type::NULL_VALUE: {
      const auto is_protected = [](const auto& entry) { return entry.second.is_protected; };
      if (std::any_of(terms.begin(), terms.end(), is_protected))
        return bad("@context: null cannot undo protected terms");
      terms.clear();
      vocab.reset();
      return {};
    }
    default:
      return bad("@context: must be a URL, an object, or an array of these; found " + named(simdjson::minify(context)));
  }
}

Result<void> ContextCompiler::apply_url(std::string_view reference, const std::string& base) {
  if (is_core_context_url(reference)) {
    vocab = kDefaultVocab;
    return {};
  }
  const std::string url = resolve_uri(base, reference);
  if (!is_absolute_iri(url)) return bad("@context: " + named(reference) + " is not an absolute URL");
  if (is_core_context_url(url)) {
    vocab = kDefaultVocab;
    return {};
  }
  dom::parser parser;
  auto context = load(url, parser);
  if (!context) return tl::unexpected(context.error());
  if (!*context) return {};
  open.push_back(url);
  auto done = apply(**context, url);
  open.pop_back();
  return done;
}

// The "@context" of a remote document; nothing if the document is not at hand.
Result<std::optional<dom::element>> ContextCompiler::load(std::string_view url, dom::parser& parser) {
  const std::string name = named(url);
  if (std::find(open.begin(), open.end(), url) != open.end()) return bad("@context: " + name + " refers to itself");
  if (open.size() >= limits.max_depth) {
    return bad("@context: " + name + ": more than " + std::to_string(limits.max_depth) +
               " documents refer to each other");
  }
  if (++documents > limits.max_documents) {
    return bad("@context: more than " + std::to_string(limits.max_documents) + " remote documents");
  }
  const std::string* text = document(url);
  if (!text) {
    if (std::find(missing.begin(), missing.end(), url) == missing.end()) missing.emplace_back(url);
    return std::optional<dom::element>();
  }
  if (text->size() > limits.max_bytes) {
    return bad("@context: " + name + " is larger than " + std::to_string(limits.max_bytes) + " bytes");
  }
  dom::element root;
  if (const auto error = parser.parse(*text).get(root)) {
    return bad("@context: " + name + " is not JSON: " + simdjson::error_message(error));
  }
  dom::element context;
  if (!root.is_object() || root.at_key("@context").get(context) != simdjson::SUCCESS) {
    return bad("@context: " + name + " has no @context");
  }
  return std::optional<dom::element>(context);
}

Result<void> ContextCompiler::apply_object(dom::object json, const std::string& base) {
  Object object;
  dom::parser parser;  // keeps the members of an imported context alive
  dom::element url;
  if (json.at_key("@import").get(url) == simdjson::SUCCESS) {
    if (auto done = import(object, url, base, parser); !done) return done;
  }
  if (auto done = collect(object, json); !done) return done;
  if (auto done = apply_keywords(object, base); !done) return done;
  for (const auto& [term, value] : object.members) {
    if (auto done = define(object, term); !done) return done;
  }
  return {};
}

Result<void> ContextCompiler::import(Object& object, dom::element url, const std::string& base, dom::parser& parser) {
  const auto reference = text_of(url);
  if (!reference) return bad("@context: @import must be a URL");
  const std::string resolved = resolve_uri(base, *reference);
  if (!is_absolute_iri(resolved)) return bad("@context: @import: " + named(*reference) + " is not an absolute URL");
  auto context = load(resolved, parser);
  if (!context) return tl::unexpected(context.error());
  if (!*context) return {};
  dom::object imported;
  if ((*context)->get(imported) != simdjson::SUCCESS)
    return bad("@context: @import: " + named(resolved) + " must hold one object");
  dom::element ignored;
  if (imported.at_key("@import").get(ignored) == simdjson::SUCCESS) {
    return bad("@context: @import: " + named(resolved) + " itself has an @import");
  }
  return collect(object, imported);
}

Result<void> ContextCompiler::collect(Object& object, dom::object json) {
  for (const auto [key, value] : json) {
    if (++definitions > limits.max_terms)
      return bad("@context: more than " + std::to_string(limits.max_terms) + " terms");
    object.members.insert_or_assign(key, value);
  }
  return {};
}

// Checks and takes out the members that are about the context itself.
Result<void> ContextCompiler::apply_keywords(Object& object, const std::string& base) {
  const auto take = [&object](std::string_view key) -> std::optional<dom::element> {
    const auto it = object.members.find(key);
    if (it == object.members.end()) return std::nullopt;
    const dom::element value = it->second;
    object.members.erase(it);
    return value;
  };
  take("@import");
  if (const auto version = take("@version")) {
    double number = 0;
    if (version->get(number) != simdjson::SUCCESS || number != 1.1) return bad("@context: @version must be 1.1");
  }
  if (const auto value = take("@protected")) {
    if (!is_bool(*value)) return bad("@context: @protected must be true or false");
    object.is_protected = value->get_bool().value_unsafe();
  }
  if (const auto value = take("@propagate"); value && !is_bool(*value))
    return bad("@context: @propagate must be true or false");
  if (const auto value = take("@language"); value && !value->is_null() && !text_of(*value)) {
    return bad("@context: @language must be text or null");
  }
  if (const auto value = take("@direction");
      value && !value->is_null() && text_of(*value) != "ltr" && text_of(*value) != "rtl") {
    return bad("@context: @direction must be \"ltr\", \"rtl\" or null");
  }
  std::string document_base = base;
  if (const auto value = take("@base"); value && !value->is_null()) {
    const auto text = text_of(*value);
    if (!text) return bad("@context: @base must be an IRI or null");
    document_base = resolve_uri(base, *text);
  }
  if (const auto value = take("@vocab")) {
    if (value->is_null()) {
      vocab.reset();
    } else {
      const auto text = text_of(*value);
      if (!text) return bad("@context: @vocab must be an IRI or null");
      auto iri = expand(object, *text);
      if (!iri) return tl::unexpected(iri.error());
      if (!has_scheme(*iri)) *iri = resolve_uri(document_base, *iri);
      if (!is_absolute_iri(*iri) && !iri->starts_with("_:"))
        return bad("@context: @vocab: " + named(*text) + " is not an IRI");
      vocab = std::move(*iri);
    }
  }
  return {};
}

Result<void> ContextCompiler::define(Object& object, std::string_view term) {
  const auto [progress, first] = object.progress.emplace(term, Object::Progress::kOpen);
  if (!first) {
    if (progress->second == Object::Progress::kDone) return {};
    return bad("@context: the IRI of term " + named(term) + " is defined by itself");
  }
  if (object.depth >= kMaxTermDepth)
    return bad("@context: term " + named(term) + ": too many terms defined by each other");
  if (term.empty()) return bad("@context: a term cannot be empty");
  const dom::element value = object.members.at(term);
  const auto finished = [&object, term]() -> Result<void> {
    object.progress[term] = Object::Progress::kDone;
    return {};
  };

  dom::object members;
  const bool is_object = value.get(members) == simdjson::SUCCESS;
  if (term == "@type" && is_object) {
    const bool only_container = std::all_of(members.begin(), members.end(), [](const auto& member) {
      return member.key == "@protected" || (member.key == "@container" && text_of(member.value) == "@set");
    });
    if (only_container) return finished();
  }
  if (is_keyword(term)) return bad("@context: keyword " + named(term) + " cannot be redefined");
  if (term.starts_with('@')) return bad("@context: unknown keyword " + named(term));

  std::optional<std::string_view> id;
  TermDefinition definition{{}, false, object.is_protected};
  bool undefined = value.is_null();
  if (is_object) {
    if (auto done = check_definition(term, members); !done) return done;
    dom::element member;
    if (members.at_key("@id").get(member) == simdjson::SUCCESS) {
      id = text_of(member);
      undefined = undefined || member.is_null();
    }
    undefined = undefined || members.at_key("@reverse").get(member) == simdjson::SUCCESS;
    if (members.at_key("@protected").get(member) == simdjson::SUCCESS)
      definition.is_protected = member.get_bool().value_unsafe();
  } else if (!undefined) {
    id = text_of(value);
    if (!id) return bad("@context: term " + named(term) + " must be an IRI, an object or null");
  }

  if (!undefined) {
    ++object.depth;
    auto iri = iri_of(object, term, id);
    --object.depth;
    if (!iri) return tl::unexpected(iri.error());
    definition.iri = std::move(*iri);
    const bool plain_term = term.find_first_of(":/") == term.npos;
    dom::element prefix;
    if (is_object && members.at_key("@prefix").get(prefix) == simdjson::SUCCESS) {
      definition.is_prefix = prefix.get_bool().value_unsafe();
      if (definition.is_prefix && (!plain_term || definition.iri.starts_with('@'))) {
        return bad("@context: term " + named(term) + " cannot be a @prefix");
      }
    } else if (!is_object && plain_term && !definition.iri.empty()) {
      definition.is_prefix = std::string_view(":/?#[]@").find(definition.iri.back()) != std::string_view::npos;
    }
  }

  const auto old = terms.find(term);
  if (old != terms.end() && old->second.is_protected) {
    if (!(old->second == definition)) return bad("@context: protected term " + named(term) + " cannot be redefined");
    return finished();
  }
  if (definition.iri.empty()) {
    if (old != terms.end()) terms.erase(old);
  } else {
    terms.insert_or_assign(std::string(term), std::move(definition));
  }
  return finished();
}

// The IRI a term stands for: from its @id, else from the term itself. A keyword for an alias; "" for what looks like a
// future keyword.
Result<std::string> ContextCompiler::iri_of(Object& object, std::string_view term, std::optional<std::string_view> id) {
  const auto no_iri = [term](std::string_view text) {
    return bad("@context: term " + named(term) + ": " + named(text) +
               " is not an absolute IRI, a defined prefix or a name under a @vocab");
  };
  const bool reads_as_iri = term.find(':', 1) < term.size() - 1 || term.find('/') != term.npos;
  if (id && *id != term) {
    if (id->starts_with('@')) {
      if (*id == "@context") return bad("@context: term " + named(term) + " cannot be another name for @context");
      return is_keyword(*id) ? std::string(*id) : std::string();
    }
    auto iri = expand(object, *id);
    if (!iri) return iri;
    if (!is_absolute_iri(*iri) && !iri->starts_with("_:") && !iri->starts_with('@')) return no_iri(*id);
    if (reads_as_iri) {
      auto own = own_iri(object, term);
      if (!own) return own;
      if (*own != *iri) return bad("@context: term " + named(term) + " reads as an IRI, but is defined as another one");
    }
    return iri;
  }
  auto iri = own_iri(object, term);
  if (iri && !is_absolute_iri(*iri) && !iri->starts_with("_:")) return no_iri(term);
  return iri;
}

// The IRI that a term without @id has: as a compact or absolute IRI, or under the vocabulary.
Result<std::string> ContextCompiler::own_iri(Object& object, std::string_view term) {
  const std::size_t colon = term.find(':', 1);
  if (colon == term.npos) return vocab ? *vocab + std::string(term) : std::string(term);
  const std::string_view prefix = term.substr(0, colon);
  const std::string_view suffix = term.substr(colon + 1);
  if (suffix.starts_with("//")) return std::string(term);
  if (object.members.contains(prefix)) {
    if (auto done = define(object, prefix); !done) return tl::unexpected(done.error());
  }
  if (const auto it = terms.find(prefix); it != terms.end()) return it->second.iri + std::string(suffix);
  if (const std::string_view iri = core_prefix(prefix); !iri.empty()) return std::string(iri).append(suffix);
  return std::string(term);
}

// IRI expansion (JSON-LD 1.1 section 5.2) with vocab, defining on the way the terms it is written with. May give a
// relative reference.
Result<std::string> ContextCompiler::expand(Object& object, std::string_view value) {
  if (is_keyword(value)) return std::string(value);
  const auto known = [this, &object](std::string_view term) -> Result<const TermDefinition*> {
    if (object.members.contains(term)) {
      if (auto done = define(object, term); !done) return tl::unexpected(done.error());
    }
    const auto it = terms.find(term);
    return it == terms.end() ? nullptr : &it->second;
  };
  auto term = known(value);
  if (!term) return tl::unexpected(term.error());
  if (*term) return (*term)->iri;
  if (const std::size_t colon = value.find(':', 1); colon != value.npos) {
    const std::string_view prefix = value.substr(0, colon);
    const std::string_view suffix = value.substr(colon + 1);
    if (prefix == "_" || suffix.starts_with("//")) return std::string(value);
    auto definition = known(prefix);
    if (!definition) return tl::unexpected(definition.error());
    if (*definition && (*definition)->is_prefix) return (*definition)->iri + std::string(suffix);
    if (const std::string_view iri = core_prefix(prefix); !iri.empty()) return std::string(iri).append(suffix);
    if (has_scheme(value)) return std::string(value);
  }
  return vocab ? *vocab + std::string(value) : std::string(value);
}

// `items`: what the client named, the core @context left out.
void ContextCompiler::install(Context::State& state, std::span<const dom::element> items) {
  state.terms = std::move(terms);
  state.finish();
  std::string core;
  append_json_string(core, kCoreContextUrl);
  if (items.empty()) {
    state.json = core;
    state.link_url = kCoreContextUrl;
    return;
  }
  state.json = "[";
  for (const dom::element item : items) {
    if (!append_canonical_json(state.json, simdjson::minify(item))) state.json += "null";
    state.json += ',';
  }
  state.json += core + "]";
  state.link_url = items.size() == 1 ? std::string(text_of(items[0]).value_or("")) : "";
}

Result<ContextPtr> ContextCompiler::compile(std::string_view json) {
  if (json.size() > limits.max_bytes)
    return bad("@context: larger than " + std::to_string(limits.max_bytes) + " bytes");
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) {
    return bad(std::string("@context: not JSON: ") + simdjson::error_message(error));
  }
  auto done = apply(root, {});
  if (!missing.empty()) {
    return fail(ErrorCode::kLdContextNotAvailable, "@context: " + named(missing.front()) + " is not available");
  }
  if (!done) return tl::unexpected(done.error());

  std::vector<dom::element> items;
  const auto keep = [&items](dom::element item) {
    if (item.is_null()) return items.clear();  // undoes what stands before it
    const auto url = text_of(item);
    dom::object object;
    const bool empty = item.get(object) == simdjson::SUCCESS && object.size() == 0;
    if (!empty && !(url && is_core_context_url(*url))) items.push_back(item);
  };
  dom::array array;
  if (root.get(array) == simdjson::SUCCESS) {
    for (const dom::element item : array) keep(item);
  } else {
    keep(root);
  }
  if (items.empty()) return core_context();
  auto context = std::make_shared<Context>();
  context->state_ = std::make_unique<Context::State>();
  install(*context->state_, items);
  return ContextPtr(std::move(context));
}

Result<ContextPtr> compile_context(std::string_view json,
                                   const std::function<const std::string*(std::string_view)>& document,
                                   std::vector<std::string>& missing, const ContextLimits& limits) {
  missing.clear();
  if (json.empty()) return core_context();
  ContextCompiler compiler{document, missing, limits, {}, {}, {}};
  return compiler.compile(json);
}

}  // namespace tsunagu::ngsi
