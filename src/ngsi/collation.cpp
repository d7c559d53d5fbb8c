#include "ngsi/collation.h"

#include <unicode/coll.h>
#include <unicode/locid.h>
#include <unicode/strenum.h>

#include <algorithm>
#include <memory>

namespace tsunagu::ngsi {

namespace {

icu::StringPiece piece(std::string_view text) {
  return {text.data(), static_cast<std::int32_t>(text.size())};
}

/// The collator of a tag, or nullptr when there is something wrong with it.
std::unique_ptr<icu::Collator> open_collator(std::string_view tag) {
  UErrorCode status = U_ZERO_ERROR;
  const auto locale = icu::Locale::forLanguageTag(piece(tag), status);
  if (U_FAILURE(status) || locale.isBogus()) return nullptr;
  std::unique_ptr<icu::Collator> collator(icu::Collator::createInstance(locale, status));
  return U_SUCCESS(status) ? std::move(collator) : nullptr;
}

/// ICU ignores an order ("-co-…") that it does not know; the person who asked for it would not.
bool knows_order(std::string_view tag) {
  UErrorCode status = U_ZERO_ERROR;
  const auto locale = icu::Locale::forLanguageTag(piece(tag), status);
  const auto wanted = locale.getKeywordValue<std::string>("collation", status);
  if (U_FAILURE(status) || wanted.empty()) return true;
  std::unique_ptr<icu::StringEnumeration> known(
      icu::Collator::getKeywordValuesForLocale("collation", locale, false, status));
  if (U_FAILURE(status) || !known) return false;
  while (const char* value = known->next(nullptr, status)) {
    if (wanted == value) return true;
  }
  return false;
}

}  // namespace

Result<void> check_collation(std::string_view tag) {
  constexpr std::size_t kLongest = 128;
  const bool plain = std::all_of(tag.begin(), tag.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (tag.empty() || tag.size() > kLongest || !plain || !open_collator(tag) || !knows_order(tag)) {
    return bad("collation: not a language tag with known settings, as in \"ja\" or \"de-u-co-phonebk\"");
  }
  return {};
}

void append_collation_key(std::string& out, const std::string& tag, std::string_view text) {
  thread_local std::string opened;
  thread_local std::unique_ptr<icu::Collator> collator;
  if (opened != tag || !collator) {
    collator = open_collator(tag);
    opened = tag;
  }
  if (!collator) {
    out.push_back('\0');
    return;
  }
  const auto utf16 = icu::UnicodeString::fromUTF8(piece(text));
  const std::size_t start = out.size();
  std::int32_t room = static_cast<std::int32_t>(text.size()) * 2 + 32;
  for (;;) {
    out.resize(start + static_cast<std::size_t>(room));
    const auto needed = collator->getSortKey(utf16, reinterpret_cast<std::uint8_t*>(out.data() + start), room);
    out.resize(start + static_cast<std::size_t>(std::min(needed, room)));
    if (needed <= room) return;
    room = needed;
  }
}

}  // namespace tsunagu::ngsi
