// Absolute URIs (RFC 3986) and IRIs (RFC 3987): the identifiers of NGSI-LD and JSON-LD.
#pragma once
#include <string>
#include <string_view>

namespace tsunagu {

/// "scheme:" followed by at least one character, all characters allowed in a URI, '%' only before two hex digits.
/// "urn:ngsi-ld:Shelter:1" and "https://example.org/a?b#c" are; "Shelter", "//host/a", "urn:a b" and "urn:名" are not.
/// One pass, no allocation.
bool is_absolute_uri(std::string_view text);

/// The same with characters beyond ASCII allowed; `text` must be UTF-8.
bool is_absolute_iri(std::string_view text);

/// `reference` seen from the absolute `base` (RFC 3986 clause 5.2): "b.jsonld" from "https://h/x/a.jsonld" is
/// "https://h/x/b.jsonld".
std::string resolve_uri(std::string_view base, std::string_view reference);

}  // namespace tsunagu
