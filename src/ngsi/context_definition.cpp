#include "ngsi/context_definition.h"

#include <simdjson.h>

#include <algorithm>
#include <span>

namespace tsunagu::ngsi {

namespace dom = simdjson::dom;

namespace {

constexpr std::string_view kKeywords[] = {
    "@base", "@container",   "@context",  "@default",  "@direction", "@embed",     "@explicit",   "@graph",
    "@id",   "@import",      "@included", "@index",    "@json",      "@language",  "@list",       "@nest",
    "@none", "@omitDefault", "@prefix",   "@preserve", "@propagate", "@protected", "@requireAll", "@reverse",
    "@set",  "@type",        "@value",    "@version",  "@vocab"};

bool is_one_of(std::string_view text, std::span<const std::string_view> texts) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

bool is_keyword(std::string_view text) {
  return text.starts_with('@') && is_one_of(text, kKeywords);
}

std::string named(std::string_view name) {
  std::size_t shown = 100;
  if (name.size() <= shown) return "\"" + std::string(name) + "\"";
  while (shown > 0 && (static_cast<unsigned char>(name[shown]) & 0xc0) == 0x80) --shown;  // not inside a character
  return "\"" + std::string(name.substr(0, shown)) + "…\"";
}

std::optional<std::string_view> text_of(const dom::element& element) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}
bool is_bool(const dom::element& element) {
  return element.is_bool();
}

Result<void> check_definition(std::string_view term, const dom::object& definition) {
  static constexpr std::string_view kContainers[] = {"@list", "@set", "@index", "@language", "@graph", "@id", "@type"};
  const auto wrong = [term](std::string_view key, std::string_view must) {
    return bad("@context: term " + named(term) + ": " + std::string(key) + " must be " + std::string(must));
  };
  bool has_id = false;
  bool has_reverse = false;
  for (const auto [key, value] : definition) {
    const auto text = text_of(value);
    if (key == "@id") {
      has_id = true;
      if (!text && !value.is_null()) return wrong(key, "an IRI or null");
    } else if (key == "@reverse") {
      has_reverse = true;
      if (!text) return wrong(key, "an IRI");
    } else if (key == "@type") {
      if (!text) return wrong(key, "an IRI or a keyword");
      if (text->starts_with('@') && *text != "@id" && *text != "@vocab" && *text != "@json" && *text != "@none") {
        return wrong(key, "an IRI, @id, @vocab, @json or @none");
      }
    } else if (key == "@container") {
      dom::array array;
      bool legal = value.is_null() || (text && is_one_of(*text, kContainers));
      if (value.get(array) == simdjson::SUCCESS) {
        legal = std::all_of(array.begin(), array.end(), [](dom::element item) {
          const auto name = text_of(item);
          return name && is_one_of(*name, kContainers);
        });
      }
      if (!legal) return wrong(key, "@list, @set, @index, @language, @graph, @id or @type");
    } else if (key == "@prefix" || key == "@protected") {
      if (!is_bool(value)) return wrong(key, "true or false");
    } else if (key == "@language" || key == "@direction") {
      if (!text && !value.is_null()) return wrong(key, "text or null");
    } else if (key == "@index" || key == "@nest") {
      if (!text) return wrong(key, "text");
    } else if (key == "@context") {
      return bad("@context: term " + named(term) + " has a @context of its own, which NGSI-LD does not allow");
    } else {
      return bad("@context: term " + named(term) + ": unknown member " + named(key));
    }
  }
  if (has_id && has_reverse) return bad("@context: term " + named(term) + " has both @id and @reverse");
  return {};
}

}  // namespace tsunagu::ngsi
