// The terms of the NGSI-LD core @context (annex B of ETSI GS CIM 009 V1.9.1) as a table of facts.
#pragma once
#include <string>
#include <string_view>

namespace tsunagu::ngsi {

inline constexpr std::string_view kNgsiLd = "https://uri.etsi.org/ngsi-ld/";
inline constexpr std::string_view kGeoJson = "https://purl.org/geojson/vocab#";
/// @vocab of the core @context: where names live that no @context defines.
inline constexpr std::string_view kDefaultVocab = "https://uri.etsi.org/ngsi-ld/default-context/";

/// IRI of a core term, a keyword ("@id", "@type") for an alias of one, "" if the core @context does not define `name`.
std::string_view core_iri(std::string_view name);
/// The core term for `iri`, "" if there is none.
std::string_view core_term(std::string_view iri);
/// IRI of a core prefix ("ngsi-ld", "geojson"), else "".
std::string_view core_prefix(std::string_view name);
/// Does `text` start with a scheme and a colon ("urn:", "https:", but also "ex:" of a compact IRI)?
bool has_scheme(std::string_view text);

}  // namespace tsunagu::ngsi
