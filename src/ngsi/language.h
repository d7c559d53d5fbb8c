// The natural language filter lang= (clause 4.15): which value of a languageMap to show.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tsunagu::ngsi {

/// The language ranges of an Accept-Language-like list ("fr-CH,fr;q=0.9,*;q=0.5"), best first; those with q=0 are left
/// out. Views into `text`. What cannot be read as a q-value counts as 1.
std::vector<std::string_view> language_ranges(std::string_view text);

struct LanguageChoice {
  std::string_view tag;    ///< JSON string as in the map, quotes included; "" if the map is empty
  std::string_view value;  ///< JSON string or array of strings
};
/// The entry of a languageMap (canonical JSON object) that suits best: by range the equal tag, then the tags a range is
/// cut down to (fr-CH → fr), then the more special ones (fr → fr-CH); at last, and for "*", "@none" or else the first
/// entry.
LanguageChoice choose_language(std::string_view language_map, const std::vector<std::string_view>& ranges);

}  // namespace tsunagu::ngsi
