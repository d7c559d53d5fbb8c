#include "store/store.h"

#include "base/json.h"
#include "ngsi/context.h"

namespace tsunagu::store {

std::string Plan::as_json(const ngsi::Context& context) const {
  // Names in `access` are expanded; the caller knows them by shorter ones.
  std::string text;
  for (std::string_view rest = access; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    text += word.find(':') == std::string_view::npos ? std::string(word) : context.compact_iri(word);
    rest.remove_prefix(word.size());
    if (!rest.empty()) {
      text += ' ';
      rest.remove_prefix(1);
    }
  }
  std::string out = "{\"access\":";
  append_json_string(out, text);
  out += ",\"candidates\":";
  append_json_number(out, static_cast<std::int64_t>(candidates));
  out += ",\"examined\":";
  append_json_number(out, static_cast<std::int64_t>(examined));
  out += '}';
  return out;
}

}  // namespace tsunagu::store
