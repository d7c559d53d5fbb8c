// Text order of a language (ICU).
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace tsunagu::ngsi {

/// Is `tag` (RFC 6067, "de-u-co-phonebk") well formed, and does ICU know its settings?
Result<void> check_collation(std::string_view tag);

/// Appends bytes that compare like `text` in the order of `tag`, which check_collation accepted; without zeros but for
/// the last byte. The collator of the last tag is kept per thread, as opening one costs about a millisecond.
void append_collation_key(std::string& out, const std::string& tag, std::string_view text);

}  // namespace tsunagu::ngsi
