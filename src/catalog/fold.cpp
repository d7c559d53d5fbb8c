#include "catalog/fold.h"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>

#include <algorithm>

#include "catalog/import/text_forms.h"

namespace tsunagu::catalog {

std::string fold(std::string_view text) {
  std::string out;
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return single_spaces(out);
  }
  const std::string compatible = single_spaces(nfkc(text));
  icu::StringByteSink<std::string> sink(&out);
  UErrorCode fault = U_ZERO_ERROR;
  icu::CaseMap::utf8Fold(0, icu::StringPiece(compatible.data(), static_cast<std::int32_t>(compatible.size())), sink,
                         nullptr, fault);
  return U_FAILURE(fault) ? compatible : out;
}

}  // namespace tsunagu::catalog
