// The forms in which public data writes numbers, dates and codes.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace tsunagu::catalog {

/// Unicode compatibility form: full-width letters and digits become ASCII, half-width katakana full-width, ① becomes 1.
/// `text` must be UTF-8. ASCII is returned as it is.
std::string nfkc(std::string_view text);

/// Without white space on both sides, the ideographic space U+3000 and the no-break space included.
std::string_view trim_wide(std::string_view text);

/// Every run of white space (line ends and U+3000 included) as one space, none on both sides.
std::string single_spaces(std::string_view text);

/// A decimal number as JSON writes it: from "1,234", "１２３", "−5", "+3.10" (digits kept: 3.10). Empty when it is
/// none.
std::optional<std::string> json_number(std::string_view text);

/// A municipal code of 5 digits ("01403", "1403" with its zero lost) → 6 digits with check digit ("014036").
/// Empty when it is not 4 or 5 digits.
std::optional<std::string> code6_of_code5(std::string_view code);

/// A municipal code of 6 digits ("011002", "11002" with its zero lost) → "011002". Empty when it is not 5 or 6 digits
/// or the check digit is wrong.
std::optional<std::string> checked_code6(std::string_view code);

/// A moment as it was written: with or without a time of day.
struct Moment {
  Instant instant;   ///< of a date alone: its midnight in the zone
  std::string date;  ///< "2017-04-15", in the zone
  bool has_time = false;
};

/// Reads dates and times by formats: %Y %m %d %H %M %S (leading zeros may lack), %z ("Z", "+09:00", "+0900"), %j
/// (Japanese era and year: "令和2", "平成31", "R2", "元" for 1), %% and literal text; a space stands for any white
/// space. "iso" stands for ISO 8601. A format without %H gives a date. Safe to use from several threads.
class MomentReader {
 public:
  /// `zone`: an IANA name ("Asia/Tokyo"); used where the text names no offset. Fails for unknown zones and bad formats.
  static Result<MomentReader> make(std::vector<std::string> formats, std::string_view zone);

  /// By the first format that fits; full-width digits are read too. Impossible dates ("2023-02-30") do not fit.
  std::optional<Moment> read(std::string_view text) const;

  /// The formats, for messages.
  const std::vector<std::string>& formats() const { return formats_; }

 private:
  std::vector<std::string> formats_;
  std::shared_ptr<const void> zone_;  // icu::TimeZone
};

}  // namespace tsunagu::catalog
