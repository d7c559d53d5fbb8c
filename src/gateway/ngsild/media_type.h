// Which media type a request brings and which its answer shall have (clauses 6.3.4, 6.3.6).
#pragma once
#include <optional>
#include <string_view>

namespace tsunagu::gateway::ngsild {

enum class MediaType : unsigned char { kJson, kJsonLd, kGeoJson };

std::string_view name(MediaType type);  ///< "application/json"

/// The best answer for an Accept header by its weights; among equals application/json, then ld+json, then geo+json.
/// Empty when none is acceptable.
std::optional<MediaType> negotiate(std::string_view accept, bool geojson_possible);

/// Does an Accept header allow `type`? An empty one allows everything.
bool accepts(std::string_view accept, std::string_view type);

/// The type of a body from its Content-Type header. application/merge-patch+json is application/json when
/// `merge_patch`. Empty: not supported.
std::optional<MediaType> body_type(std::string_view content_type, bool merge_patch);

/// Does a Prefer header (RFC 7240) ask for `body=json`: a GeoJSON answer without @context?
bool prefers_plain_json(std::string_view prefer);

}  // namespace tsunagu::gateway::ngsild
